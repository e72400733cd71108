//! New runs, and joining the one that is there.

use sqlx::AnyConnection;

use super::read::{COLUMNS, run};
use crate::query::{Query, no_nul};
use crate::{Db, DbError, Millis, NewRun, Run, RunKind, Trigger};

/// How often a sync is enqueued anew because the run it would join ended in that moment.
const TRIES: usize = 10;

impl Db {
    /// Enqueues a sync run, or returns the one of that stream that waits or runs. The flag is true
    /// if a new run was made. A joined run takes over `full`, and becomes due at once if this one is; a
    /// running one reads in full again before it succeeds. A run of single keys is always new. A person's run
    /// takes along what waits only because the stream's schedule is stopped.
    pub async fn sync_enqueue(&self, now: Millis, new: &NewRun) -> Result<(Run, bool), DbError> {
        for _ in 0..TRIES {
            let mut tx = self.begin().await?;
            if new.trigger == Trigger::Manual {
                take_along(&mut tx, new).await?;
            }
            let joined = match insert(&mut tx, now, new).await? {
                Some(id) => Some((id, true)),
                None => join(&mut tx, new).await?.map(|id| (id, false)),
            };
            tx.commit().await?;
            if let Some((id, made)) = joined {
                return Ok((self.run_must(id).await?, made));
            }
        }
        Err(DbError::Conflict("the stream's runs end faster than one can be joined: try again".to_owned()))
    }

    /// Enqueues an action, or returns the one with the same key. The flag is true if a new run was
    /// made; the caller compares `input_hash` when it was not.
    pub async fn action_enqueue(&self, now: Millis, new: &NewRun) -> Result<(Run, bool), DbError> {
        no_nul("the action's key", new.key.as_deref().unwrap_or(""))?;
        let mut tx = self.begin().await?;
        let made = insert(&mut tx, now, new).await?;
        let text = format!(
            "SELECT {COLUMNS} FROM runs WHERE kind = 'action' AND connection = $1 AND action = $2 AND key = $3"
        );
        let found = match made {
            Some(id) => Query::new(format!("SELECT {COLUMNS} FROM runs WHERE id = $1")).bind(id),
            None => {
                Query::new(text).bind(new.connection).bind(new.action.as_deref()).bind(new.key.as_deref())
            }
        };
        let found = run(&found.one(&mut tx).await?)?;
        tx.commit().await?;
        Ok((found, made.is_some()))
    }

    pub(super) async fn run_must(&self, id: i64) -> Result<Run, DbError> {
        self.run(id).await?.ok_or_else(|| DbError::missing("run", id))
    }
}

/// Inserts a queued run; none if a unique index says that there is one already.
pub(crate) async fn insert(
    tx: &mut AnyConnection,
    now: Millis,
    new: &NewRun,
) -> Result<Option<i64>, DbError> {
    let text =
        "INSERT INTO runs (kind, triggered_by, state, connection, stream, action, full_read, full_asked,
            input, input_hash, key, ordering, attempt, due_at, cancel_asked, pages, records_seen,
            records_written, records_deleted, schema_mismatches, secrets_scrubbed, created_at, fence,
            input_sealed, has_secrets)
        VALUES ($1, $2, 'queued', $3, $4, $5, $6, 0, $7, $8, $9, $10, 0, $11, 0, 0, 0, 0, 0, 0, 0, $12, 0,
            $13, $14)
        ON CONFLICT DO NOTHING RETURNING id";
    let row = Query::new(text)
        .bind(new.kind.as_str())
        .bind(new.trigger.as_str())
        .bind(new.connection)
        .bind(new.stream)
        .bind(new.action.as_deref())
        .bind(new.full)
        .bind(new.input.as_deref())
        .bind(new.input_hash.as_deref())
        .bind(new.key.as_deref())
        .bind(ordering(new))
        .bind(new.due_at)
        .bind(now)
        .bind(new.input_sealed.clone())
        .bind(new.input_sealed.is_some())
        .optional(tx)
        .await?;
    row.map(|row| row.int("id")).transpose()
}

/// Calls of one stream never overlap: its runs are ordered by the stream.
fn ordering(new: &NewRun) -> Option<String> {
    match (new.kind, new.stream) {
        (RunKind::Sync, Some(stream)) => Some(ordering_of_syncs(stream)),
        _ => new.ordering.clone(),
    }
}

pub(super) fn ordering_of_syncs(stream: i64) -> String {
    format!("sync of stream {stream}")
}

/// Reads that deliveries asked for of a stopped stream stand before the person's run, and would keep it
/// waiting.
async fn take_along(tx: &mut AnyConnection, new: &NewRun) -> Result<(), DbError> {
    let text = "UPDATE runs SET triggered_by = $2, due_at = $3
        WHERE stream = $1 AND state = 'queued' AND snooze_code = 'stream-stopped' AND due_at > $3";
    let query = Query::new(text).bind(new.stream).bind(new.trigger.as_str()).bind(new.due_at);
    query.execute(tx).await?;
    Ok(())
}

async fn join(tx: &mut AnyConnection, new: &NewRun) -> Result<Option<i64>, DbError> {
    let text = "UPDATE runs SET
            full_asked = CASE WHEN state = 'running' AND full_read = 0 AND $2 = 1 THEN 1 ELSE full_asked END,
            pages = CASE WHEN state = 'queued' AND full_read = 0 AND $2 = 1 THEN 0 ELSE pages END,
            full_read = CASE WHEN state = 'queued' AND $2 = 1 THEN 1 ELSE full_read END,
            due_at = CASE WHEN state = 'queued' AND $3 < due_at THEN $3 ELSE due_at END,
            triggered_by = $4
        WHERE stream = $1 AND kind = 'sync' AND input IS NULL AND state IN ('queued', 'running')
        RETURNING id";
    let query = Query::new(text).bind(new.stream).bind(new.full).bind(new.due_at).bind(new.trigger.as_str());
    query.optional(tx).await?.map(|row| row.int("id")).transpose()
}
