//! What may be chosen for a property of a connection's configuration.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use windlass_db::{Connection, Stream};
use windlass_sandbox::spec::{Field, OptionsFrom, Spec};

use super::{
    Api,
    extract::{Names, Params},
    page::{Page, cursor_of_key, key_of_cursor, limit},
};
use crate::{
    options::{self, Choice},
    problem::Problem,
};

/// `{"property": "locations.warehouse_id", "title": "Warehouse", "stream": "warehouses", "synced": true,
/// "as_of": 12, "hint": null}`: a property that has options. A property of the rows of a list is named
/// behind the list. `hint` says how to read them when the stream was not synced yet.
#[derive(Serialize)]
pub struct PropertyView {
    property: String,
    title: Option<String>,
    stream: String,
    synced: bool,
    as_of: i64,
    hint: Option<String>,
}

/// `{"items": [{"value": 7, "label": "Main", "active": true}], "next": null, "synced": true, "as_of": 12,
/// "stream": "warehouses", "hint": null}`. `value` is what the configuration holds, as the record has it;
/// `label` is null where the record has none. `as_of` is the stream's sequence.
#[derive(Serialize)]
pub struct OptionsView {
    items: Vec<OptionView>,
    next: Option<String>,
    synced: bool,
    as_of: i64,
    stream: String,
    hint: Option<String>,
}

#[derive(Serialize)]
struct OptionView {
    value: Value,
    label: Option<String>,
    active: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    /// Part of a value or label, in any case.
    q: Option<String>,
    cursor: Option<String>,
    limit: Option<i64>,
}

/// The properties that have options.
pub async fn list(
    State(api): State<Api>,
    Names(name): Names<String>,
) -> Result<Json<Page<PropertyView>>, Problem> {
    let connection = api.connection(&name).await?;
    let connector = api.connector(&connection).await?;
    let mut views = Vec::new();
    for (field, from) in with_options(&connector.spec) {
        let stream = api.host.db.stream(connection.id, &from.stream).await?;
        let synced = stream.as_ref().is_some_and(options::is_synced);
        views.push(PropertyView {
            property: field.name(),
            title: field.title().map(str::to_owned),
            synced,
            as_of: stream.map_or(0, |stream| stream.sequence),
            hint: hint(&connection, &from.stream, synced),
            stream: from.stream,
        });
    }
    Ok(Json(Page::whole(views)))
}

/// The options of one property.
pub async fn show(
    State(api): State<Api>,
    Names((name, property)): Names<(String, String)>,
    Params(params): Params<ListParams>,
) -> Result<Json<OptionsView>, Problem> {
    let limit = limit(params.limit)?;
    let connection = api.connection(&name).await?;
    let connector = api.connector(&connection).await?;
    let found = with_options(&connector.spec).find(|(field, _)| field.name() == property);
    let (_, from) = found.ok_or_else(|| no_options(&connection, &connector.spec, &property))?;
    let stream: Stream = api.stream(&connection, &from.stream).await?;
    let after = params.cursor.as_deref().map(key_of_cursor).transpose()?;
    let wanted = params.q.as_deref();
    let found = options::list(&api.host, &stream, &from, wanted, after, limit).await?;
    let synced = options::is_synced(&stream);
    Ok(Json(OptionsView {
        items: found.choices.into_iter().map(view).collect(),
        next: found.next.map(cursor_of_key),
        synced,
        as_of: found.as_of,
        hint: hint(&connection, &from.stream, synced),
        stream: from.stream,
    }))
}

fn with_options(spec: &Spec) -> impl Iterator<Item = (Field<'_>, OptionsFrom)> {
    spec.fields().filter_map(|field| Some((field, field.options()?)))
}

fn view(choice: Choice) -> OptionView {
    OptionView { value: choice.value, label: choice.label, active: choice.active }
}

fn hint(connection: &Connection, stream: &str, synced: bool) -> Option<String> {
    let name = &connection.name;
    (!synced).then(|| format!("`windlass sync {name} {stream}` reads them"))
}

fn no_options(connection: &Connection, spec: &Spec, property: &str) -> Problem {
    let names: Vec<String> = with_options(spec).map(|(field, _)| field.name()).collect();
    let hint = match names.is_empty() {
        true => format!("{} has no property with options", spec.name),
        false => format!("these have options: {}", names.join(", ")),
    };
    Problem::missing("options", format!("of `{property}` in connection {}", connection.name)).hint(hint)
}
