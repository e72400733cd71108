//! What a flow asked for last.

use crate::query::{Found, Query};
use crate::{Db, DbError, Millis, RunState};

/// The newest run of an action that a flow asked for.
#[derive(Debug, Clone)]
pub struct AskedRun {
    pub run: i64,
    pub state: RunState,
    /// The changed record's key; none if the change is no longer kept.
    pub key: Option<String>,
    /// When the change was made.
    pub changed_at: Option<Millis>,
    pub finished_at: Option<Millis>,
}

/// A run that a flow asked for and that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRun {
    pub run: i64,
    pub connection_name: String,
    pub action: String,
}

impl Db {
    /// Held runs that a flow asked for, oldest first.
    pub async fn held_asked(&self, flow: i64, limit: i64) -> Result<Vec<HeldRun>, DbError> {
        let text = "SELECT r.id, c.name, r.action FROM runs r JOIN connections c ON c.id = r.connection
            WHERE r.asked_by = $1 AND r.state = 'held' ORDER BY r.id LIMIT $2";
        let rows = Query::new(text).bind(flow).bind(limit).all(&mut *self.read().await?).await?;
        let held = |row: &Found| {
            let (run, connection_name) = (row.int("id")?, row.text("name")?);
            Ok(HeldRun { run, connection_name, action: row.text("action")? })
        };
        rows.iter().map(held).collect()
    }

    pub async fn last_asked(
        &self,
        flow: i64,
        connection: i64,
        action: &str,
    ) -> Result<Option<AskedRun>, DbError> {
        let text = "SELECT r.id, r.state, r.finished_at, c.key, c.at
            FROM runs r LEFT JOIN changes c ON c.stream = r.asked_stream AND c.sequence = r.asked_sequence
            WHERE r.connection = $1 AND r.kind = 'action' AND r.action = $2 AND r.asked_by = $3
            ORDER BY r.id DESC LIMIT 1";
        let query = Query::new(text).bind(connection).bind(action).bind(flow);
        let Some(row) = query.optional(&mut *self.read().await?).await? else { return Ok(None) };
        Ok(Some(AskedRun {
            run: row.int("id")?,
            state: row.word("state", RunState::parse)?,
            key: row.text_or_none("key")?,
            changed_at: row.int_or_none("at")?,
            finished_at: row.int_or_none("finished_at")?,
        }))
    }
}
