//! Reads that follow from something else, enqueued in its commit and joined with what waits already.

use std::collections::HashSet;

use sqlx::AnyConnection;

use super::enqueue::{insert, ordering_of_syncs};
use crate::dialect::Dialect;
use crate::query::{Query, no_nul};
use crate::{DbError, Millis, NewRun, RunKind, Trigger};

/// Keys that one run reads; what is more goes to another run. As many as a person may ask for at once.
pub const MOST_JOINED_KEYS: usize = 1_000;

/// A stream that is to be read soon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadSoon {
    pub stream: i64,
    /// Single records; none for a walk.
    pub keys: Vec<String>,
}

/// Joins a run that has not begun, or enqueues one. A walk that is under way may be past what is asked
/// for: it walks again before it succeeds.
pub(crate) async fn read_soon(
    tx: &mut AnyConnection,
    dialect: Dialect,
    now: Millis,
    connection: i64,
    read: ReadSoon,
) -> Result<(), DbError> {
    if !read.keys.is_empty() {
        return read_keys(tx, dialect, now, connection, read).await;
    }
    let text = "UPDATE runs SET walk_asked = 1
        WHERE stream = $1 AND kind = 'sync' AND input IS NULL AND state = 'running'";
    if Query::new(text).bind(read.stream).execute(tx).await? == 0 {
        insert(tx, now, &sync(now, connection, read.stream, None)).await?;
    }
    Ok(())
}

async fn read_keys(
    tx: &mut AnyConnection,
    dialect: Dialect,
    now: Millis,
    connection: i64,
    read: ReadSoon,
) -> Result<(), DbError> {
    for key in &read.keys {
        no_nul("the key to be read", key)?;
    }
    let text = format!(
        "SELECT id, input FROM runs WHERE connection = $1 AND ordering = $2 AND state = 'queued'
             AND kind = 'sync' AND input IS NOT NULL AND again_state IS NULL AND triggered_by = 'webhook'
         ORDER BY id DESC LIMIT 1 {}",
        dialect.lock()
    );
    let query = Query::new(text).bind(connection).bind(ordering_of_syncs(read.stream));
    let (waiting, present) = match query.optional(tx).await? {
        Some(row) => (Some(row.int("id")?), keys_of(&row.text("input")?)),
        None => (None, Vec::new()),
    };
    let asked = without_repeats(present.iter().cloned().chain(read.keys));
    for (place, keys) in asked.chunks(MOST_JOINED_KEYS).enumerate() {
        let input = serde_json::Value::from(keys).to_string();
        match waiting.filter(|_| place == 0) {
            Some(_) if keys.len() == present.len() => {}
            Some(id) => {
                let query = Query::new("UPDATE runs SET input = $2 WHERE id = $1").bind(id).bind(input);
                query.execute(tx).await?;
            }
            None => drop(insert(tx, now, &sync(now, connection, read.stream, Some(input))).await?),
        }
    }
    Ok(())
}

fn sync(now: Millis, connection: i64, stream: i64, input: Option<String>) -> NewRun {
    NewRun {
        kind: RunKind::Sync,
        trigger: Trigger::Webhook,
        connection,
        stream: Some(stream),
        action: None,
        full: false,
        input,
        input_sealed: None,
        key: None,
        input_hash: None,
        ordering: None,
        due_at: now,
    }
}

fn keys_of(input: &str) -> Vec<String> {
    serde_json::from_str(input).unwrap_or_default()
}

fn without_repeats(keys: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = HashSet::new();
    keys.filter(|key| seen.insert(key.clone())).collect()
}
