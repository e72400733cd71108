//! A person stops a run, or starts a finished one again.

use super::read::{COLUMNS, run};
use super::transition::cancelled_in_doubt;
use crate::intents::in_doubt;
use crate::query::Query;
use crate::{Db, DbError, Millis, Run, RunState, flows};

impl Db {
    /// A person: a failed or cancelled run is queued again (attempt starts over). A
    /// [`DbError::Conflict`] if it is in another state, another run of its stream or webhook waits or runs,
    /// the vendor has acted already, or the run had secrets, which are gone.
    pub async fn run_retry(&self, now: Millis, id: i64) -> Result<Run, DbError> {
        let text = "UPDATE runs SET state = 'queued', attempt = 0, due_at = $2, error = NULL,
                finished_at = NULL, cancel_asked = 0, snooze_code = NULL, snooze_message = NULL
            WHERE id = $1 AND state IN ('failed', 'cancelled') AND output IS NULL AND has_secrets = 0";
        let query = Query::new(format!("{text} RETURNING {COLUMNS}")).bind(id).bind(now);
        let mut tx = self.begin().await?;
        match query.optional(&mut tx).await {
            Ok(Some(row)) => {
                flows::is_tried_again(&mut tx, id).await?;
                tx.commit().await?;
                run(&row)
            }
            Ok(None) => {
                // Given back first: SQLite has one writer.
                tx.rollback().await?;
                Err(self.wrong_state(id, "retried").await?)
            }
            Err(error) if error.is_duplicate() => Err(DbError::Conflict(format!(
                "run {id} cannot be retried: another run of its stream or webhook waits or runs"
            ))),
            Err(error) => Err(error),
        }
    }

    /// A person: a queued run is cancelled at once, or held if it is an action in doubt; a running one is
    /// asked to stop.
    pub async fn run_cancel(&self, now: Millis, id: i64) -> Result<Run, DbError> {
        let mut tx = self.begin().await?;
        // Locked, so that it is not taken between the look at its intents and the write.
        let lock = format!("SELECT action FROM runs WHERE id = $1 {}", self.dialect().lock());
        let found = Query::new(lock).bind(id).optional(&mut tx).await?;
        let is_action = found.as_ref().map(|row| row.text_or_none("action")).transpose()?.flatten().is_some();
        let held = is_action && in_doubt(&mut tx, id).await?;
        let text = "UPDATE runs SET cancel_asked = CASE WHEN state = 'queued' AND $3 = 1 THEN 0 ELSE 1 END,
                finished_at = CASE WHEN state = 'queued' AND $3 = 0 THEN $2 ELSE finished_at END,
                input_sealed = CASE WHEN state = 'queued' AND $3 = 0 THEN NULL ELSE input_sealed END,
                again_sealed = CASE WHEN state = 'queued' AND $3 = 0 THEN NULL ELSE again_sealed END,
                snooze_code = CASE WHEN state = 'queued' THEN NULL ELSE snooze_code END,
                snooze_message = CASE WHEN state = 'queued' THEN NULL ELSE snooze_message END,
                error = CASE WHEN state = 'queued' AND $3 = 1 THEN $4 ELSE error END,
                state = CASE WHEN state = 'running' THEN state WHEN $3 = 1 THEN 'held' ELSE 'cancelled' END
            WHERE id = $1 AND state IN ('queued', 'running')";
        let query = Query::new(format!("{text} RETURNING {COLUMNS}")).bind(id).bind(now).bind(held);
        let Some(row) = query.bind(cancelled_in_doubt(id).to_json()?).optional(&mut tx).await? else {
            // Given back first: SQLite has one writer.
            tx.rollback().await?;
            return Err(self.wrong_state(id, "cancelled").await?);
        };
        let run = run(&row)?;
        if run.state == RunState::Cancelled {
            flows::came_to_nothing(&mut tx, now, id, flows::Ended::Cancelled).await?;
        }
        tx.commit().await?;
        Ok(run)
    }

    pub(super) async fn wrong_state(&self, id: i64, verb: &str) -> Result<DbError, DbError> {
        let run = self.run_must(id).await?;
        Ok(DbError::Conflict(format!("run {id} is {} and cannot be {verb}", run.state.as_str())))
    }
}
