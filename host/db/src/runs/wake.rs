//! Queued runs that look again at once, because what they wait for has changed.

use sqlx::AnyConnection;

use crate::query::Query;
use crate::{Db, DbError, Millis};

/// Parts of a connection, by stream id and action name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    pub streams: Vec<i64>,
    pub actions: Vec<String>,
}

impl Db {
    /// Runs of a connector's connections that are parked by a limit look again: its numbers have changed.
    /// Gives how many.
    pub async fn runs_look_again(&self, now: Millis, connector: &str) -> Result<u64, DbError> {
        let text = "UPDATE runs SET due_at = $1
            WHERE state = 'queued' AND snooze_code = 'limit' AND due_at > $1
                AND connection IN (SELECT id FROM connections WHERE connector = $2)";
        Query::new(text).bind(now).bind(connector).execute(&mut *self.write().await?).await
    }
}

/// Queued runs of these parts become due, whatever they wait for.
pub(crate) async fn wake(
    tx: &mut AnyConnection,
    now: Millis,
    connection: i64,
    parts: &Parts,
) -> Result<(), DbError> {
    let text = "UPDATE runs SET due_at = $3 WHERE connection = $1 AND stream = $2 AND state = 'queued'
        AND due_at > $3";
    for stream in &parts.streams {
        Query::new(text).bind(connection).bind(*stream).bind(now).execute(tx).await?;
    }
    let text = "UPDATE runs SET due_at = $3 WHERE connection = $1 AND action = $2 AND state = 'queued'
        AND due_at > $3";
    for action in &parts.actions {
        Query::new(text).bind(connection).bind(action.as_str()).bind(now).execute(tx).await?;
    }
    Ok(())
}
