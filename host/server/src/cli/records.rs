//! `windlass records`.

use std::io::{self, BufWriter, Write};

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{
    Context, Ended,
    client::Ask,
    failure::{Exit, Failure},
    output,
    table::{cell, table},
};

/// Records of one question.
const AT_ONCE: u64 = 500;
/// Columns of a table besides the key: more do not fit a terminal.
const COLUMNS: usize = 6;
const CELL_LETTERS: usize = 32;

#[derive(clap::Args)]
pub struct Records {
    connection: String,
    stream: String,
    /// This record only
    #[arg(long)]
    key: Option<String>,
    /// The most records [default: all]
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    #[arg(long, default_value = "table")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Table,
    Ndjson,
    Csv,
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Item>,
    next: Option<String>,
    as_of: i64,
}

#[derive(Deserialize)]
struct Item {
    key: String,
    record: Box<RawValue>,
}

/// The same page, when it is only passed on.
#[derive(Deserialize)]
struct RawPage {
    items: Vec<Box<RawValue>>,
}

impl Records {
    pub fn run(self, context: &Context) -> Ended {
        let mut out = BufWriter::new(io::stdout().lock());
        match (&self.key, context.json, self.format) {
            (Some(key), true, _) => writeln!(out, "{}", self.one(context, key)?)?,
            (None, true, _) => self.print_json(context, &mut out)?,
            (_, false, Format::Ndjson) => {
                self.each(context, |item| writeln!(out, "{}", item.record.get()))?
            }
            (_, false, Format::Csv) => self.print_csv(context, &mut out)?,
            (_, false, Format::Table) => self.print_table(context, &mut out)?,
        }
        out.flush()?;
        Ok(Exit::Done)
    }

    fn one(&self, context: &Context, key: &str) -> Result<String, Failure> {
        let path = ["connections", &self.connection, "streams", &self.stream, "records", key];
        Ok(context.client.ask(Ask::get(&path))?.text)
    }

    /// Every record asked for, page by page.
    fn each(&self, context: &Context, mut print: impl FnMut(Item) -> io::Result<()>) -> Result<(), Failure> {
        if let Some(key) = &self.key {
            let item = serde_json::from_str(&self.one(context, key)?);
            return Ok(print(item.map_err(|error| Failure::new(Exit::Environment, error))?)?);
        }
        self.pages(context, |_, page| page.items.into_iter().try_for_each(&mut print))
    }

    fn pages(
        &self,
        context: &Context,
        mut print: impl FnMut(&str, Page) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let path = ["connections", &self.connection, "streams", &self.stream, "records"];
        let mut left = self.limit.unwrap_or(u64::MAX);
        let mut cursor: Option<String> = None;
        while left > 0 {
            let mut ask = Ask::get(&path).query("limit", left.min(AT_ONCE));
            if let Some(cursor) = &cursor {
                ask = ask.query("cursor", cursor);
            }
            let answer = context.client.ask(ask)?;
            let page: Page = answer.parse()?;
            left = left.saturating_sub(page.items.len() as u64);
            cursor = page.next.clone();
            print(&answer.text, page)?;
            if cursor.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// All pages as one answer; `as_of` is the first page's: what came later shows as a change.
    fn print_json(&self, context: &Context, out: &mut impl Write) -> Result<(), Failure> {
        let (mut as_of, mut first) = (0, true);
        write!(out, "{{\"items\":[")?;
        self.pages(context, |text, page| {
            let raw: RawPage = serde_json::from_str(text)?;
            for item in raw.items {
                let comma = if std::mem::take(&mut first) { "" } else { "," };
                write!(out, "{comma}{}", item.get())?;
            }
            as_of = if as_of == 0 { page.as_of } else { as_of };
            Ok(())
        })?;
        Ok(writeln!(out, "],\"next\":null,\"as_of\":{as_of}}}")?)
    }

    /// Columns: the key, then the properties of the stream's schema; without those, the members of the
    /// first record.
    fn print_csv(&self, context: &Context, out: &mut impl Write) -> Result<(), Failure> {
        let mut columns = self.schema_columns(context)?;
        let mut begun = false;
        self.each(context, |item| {
            let record: Value = serde_json::from_str(item.record.get())?;
            if !std::mem::replace(&mut begun, true) {
                if columns.is_empty() {
                    columns = members(&record);
                }
                let header = std::iter::once("key").chain(columns.iter().map(String::as_str));
                writeln!(out, "{}", header.map(quoted).collect::<Vec<_>>().join(","))?;
            }
            let values = columns.iter().map(|name| record.get(name).map(text).unwrap_or_default());
            let row = std::iter::once(item.key).chain(values).map(|text| quoted(&text));
            writeln!(out, "{}", row.collect::<Vec<_>>().join(","))
        })
    }

    fn schema_columns(&self, context: &Context) -> Result<Vec<String>, Failure> {
        let connection = context.client.ask(Ask::get(&["connections", &self.connection]))?.json()?;
        let connector =
            context.client.ask(Ask::get(&["connectors", &cell(&connection, "/connector")]))?.json()?;
        let streams = connector.pointer("/spec/streams").and_then(Value::as_array).into_iter().flatten();
        let mut stream = streams.filter(|stream| cell(stream, "/name") == self.stream);
        Ok(stream
            .next()
            .and_then(|stream| stream.pointer("/schema/properties"))
            .map(members)
            .unwrap_or_default())
    }

    fn print_table(&self, context: &Context, out: &mut impl Write) -> Result<(), Failure> {
        let mut columns: Option<Vec<String>> = None;
        let mut rows = Vec::new();
        self.each(context, |item| {
            let record: Value = serde_json::from_str(item.record.get())?;
            let columns = columns.get_or_insert_with(|| short_members(&record));
            let values = columns.iter().map(|name| record.get(name.as_str()).map(text).unwrap_or_default());
            rows.push(std::iter::once(item.key).chain(values.map(|text| short(&text))).collect());
            Ok(())
        })?;
        let Some(columns) = columns else {
            output::note("there is no record");
            return Ok(());
        };
        let headers: Vec<&str> = std::iter::once("key").chain(columns.iter().map(String::as_str)).collect();
        Ok(writeln!(out, "{}", table(&headers, rows))?)
    }
}

fn members(value: &Value) -> Vec<String> {
    value.as_object().map(|members| members.keys().cloned().collect()).unwrap_or_default()
}

/// Members that fit a column.
fn short_members(record: &Value) -> Vec<String> {
    let members = record.as_object().into_iter().flatten();
    let plain = members.filter(|(_, value)| !value.is_object() && !value.is_array());
    plain.map(|(name, _)| name.clone()).take(COLUMNS).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn short(text: &str) -> String {
    match text.char_indices().nth(CELL_LETTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A field by RFC 4180.
fn quoted(text: &str) -> String {
    match text.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{quoted, short, short_members};

    #[test]
    fn a_field_is_quoted_when_it_must_be() {
        let fields = ["plain", "a,b", "a\"b", "two\nlines"].map(quoted);
        assert_eq!(fields, ["plain", "\"a,b\"", "\"a\"\"b\"", "\"two\nlines\""]);
    }

    #[test]
    fn a_table_takes_what_fits() {
        let record = json!({ "id": 1, "lines": [], "name": "x", "buyer": {} });
        assert_eq!(short_members(&record), ["id", "name"]);
        assert_eq!(short(&"ä".repeat(40)).chars().count(), 33);
    }
}
