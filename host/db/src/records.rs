//! Records: upsert by key, unchanged content writes nothing.

use crate::query::{Found, Query, no_nul};
use crate::{Db, DbError, Millis};

#[derive(Debug, Clone)]
pub struct Record {
    pub key: String,
    /// As the vendor sent it, white space outside strings removed.
    pub json: String,
    /// The sequence of its last change.
    pub sequence: i64,
    pub written_at: Millis,
}

#[derive(Debug, Clone)]
pub struct RecordsPage {
    pub records: Vec<Record>,
    /// The key to go on after; none at the end.
    pub next: Option<String>,
    /// The stream's sequence when the page was read: what to follow changes from.
    pub as_of: i64,
}

impl Db {
    /// Live records in the order of their keys' bytes.
    pub async fn records(
        &self,
        stream: i64,
        after: Option<&str>,
        limit: i64,
    ) -> Result<RecordsPage, DbError> {
        no_nul("the record's key", after.unwrap_or(""))?;
        // Every key is after the empty one but the empty one itself.
        let from = if after.is_some() { ">" } else { ">=" };
        let limit = limit.clamp(1, i64::MAX - 1);
        let text = format!(
            "SELECT s.sequence AS as_of, r.key, r.json, r.sequence, r.written_at
             FROM streams s LEFT JOIN records r ON r.stream = s.id AND r.key {from} $2
             WHERE s.id = $1 ORDER BY r.key LIMIT $3"
        );
        let query = Query::new(text).bind(stream).bind(after.unwrap_or("")).bind(limit + 1);
        let rows = query.all(&mut *self.read().await?).await?;
        let first = rows.first().ok_or_else(|| DbError::missing("stream", stream))?;
        let as_of = first.int("as_of")?;
        let mut records = Vec::with_capacity(rows.len());
        for row in &rows {
            if row.text_or_none("key")?.is_some() {
                records.push(record(row)?);
            }
        }
        let more = i64::try_from(records.len()).unwrap_or(i64::MAX) > limit;
        if more {
            records.pop();
        }
        let next = if more { records.last().map(|record| record.key.clone()) } else { None };
        Ok(RecordsPage { records, next, as_of })
    }

    pub async fn record(&self, stream: i64, key: &str) -> Result<Option<Record>, DbError> {
        no_nul("the record's key", key)?;
        let query =
            Query::new("SELECT key, json, sequence, written_at FROM records WHERE stream = $1 AND key = $2");
        let row = query.bind(stream).bind(key).optional(&mut *self.read().await?).await?;
        row.as_ref().map(record).transpose()
    }
}

fn record(row: &Found) -> Result<Record, DbError> {
    Ok(Record {
        key: row.text("key")?,
        json: row.text("json")?,
        sequence: row.int("sequence")?,
        written_at: row.int("written_at")?,
    })
}
