//! A person decides about a held run.

use super::read::{COLUMNS, run};
use crate::intents::settle_all;
use crate::query::{Query, Value};
use crate::{Db, DbError, Millis, Output, Run, RunState, flows};

impl Db {
    /// A person: a held run is done, with this output. Its other secrets are erased.
    pub async fn run_resolve_done(&self, now: Millis, id: i64, output: &Output) -> Result<Run, DbError> {
        let set = "state = 'succeeded', output = $2, output_sealed = $3, output_sealed_until = $4,
            input_sealed = NULL, again_sealed = NULL, error = NULL, finished_at = $5";
        let sealed = output.sealed.as_ref();
        let (bytes, until) = (sealed.map(|sealed| sealed.bytes.clone()), sealed.map(|sealed| sealed.until));
        let values = vec![output.json.as_str().into(), bytes.into(), until.into(), now.into()];
        self.resolve(now, id, set, values).await
    }

    /// Its open intents are marked as settled by a person, then it is queued again. A cancel that was asked
    /// for before is forgotten.
    pub async fn run_resolve_send_again(&self, now: Millis, id: i64) -> Result<Run, DbError> {
        let set = "state = 'queued', error = NULL, due_at = $2, attempt = 0, cancel_asked = 0";
        self.resolve(now, id, set, vec![now.into()]).await
    }

    /// The held run is cancelled: what it asked for is given up, and its secrets are erased.
    pub async fn run_resolve_drop(&self, now: Millis, id: i64) -> Result<Run, DbError> {
        let set = "state = 'cancelled', finished_at = $2, input_sealed = NULL, again_sealed = NULL";
        self.resolve(now, id, set, vec![now.into()]).await
    }

    async fn resolve(&self, now: Millis, id: i64, set: &str, values: Vec<Value>) -> Result<Run, DbError> {
        let mut tx = self.begin().await?;
        let text = format!("UPDATE runs SET {set} WHERE id = $1 AND state = 'held' RETURNING {COLUMNS}");
        let query = values.into_iter().fold(Query::new(text).bind(id), Query::bind);
        let Some(row) = query.optional(&mut tx).await? else {
            // Given back first: SQLite has one writer.
            tx.rollback().await?;
            return Err(self.wrong_state(id, "resolved").await?);
        };
        settle_all(&mut tx, id).await?;
        let run = run(&row)?;
        if run.state == RunState::Cancelled {
            flows::came_to_nothing(&mut tx, now, id, flows::Ended::Cancelled).await?;
        }
        tx.commit().await?;
        Ok(run)
    }
}
