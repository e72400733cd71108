//! Deleting a connection and all that hangs on it.

use crate::flows;
use crate::limits::{let_the_lowest_bind, shared_limits};
use crate::query::Query;
use crate::{Db, DbError};

/// What no foreign key removes, in an order in which each still finds what it hangs on.
const BY_HAND: [&str; 3] = [
    "DELETE FROM walk_keys WHERE walk IN
        (SELECT w.id FROM walks w JOIN streams s ON s.id = w.stream WHERE s.connection = $1)",
    "DELETE FROM records WHERE stream IN (SELECT id FROM streams WHERE connection = $1)",
    "DELETE FROM changes WHERE stream IN (SELECT id FROM streams WHERE connection = $1)",
];

impl Db {
    /// Deletes the connection and all that hangs on it, but for its limits' ledger. A running run
    /// loses its lease. Actions in doubt or held are a [`DbError::Conflict`] unless `force`.
    pub async fn connection_delete(&self, id: i64, force: bool) -> Result<(), DbError> {
        let mut tx = self.begin().await?;
        let lock = self.dialect().lock();
        let query = Query::new(format!("SELECT name FROM connections WHERE id = $1 {lock}")).bind(id);
        let name = match query.optional(&mut tx).await? {
            Some(row) => row.text("name")?,
            None => return Err(DbError::missing("connection", id)),
        };
        // Locked, so that a commit in flight ends first and a later one finds its run gone.
        Query::new(format!(
            "SELECT id FROM runs WHERE connection = $1 AND state = 'running' ORDER BY id {lock}"
        ))
        .bind(id)
        .all(&mut tx)
        .await?;
        let undecided = Query::new(UNDECIDED).bind(id).one(&mut tx).await?.int("runs")?;
        if undecided > 0 && !force {
            return Err(DbError::Conflict(format!(
                "{undecided} actions of {name} are held or in doubt: resolve them, or delete with force"
            )));
        }
        let flows = flows::bound_to(&mut tx, id).await?;
        if !flows.is_empty() {
            let flows = flows.join(", ");
            return Err(DbError::Conflict(format!("{name} is bound to the flow {flows}: delete that first")));
        }
        let shared = shared_limits(self, &mut tx, id).await?;
        for text in BY_HAND {
            Query::new(text).bind(id).execute(&mut tx).await?;
        }
        Query::new("DELETE FROM connections WHERE id = $1").bind(id).execute(&mut tx).await?;
        for limit in shared {
            let_the_lowest_bind(&mut tx, limit).await?;
        }
        Ok(tx.commit().await?)
    }
}

const UNDECIDED: &str = "SELECT COUNT(*) AS runs FROM runs WHERE connection = $1 AND (state = 'held'
    OR (kind = 'action' AND state <> 'succeeded' AND EXISTS (SELECT 1 FROM intents i
        WHERE i.run = runs.id AND i.state IN ('open', 'answered'))))";
