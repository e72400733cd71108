//! A person decides about a held run.

use super::read::{COLUMNS, run};
use crate::intents::settle_all;
use crate::query::{Query, Value};
use crate::{Db, DbError, Millis, Run};

impl Db {
    /// A person: a held run is done, with this output.
    pub async fn run_resolve_done(&self, now: Millis, id: i64, output: &str) -> Result<Run, DbError> {
        let set = "state = 'succeeded', output = $2, error = NULL, finished_at = $3";
        self.resolve(id, set, vec![output.into(), now.into()]).await
    }

    /// Its open intents are marked as settled by a person, then it is queued again.
    pub async fn run_resolve_send_again(&self, now: Millis, id: i64) -> Result<Run, DbError> {
        let set = "state = 'queued', error = NULL, due_at = $2, attempt = 0";
        self.resolve(id, set, vec![now.into()]).await
    }

    /// The held run is cancelled: what it asked for is given up.
    pub async fn run_resolve_drop(&self, now: Millis, id: i64) -> Result<Run, DbError> {
        self.resolve(id, "state = 'cancelled', finished_at = $2", vec![now.into()]).await
    }

    async fn resolve(&self, id: i64, set: &str, values: Vec<Value>) -> Result<Run, DbError> {
        let mut tx = self.begin().await?;
        let text = format!("UPDATE runs SET {set} WHERE id = $1 AND state = 'held' RETURNING {COLUMNS}");
        let query = values.into_iter().fold(Query::new(text).bind(id), Query::bind);
        let Some(row) = query.optional(&mut tx).await? else {
            // Given back first: SQLite has one writer.
            tx.rollback().await?;
            return Err(self.wrong_state(id, "resolved").await?);
        };
        settle_all(&mut tx, id).await?;
        tx.commit().await?;
        run(&row)
    }
}
