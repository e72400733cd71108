//! What a page must be before the host commits it.

use serde_json::Value;

use crate::{
    component::Connector,
    error::CallFailure,
    json::{Picked, check_key, compact, content_hash},
    limits::CallLimits,
    spec::Schema,
};

/// One page of a stream, checked and ready to be committed.
#[derive(Debug, Clone)]
pub struct Page {
    pub records: Vec<PageRecord>,
    pub deleted: Vec<String>,
    pub checkpoint: Option<String>,
    pub more: bool,
    /// How many records the walk has after this page, if the connector counts them.
    pub left: Option<i64>,
    /// Records that differ from the stream's schema, and where the first of them does.
    pub schema_mismatches: u32,
    pub schema_pointer: Option<String>,
}

#[derive(Debug, Clone)]
pub struct PageRecord {
    pub key: String,
    /// As the vendor sent it, white space outside strings removed.
    pub json: String,
    /// Of the content, member order ignored.
    pub hash: [u8; 32],
    /// The text at the stream's `version` pointer.
    pub version: Option<String>,
}

#[derive(Default)]
pub(crate) struct RawPage {
    pub rows: Vec<Picked>,
    pub deleted: Vec<String>,
    pub checkpoint: Option<String>,
    pub more: bool,
    pub extras: Option<String>,
}

/// Only a missing key or what is not JSON fails a page; a record that differs from its schema is
/// stored and counted.
pub(crate) fn finish(
    raw: RawPage,
    connector: &Connector,
    stream: &str,
    limits: &CallLimits,
) -> Result<Page, CallFailure> {
    check_bounds(&raw, limits)?;
    let schema = connector.schemas.get(stream);
    let version = connector.spec.stream(stream).and_then(|stream| stream.version.as_deref());
    let mut page = Page {
        records: Vec::with_capacity(raw.rows.len()),
        deleted: raw.deleted,
        checkpoint: raw.checkpoint,
        more: raw.more,
        left: raw.extras.as_deref().and_then(left),
        schema_mismatches: 0,
        schema_pointer: None,
    };
    for (index, row) in raw.rows.into_iter().enumerate() {
        let (record, value) =
            record(row, version).map_err(|problem| output(format!("record {index} {problem}")))?;
        note_mismatch(&mut page, schema, &value);
        page.records.push(record);
    }
    Ok(page)
}

/// The member `left` of a page's extras. What makes no sense there is nothing worth failing for.
fn left(extras: &str) -> Option<i64> {
    let extras: Value = serde_json::from_str(extras).ok()?;
    extras.get("left")?.as_i64().filter(|left| *left >= 0)
}

fn check_bounds(raw: &RawPage, limits: &CallLimits) -> Result<(), CallFailure> {
    if raw.rows.len() + raw.deleted.len() > limits.records {
        let count = raw.rows.len() + raw.deleted.len();
        return Err(output(format!("the page has {count} records; the most is {}", limits.records)));
    }
    let bytes = raw.rows.iter().map(|row| row.json.len() + row.key.len()).sum::<usize>()
        + raw.deleted.iter().map(String::len).sum::<usize>()
        + raw.checkpoint.as_ref().map_or(0, String::len);
    if bytes > limits.output_bytes {
        return Err(output(format!("the page has {bytes} bytes; the most is {}", limits.output_bytes)));
    }
    check_checkpoint(raw.checkpoint.as_deref().unwrap_or_default(), limits.checkpoint_bytes)?;
    for key in &raw.deleted {
        check_key(key).map_err(|problem| output(format!("a deleted key: {problem}")))?;
    }
    Ok(())
}

/// What is kept as a checkpoint must be small, and text that a database takes.
pub(crate) fn check_checkpoint(checkpoint: &str, most: usize) -> Result<(), CallFailure> {
    if checkpoint.len() > most {
        return Err(output(format!("the checkpoint has {} bytes; the most is {most}", checkpoint.len())));
    }
    match checkpoint.contains('\0') {
        true => Err(output("the checkpoint holds a NUL character".into())),
        false => Ok(()),
    }
}

/// The record, and its value for the schema.
fn record(row: Picked, version: Option<&str>) -> Result<(PageRecord, Value), String> {
    check_key(&row.key).map_err(|problem| format!("cannot be stored: {problem}"))?;
    let key = row.key;
    let text = std::str::from_utf8(&row.json).map_err(|e| format!("(key `{key}`) is not UTF-8: {e}"))?;
    let value: Value = serde_json::from_str(text).map_err(|e| format!("(key `{key}`) is not JSON: {e}"))?;
    let version = version.and_then(|pointer| value.pointer(pointer)).and_then(|found| match found {
        Value::String(text) => Some(text.replace('\0', "")),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    let record = PageRecord { key, json: compact(text), hash: content_hash(&value), version };
    Ok((record, value))
}

fn note_mismatch(page: &mut Page, schema: Option<&Schema>, value: &Value) {
    let Some((pointer, _)) = schema.and_then(|schema| schema.first_mismatch(value)) else { return };
    page.schema_mismatches += 1;
    page.schema_pointer.get_or_insert(pointer);
}

fn output(message: String) -> CallFailure {
    CallFailure::Output(message)
}
