//! Taking due runs.

use super::read::{COLUMNS, run};
use crate::query::Query;
use crate::{Db, DbError, Lease, Millis, Run};

/// The queued runs that wait for nothing but their time: their connection is active, no other run with
/// their ordering is running or held, and none before them is queued.
pub(super) const FREE: &str = "runs r JOIN connections c ON c.id = r.connection
    WHERE r.state = 'queued' AND c.state = 'active'
        AND (r.ordering IS NULL OR NOT EXISTS (SELECT 1 FROM runs o
            WHERE o.connection = r.connection AND o.ordering = r.ordering AND o.id <> r.id
                AND (o.state IN ('running', 'held') OR (o.state = 'queued' AND o.id < r.id))))";

/// How often a take is tried again when another host took a run with the same ordering in that moment.
const TRIES: usize = 5;

impl Db {
    /// Takes up to `limit` due runs of active connections in one statement: raises the fence, sets
    /// the lease, counts an attempt (unless the run was snoozed), clears the snooze.
    /// Skips a run while an earlier one with the same connection and ordering is not finished.
    pub async fn take(
        &self,
        now: Millis,
        owner: &str,
        lease_ms: i64,
        limit: i64,
    ) -> Result<Vec<(Run, Lease)>, DbError> {
        for _ in 0..TRIES {
            match self.take_once(now, owner, lease_ms, limit).await {
                Err(error) if error.is_duplicate() => {}
                taken => return taken,
            }
        }
        Ok(Vec::new())
    }

    async fn take_once(
        &self,
        now: Millis,
        owner: &str,
        lease_ms: i64,
        limit: i64,
    ) -> Result<Vec<(Run, Lease)>, DbError> {
        let lock = self.dialect().lock_free_of("r");
        let text = format!(
            "UPDATE runs SET state = 'running', fence = fence + 1, lease_owner = $2, lease_until = $3,
                attempt = CASE WHEN snooze_code IS NULL THEN attempt + 1 ELSE attempt END,
                snooze_code = NULL, snooze_message = NULL, started_at = COALESCE(started_at, $1),
                pages = CASE WHEN full_asked = 1 THEN 0 ELSE pages END,
                full_read = CASE WHEN full_asked = 1 THEN 1 ELSE full_read END, full_asked = 0,
                walk_asked = 0
             WHERE id IN (SELECT r.id FROM {FREE} AND r.due_at <= $1 ORDER BY r.due_at, r.id LIMIT $4 {lock})
             RETURNING {COLUMNS}"
        );
        let query = Query::new(text).bind(now).bind(owner).bind(now + lease_ms).bind(limit);
        let rows = query.all(&mut *self.write().await?).await?;
        let mut taken: Vec<Run> = rows.iter().map(run).collect::<Result<_, _>>()?;
        taken.sort_by_key(|run| (run.due_at, run.id));
        let until = now + lease_ms;
        let leased = |run: Run| {
            let lease = Lease { run: run.id, owner: owner.to_owned(), fence: run.fence, until };
            (run, lease)
        };
        Ok(taken.into_iter().map(leased).collect())
    }
}
