//! Leases: renewing, rescuing, and the fence that every write passes.

use std::collections::HashSet;

use sqlx::AnyConnection;

use crate::dialect::Dialect;
use crate::query::Query;
use crate::{Db, DbError, Lease, Millis};

/// A run whose lease was found good, its row locked until the transaction ends.
pub(crate) struct Fenced {
    pub id: i64,
    pub attempt: i64,
    pub connection: i64,
    pub stream: Option<i64>,
    pub action: Option<String>,
    /// The name of the flow that asked for the action.
    pub asked_by: Option<String>,
    pub cancel_asked: bool,
    pub full_asked: bool,
    pub walk_asked: bool,
    pub webhook: Option<i64>,
}

impl Db {
    /// Extends leases; returns the runs whose lease was lost.
    pub async fn renew(
        &self,
        now: Millis,
        owner: &str,
        leases: &[Lease],
        lease_ms: i64,
    ) -> Result<Vec<i64>, DbError> {
        let mut leases: Vec<&Lease> = leases.iter().collect();
        leases.sort_by_key(|lease| lease.run);
        let mut kept = HashSet::new();
        let mut tx = self.begin().await?;
        let text = "UPDATE runs SET lease_until = $4
            WHERE id = $1 AND fence = $2 AND state = 'running' AND lease_owner = $3";
        for lease in &leases {
            let query = Query::new(text).bind(lease.run).bind(lease.fence).bind(owner).bind(now + lease_ms);
            if query.execute(&mut tx).await? == 1 {
                kept.insert(lease.run);
            }
        }
        tx.commit().await?;
        Ok(leases.iter().map(|lease| lease.run).filter(|run| !kept.contains(run)).collect())
    }

    /// Puts runs with an expired lease back in the queue. `all` rescues every running run at once:
    /// the only host of a database has just started.
    pub async fn rescue(&self, now: Millis, all: bool) -> Result<u64, DbError> {
        let text = "UPDATE runs SET state = 'queued', due_at = $1, lease_owner = NULL, lease_until = NULL
            WHERE state = 'running' AND (lease_until <= $1 OR $2 = 1)";
        Query::new(text).bind(now).bind(all).execute(&mut *self.write().await?).await
    }
}

/// Finds the run only if the lease still holds, and locks it: what follows in this transaction is
/// written under the lease or not at all.
pub(crate) async fn fence(
    tx: &mut AnyConnection,
    dialect: Dialect,
    lease: &Lease,
) -> Result<Fenced, DbError> {
    let text = format!(
        "SELECT id, attempt, connection, stream, action, cancel_asked, full_asked, walk_asked, webhook,
            (SELECT c.name FROM connections c WHERE c.id = runs.asked_by) AS asked_by_name
         FROM runs WHERE id = $1 AND fence = $2 AND lease_owner = $3 AND state = 'running' {}",
        dialect.lock()
    );
    let query = Query::new(text).bind(lease.run).bind(lease.fence).bind(lease.owner.as_str());
    let row = query.optional(tx).await?.ok_or(DbError::LeaseLost)?;
    Ok(Fenced {
        id: row.int("id")?,
        attempt: row.int("attempt")?,
        connection: row.int("connection")?,
        stream: row.int_or_none("stream")?,
        action: row.text_or_none("action")?,
        asked_by: row.text_or_none("asked_by_name")?,
        cancel_asked: row.flag("cancel_asked")?,
        full_asked: row.flag("full_asked")?,
        walk_asked: row.flag("walk_asked")?,
        webhook: row.int_or_none("webhook")?,
    })
}
