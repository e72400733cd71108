//! Changes: the numbered feed of one stream, without gaps.

use sqlx::AnyConnection;

use crate::query::{Found, Query, Value};
use crate::words::words;
use crate::{Db, DbError, Millis, batch};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    Created,
    Updated,
    Deleted,
}

words!(ChangeKind { Created => "created", Updated => "updated", Deleted => "deleted" });

#[derive(Debug, Clone)]
pub struct Change {
    pub sequence: i64,
    pub key: String,
    pub kind: ChangeKind,
    /// What made it: `sync:RUN`, `action:RUN`, `webhook:RUN`, `flow:NAME:RUN` (an action that a flow asked
    /// for), or `person` (accepted deletions).
    pub origin: String,
    /// Hex hash of the record's content; none for a deletion.
    pub hash: Option<String>,
    pub at: Millis,
}

#[derive(Debug, Clone)]
pub struct ChangesPage {
    pub changes: Vec<Change>,
    /// The stream's last sequence when the page was read.
    pub latest: i64,
}

impl Db {
    /// Changes after `after`, in order. [`DbError::Expired`] if some of them are no longer kept.
    pub async fn changes(&self, stream: i64, after: i64, limit: i64) -> Result<ChangesPage, DbError> {
        // One statement, so that the page and what is said about it are of one moment.
        let text = "SELECT s.sequence AS latest, s.expired, c.sequence, c.key, c.kind, c.origin, c.hash, c.at
            FROM streams s LEFT JOIN changes c ON c.stream = s.id AND c.sequence > $2
            WHERE s.id = $1 ORDER BY c.sequence LIMIT $3";
        let query = Query::new(text).bind(stream).bind(after).bind(limit.max(1));
        let rows = query.all(&mut *self.read().await?).await?;
        let first = rows.first().ok_or_else(|| DbError::missing("stream", stream))?;
        let expired = first.int("expired")?;
        if after < expired {
            return Err(DbError::Expired { oldest: expired + 1 });
        }
        let latest = first.int("latest")?;
        let mut changes = Vec::with_capacity(rows.len());
        for row in &rows {
            if row.int_or_none("sequence")?.is_some() {
                changes.push(change(row)?);
            }
        }
        Ok(ChangesPage { changes, latest })
    }
}

/// One change to be written; its sequence is given by its place.
pub(crate) struct NewChange {
    pub key: String,
    pub kind: ChangeKind,
    pub hash: Option<Vec<u8>>,
}

/// Writes changes of one stream numbered from `first` on.
pub(crate) async fn write(
    tx: &mut AnyConnection,
    now: Millis,
    stream: i64,
    origin: &str,
    first: i64,
    changes: Vec<NewChange>,
) -> Result<(), DbError> {
    let row = |(sequence, change): (i64, NewChange)| -> Vec<Value> {
        vec![sequence.into(), change.key.into(), change.kind.as_str().into(), change.hash.into()]
    };
    let rows = (first..).zip(changes).map(row).collect();
    let head = "INSERT INTO changes (stream, origin, at, sequence, key, kind, hash)";
    batch::insert(tx, head, "", &[stream.into(), origin.into(), now.into()], rows).await
}

fn change(row: &Found) -> Result<Change, DbError> {
    let hash = row.bytes_or_none("hash")?;
    Ok(Change {
        sequence: row.int("sequence")?,
        key: row.text("key")?,
        kind: row.word("kind", ChangeKind::parse)?,
        origin: row.text("origin")?,
        hash: hash.map(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
        at: row.int("at")?,
    })
}
