//! What becomes of a delivery whose call has ended.

use sqlx::AnyConnection;

use crate::query::Query;
use crate::{Db, DbError, DeliveryLine, Millis, RunError};

#[derive(Debug, Clone)]
pub enum DeliveryEnd {
    Processed,
    /// Tried again then. `counts` unless the vendor, or a limit, asked to wait.
    Again {
        at: Millis,
        error: RunError,
        counts: bool,
    },
    Failed {
        error: RunError,
    },
}

impl Db {
    /// A person: a delivery that has ended waits again, its attempts forgotten. A [`DbError::Conflict`] if
    /// it waits anyway.
    pub async fn delivery_replay(
        &self,
        now: Millis,
        connection: i64,
        id: i64,
    ) -> Result<DeliveryLine, DbError> {
        let text = "UPDATE deliveries SET state = 'waiting', due_at = $3, attempt = 0, error = NULL,
                ended_at = NULL WHERE id = $1 AND state <> 'waiting'
                AND webhook IN (SELECT w.id FROM webhooks w WHERE w.connection = $2)";
        let query = Query::new(text).bind(id).bind(connection).bind(now);
        let touched = query.execute(&mut *self.write().await?).await?;
        let found = self.delivery(connection, id).await?;
        let line = found.ok_or_else(|| DbError::missing("delivery", id))?.line;
        match touched {
            0 => Err(DbError::Conflict(format!("delivery {id} waits already"))),
            _ => Ok(line),
        }
    }
}

/// Writes the end in the commit of `run`'s call.
pub(crate) async fn end(
    tx: &mut AnyConnection,
    now: Millis,
    run: i64,
    delivery: i64,
    end: &DeliveryEnd,
) -> Result<(), DbError> {
    let (state, due_at, counts, error) = match end {
        DeliveryEnd::Processed => ("processed", None, true, None),
        DeliveryEnd::Again { at, error, counts } => ("waiting", Some(*at), *counts, Some(error)),
        DeliveryEnd::Failed { error } => ("failed", None, true, Some(error)),
    };
    let ended_at = due_at.is_none().then_some(now);
    let text = "UPDATE deliveries SET state = $2, due_at = COALESCE($3, due_at), attempt = attempt + $4,
            error = $5, ended_at = $6, run = $7,
            identity = CASE WHEN $2 <> 'waiting' AND identity_until <= $8 THEN NULL ELSE identity END
        WHERE id = $1 AND state = 'waiting'";
    Query::new(text)
        .bind(delivery)
        .bind(state)
        .bind(due_at)
        .bind(counts)
        .bind(error.map(RunError::to_json).transpose()?)
        .bind(ended_at)
        .bind(run)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(())
}
