//! Records of a stream, as the vendor sent them.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use windlass_db::Record;

use super::{
    Api,
    extract::{Names, Params},
    page::{cursor_of_key, key_of_cursor, limit},
    time,
};
use crate::problem::Problem;

/// `{"key": "1001", "sequence": 7, "written_at": "…", "record": {…}}`: the vendor's JSON with white space
/// outside strings removed, numbers and member order kept.
#[derive(Serialize)]
pub struct RecordView {
    key: String,
    sequence: i64,
    written_at: String,
    record: Box<RawValue>,
}

/// A list with `as_of`: the sequence to follow changes from.
#[derive(Serialize)]
pub struct RecordsView {
    items: Vec<RecordView>,
    next: Option<String>,
    as_of: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    cursor: Option<String>,
    limit: Option<i64>,
}

pub async fn list(
    State(api): State<Api>,
    Names((name, stream)): Names<(String, String)>,
    Params(params): Params<ListParams>,
) -> Result<Json<RecordsView>, Problem> {
    let (_, stream) = api.stream_of(&name, &stream).await?;
    let after = params.cursor.as_deref().map(key_of_cursor).transpose()?;
    let page = api.host.db.records(stream.id, after.as_deref(), limit(params.limit)?).await?;
    Ok(Json(RecordsView {
        items: page.records.into_iter().map(view).collect::<Result<_, _>>()?,
        next: page.next.map(cursor_of_key),
        as_of: page.as_of,
    }))
}

pub async fn show(
    State(api): State<Api>,
    Names((name, stream, key)): Names<(String, String, String)>,
) -> Result<Json<RecordView>, Problem> {
    let (_, stream) = api.stream_of(&name, &stream).await?;
    let record = api.host.db.record(stream.id, &key).await?;
    Ok(Json(view(record.ok_or_else(|| Problem::missing("record", key))?)?))
}

fn view(record: Record) -> Result<RecordView, Problem> {
    Ok(RecordView {
        key: record.key,
        sequence: record.sequence,
        written_at: time::text(record.written_at),
        record: RawValue::from_string(record.json).map_err(Problem::host)?,
    })
}
