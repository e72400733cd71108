//! Deleting a connection and all that hangs on it.

use crate::flows;
use crate::limits::{let_the_lowest_bind, shared_limits};
use crate::query::Query;
use crate::{Db, DbError};

/// What no foreign key removes, in an order in which each still finds what it hangs on.
const BY_HAND: [&str; 4] = [
    "DELETE FROM walk_keys WHERE walk IN
        (SELECT w.id FROM walks w JOIN streams s ON s.id = w.stream WHERE s.connection = $1)",
    "DELETE FROM records WHERE stream IN (SELECT id FROM streams WHERE connection = $1)",
    "DELETE FROM changes WHERE stream IN (SELECT id FROM streams WHERE connection = $1)",
    "DELETE FROM sessions WHERE scope IN (SELECT scope FROM session_users WHERE connection = $1)
        AND scope NOT IN (SELECT scope FROM session_users WHERE connection <> $1)",
];

impl Db {
    /// Deletes the connection and all that hangs on it, but for its limits' ledger. A running run
    /// loses its lease. Actions that wait, are held or in doubt, and deliveries that wait, are a
    /// [`DbError::Conflict`] unless `force`.
    pub async fn connection_delete(&self, id: i64, force: bool) -> Result<(), DbError> {
        self.delete_at(id, force, None).await
    }

    /// The same for a connection at a revision; at another one it is [`DbError::Outdated`], and stays.
    pub async fn connection_delete_at(&self, id: i64, force: bool, revision: i64) -> Result<(), DbError> {
        self.delete_at(id, force, Some(revision)).await
    }

    async fn delete_at(&self, id: i64, force: bool, revision: Option<i64>) -> Result<(), DbError> {
        let mut tx = self.begin().await?;
        let lock = self.dialect().lock();
        let query =
            Query::new(format!("SELECT name, revision FROM connections WHERE id = $1 {lock}")).bind(id);
        let name = match query.optional(&mut tx).await? {
            Some(row) if revision.is_some_and(|at| row.int("revision").is_ok_and(|now| now != at)) => {
                return Err(DbError::Outdated);
            }
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
        let waiting = Query::new(WAITING).bind(id).one(&mut tx).await?;
        let (actions, deliveries) = (waiting.int("actions")?, waiting.int("deliveries")?);
        if actions + deliveries > 0 && !force {
            return Err(DbError::Conflict(format!(
                "{actions} accepted actions and {deliveries} accepted deliveries of {name} wait and would be \
                 lost"
            )));
        }
        let undecided = Query::new(UNDECIDED).bind(id).one(&mut tx).await?.int("runs")?;
        if undecided > 0 && !force {
            return Err(DbError::Conflict(format!("{undecided} actions of {name} are held or in doubt")));
        }
        let flows = flows::bound_to(&mut tx, id).await?;
        if !flows.is_empty() {
            let flows = flows.join(", ");
            return Err(DbError::Conflict(format!("{name} is bound to the flow {flows}: delete that first")));
        }
        let shared = shared_limits(self, &mut tx, id).await?;
        // Whoever accepts deliveries holds their webhook until they are there: they are found afterwards.
        let gone = Query::new("DELETE FROM webhooks WHERE connection = $1 RETURNING id").bind(id);
        for webhook in gone.all(&mut tx).await? {
            let query = Query::new("DELETE FROM deliveries WHERE webhook = $1").bind(webhook.int("id")?);
            query.execute(&mut tx).await?;
        }
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

/// What was accepted and is not done.
const WAITING: &str = "SELECT
    (SELECT COUNT(*) FROM runs r WHERE r.connection = $1 AND r.kind = 'action'
        AND r.state IN ('queued', 'running')) AS actions,
    (SELECT COUNT(*) FROM deliveries d JOIN webhooks w ON w.id = d.webhook
        WHERE w.connection = $1 AND d.state = 'waiting') AS deliveries";

const UNDECIDED: &str = "SELECT COUNT(*) AS runs FROM runs WHERE connection = $1 AND (state = 'held'
    OR (kind = 'action' AND state <> 'succeeded' AND EXISTS (SELECT 1 FROM intents i
        WHERE i.run = runs.id AND i.state IN ('open', 'answered'))))";
