//! Options: what may be chosen for a property, read from the records of the stream that its
//! `options-from` names.

mod record;

use serde_json::Value;
use windlass_db::{Connection, DbError, Stream};
use windlass_sandbox::spec::{OptionsFrom, Spec};

use crate::{host::Host, problem::Problem};

pub use record::{Choice, text};

/// Records read at a time.
const PAGE: i64 = 1_000;
/// Records that one answer looks through. Lists that people choose from are far shorter; what is longer
/// is read in several answers.
const MOST_READ: i64 = 50_000;

/// Some options, and where to go on.
pub struct Choices {
    pub choices: Vec<Choice>,
    /// The record's key to go on after.
    pub next: Option<String>,
    /// The stream's sequence.
    pub as_of: i64,
}

/// A configured value of a property that has options.
pub struct Chosen {
    /// `locations.warehouse`.
    pub field: String,
    /// JSON Pointer into the configuration.
    pub pointer: String,
    pub value: Value,
    pub stream: String,
    /// Where the vendor's screens show it, if the property's description says so.
    pub screen: Option<String>,
    pub known: Known,
}

/// Whether a value is one of the options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    Yes {
        label: Option<String>,
        active: bool,
    },
    No,
    /// There are no options yet.
    NotSynced,
    /// More records than are looked through.
    TooMany,
}

/// Whether a stream has been read to its end once.
pub fn is_synced(stream: &Stream) -> bool {
    stream.last_success_at.is_some()
}

/// The connection that has the stream with the options: itself, or one that a flow is bound to.
pub async fn holder(
    host: &Host,
    connection: &Connection,
    from: &OptionsFrom,
) -> Result<Option<Connection>, DbError> {
    let Some(role) = &from.role else { return Ok(Some(connection.clone())) };
    let bindings = host.db.flow_roles(connection.id).await?;
    match bindings.into_iter().find(|binding| binding.role == *role) {
        Some(binding) => host.db.connection_by_id(binding.connection).await,
        None => Ok(None),
    }
}

/// The stream that holds the options.
pub async fn stream(
    host: &Host,
    connection: &Connection,
    from: &OptionsFrom,
) -> Result<Option<Stream>, DbError> {
    match holder(host, connection, from).await? {
        Some(holder) => host.db.stream(holder.id, &from.stream).await,
        None => Ok(None),
    }
}

/// The sentence of a description that leads through a vendor's screens: `In the shop: Settings > Statuses`.
fn screen(description: &str) -> Option<String> {
    let whole = description.split_whitespace().collect::<Vec<_>>().join(" ");
    let sentence = whole.split(". ").find(|sentence| sentence.contains(" > "))?;
    Some(sentence.trim_end_matches('.').to_owned())
}

/// Options in the order of the records' keys, at most `limit`. `wanted` is part of a value or label, in
/// any case.
pub async fn list(
    host: &Host,
    stream: &Stream,
    from: &OptionsFrom,
    wanted: Option<&str>,
    after: Option<String>,
    limit: i64,
) -> Result<Choices, DbError> {
    let wanted = wanted.map(str::to_lowercase);
    let mut choices: Vec<Choice> = Vec::new();
    let (mut next, mut read) = (after, 0);
    loop {
        let page = host.db.records(stream.id, next.as_deref(), PAGE).await?;
        for record in page.records {
            let choice = Choice::of(from, &record.json);
            let choice = choice.filter(|choice| wanted.as_ref().is_none_or(|text| choice.holds(text)));
            // Two records may hold one value.
            if let Some(choice) = choice.filter(|choice| !choices.iter().any(|known| known.is(&choice.value)))
            {
                choices.push(choice);
            }
            if choices.len() as i64 == limit {
                return Ok(Choices { choices, next: Some(record.key), as_of: page.as_of });
            }
        }
        (next, read) = (page.next, read + PAGE);
        if next.is_none() || read >= MOST_READ {
            return Ok(Choices { choices, next, as_of: page.as_of });
        }
    }
}

/// The configured values that have options, with what is known of them. `config` with defaults.
pub async fn chosen(
    host: &Host,
    connection: &Connection,
    spec: &Spec,
    config: &Value,
) -> Result<Vec<Chosen>, Problem> {
    let mut chosen = Vec::new();
    for field in spec.fields() {
        let Some(from) = field.options() else { continue };
        let values = field.values(config);
        if values.is_empty() {
            continue;
        }
        let known = known(host, connection, &from, values.iter().map(|(_, value)| *value)).await?;
        chosen.extend(values.into_iter().zip(known).map(|((pointer, value), known)| Chosen {
            field: field.name(),
            pointer,
            value: value.clone(),
            stream: from.stream.clone(),
            screen: screen(field.description().unwrap_or_default()),
            known,
        }));
    }
    Ok(chosen)
}

/// What is known of values, in their order.
async fn known(
    host: &Host,
    connection: &Connection,
    from: &OptionsFrom,
    values: impl Iterator<Item = &Value>,
) -> Result<Vec<Known>, Problem> {
    let values: Vec<&Value> = values.collect();
    let stream = stream(host, connection, from).await?.filter(is_synced);
    let Some(stream) = stream else { return Ok(vec![Known::NotSynced; values.len()]) };
    let mut known = vec![Known::No; values.len()];
    let mut missing = Vec::new();
    for (at, value) in values.iter().enumerate() {
        // Most often the value is the record's key.
        let record = host.db.record(stream.id, &text(value)).await?;
        let choice = record.and_then(|record| Choice::of(from, &record.json));
        match choice.filter(|choice| choice.is(value)) {
            Some(choice) => known[at] = choice.known(),
            None => missing.push(at),
        }
    }
    if missing.is_empty() {
        return Ok(known);
    }
    let (mut next, mut read) = (None, 0);
    loop {
        let page = host.db.records(stream.id, next.as_deref(), PAGE).await?;
        for choice in page.records.iter().filter_map(|record| Choice::of(from, &record.json)) {
            for at in missing.iter().filter(|at| choice.is(values[**at])) {
                known[*at] = choice.known();
            }
        }
        missing.retain(|at| known[*at] == Known::No);
        (next, read) = (page.next, read + PAGE);
        if missing.is_empty() || next.is_none() {
            return Ok(known);
        }
        if read >= MOST_READ {
            missing.iter().for_each(|at| known[*at] = Known::TooMany);
            return Ok(known);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::screen;

    #[test]
    fn the_sentence_that_leads_through_screens_is_found() {
        let check = |description: &str, expected: Option<&str>| {
            assert_eq!(screen(description).as_deref(), expected, "{description}");
        };
        check(
            "The status.\nIn the shop: Settings > Order\nstatuses. Left out: none.",
            Some("In the shop: Settings > Order statuses"),
        );
        check("In the shop: Settings > Statuses.", Some("In the shop: Settings > Statuses"));
        check("The status. No screen shows it.", None);
        check("", None);
    }
}
