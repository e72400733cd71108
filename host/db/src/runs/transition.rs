//! What becomes of a running run: one statement for every way out.

use sqlx::AnyConnection;

use super::lease::{Fenced, fence};
use crate::intents::in_doubt;
use crate::query::Query;
use crate::{
    AgainState, Blame, Db, DbError, Lease, Millis, Next, Output, RunError, RunState, SnoozeReason, flows,
};

/// What one call adds to the run's counts.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub digest: Option<String>,
    pub pages: i64,
    pub seen: i64,
    /// After this call; none goes on counting from the last one that was given.
    pub left: Option<i64>,
    pub written: i64,
    pub deleted: i64,
    pub schema_mismatches: i64,
    pub schema_pointer: Option<String>,
    pub secrets_scrubbed: i64,
}

/// The columns that a transition sets.
struct Columns {
    state: RunState,
    due_at: Option<Millis>,
    lease_until: Option<Millis>,
    output: Option<Output>,
    error: Option<RunError>,
    snooze: Option<SnoozeReason>,
    again: Option<AgainState>,
}

impl Db {
    /// Parks or ends a run outside a call (no room in a limit, cancelled, nothing to do).
    pub async fn transition(&self, now: Millis, lease: &Lease, next: &Next) -> Result<(), DbError> {
        let mut tx = self.begin().await?;
        let run = fence(&mut tx, self.dialect(), lease).await?;
        move_on(&mut tx, now, lease, &run, next, Counts::default()).await?;
        Ok(tx.commit().await?)
    }
}

/// Writes the run's next state and counts, fenced. The transaction is given up if the lease is lost. Where an
/// action that a flow asked for comes to nothing, the flow holds the change that it answered.
pub(crate) async fn move_on(
    tx: &mut AnyConnection,
    now: Millis,
    lease: &Lease,
    run: &Fenced,
    next: &Next,
    counts: Counts,
) -> Result<(), DbError> {
    let to = columns(now, run, &obeying_cancel(tx, run, next).await?);
    let text = "UPDATE runs SET state = $4, due_at = COALESCE($5, due_at), lease_until = $6,
            lease_owner = CASE WHEN $4 = 'running' THEN lease_owner ELSE NULL END,
            output = $7, error = $8, snooze_code = $9, snooze_message = $10,
            again_state = CASE WHEN $21 IS NULL THEN COALESCE($11, again_state) ELSE NULL END,
            again_sealed = CASE WHEN $12 IS NULL AND $11 IS NULL THEN COALESCE($21, again_sealed) ELSE NULL END,
            input_sealed = CASE WHEN $12 IS NULL THEN input_sealed ELSE NULL END,
            has_secrets = CASE WHEN $21 IS NULL THEN has_secrets ELSE 1 END,
            output_sealed = $22, output_sealed_until = $23, finished_at = $12,
            digest = COALESCE($13, digest), pages = pages + $14, records_seen = records_seen + $15,
            records_written = records_written + $16, records_deleted = records_deleted + $17,
            schema_mismatches = schema_mismatches + $18, schema_pointer = COALESCE(schema_pointer, $19),
            secrets_scrubbed = secrets_scrubbed + $20,
            records_left = COALESCE($24, CASE WHEN records_left IS NULL OR records_left > $15
                THEN records_left - $15 ELSE 0 END),
            attempt = CASE WHEN (kind = 'sync' AND $14 > 0) OR $11 IS NOT NULL OR $21 IS NOT NULL
                THEN 1 ELSE attempt END
        WHERE id = $1 AND fence = $2 AND lease_owner = $3 AND state = 'running'";
    let (again_open, again_sealed) = to.again.map(AgainState::columns).unwrap_or_default();
    let (output, sealed) = to.output.map(|output| (output.json, output.sealed)).unzip();
    let (sealed, until) = sealed.flatten().map(|sealed| (sealed.bytes, sealed.until)).unzip();
    let finished = !matches!(to.state, RunState::Queued | RunState::Running | RunState::Held);
    let touched = Query::new(text)
        .bind(lease.run)
        .bind(lease.fence)
        .bind(lease.owner.as_str())
        .bind(to.state.as_str())
        .bind(to.due_at)
        .bind(to.lease_until)
        .bind(output)
        .bind(to.error.as_ref().map(RunError::to_json).transpose()?)
        .bind(to.snooze.as_ref().map(|snooze| snooze.code.as_str()))
        .bind(to.snooze.as_ref().map(|snooze| snooze.message.as_str()))
        .bind(again_open)
        .bind(finished.then_some(now))
        .bind(counts.digest)
        .bind(counts.pages)
        .bind(counts.seen)
        .bind(counts.written)
        .bind(counts.deleted)
        .bind(counts.schema_mismatches)
        .bind(counts.schema_pointer)
        .bind(counts.secrets_scrubbed)
        .bind(again_sealed)
        .bind(sealed)
        .bind(until)
        .bind(counts.left)
        .execute(tx)
        .await?;
    if touched != 1 {
        return Err(DbError::LeaseLost);
    }
    match (to.state, &to.error) {
        (RunState::Failed, Some(error)) => {
            flows::came_to_nothing(tx, now, run.id, flows::Ended::Failed(error)).await
        }
        (RunState::Cancelled, _) => flows::came_to_nothing(tx, now, run.id, flows::Ended::Cancelled).await,
        _ => Ok(()),
    }
}

/// A cancel that was asked for is obeyed instead of waiting.
async fn obeying_cancel(tx: &mut AnyConnection, run: &Fenced, next: &Next) -> Result<Next, DbError> {
    let waits = matches!(next, Next::Retry { .. } | Next::Snooze { .. });
    if !(matches!(next, Next::Cancel) || (run.cancel_asked && waits)) {
        return Ok(next.clone());
    }
    match run.action.is_some() && in_doubt(tx, run.id).await? {
        true => Ok(Next::Hold { error: cancelled_in_doubt(run.id) }),
        false => Ok(Next::Cancel),
    }
}

/// A cancel does not undo what the vendor may have done: the run is held, so that nobody takes it for
/// undone and asks again.
pub(super) fn cancelled_in_doubt(run: i64) -> RunError {
    RunError {
        code: "action.held".to_owned(),
        message: "the run was cancelled, and a request of it may have reached the vendor before".to_owned(),
        hint: Some(format!(
            "look at the vendor, then `windlass run resolve {run} --done JSON`, `--send-again` or `--drop`"
        )),
        blame: Blame::Operator,
        vendor_code: None,
        detail: None,
    }
}

fn columns(now: Millis, run: &Fenced, next: &Next) -> Columns {
    let none = Columns {
        state: RunState::Queued,
        due_at: None,
        lease_until: None,
        output: None,
        error: None,
        snooze: None,
        again: None,
    };
    match next.clone() {
        // A full read was asked for while this one ran: it is not done before that.
        Next::Succeed { .. } if run.full_asked => Columns {
            due_at: Some(now),
            snooze: Some(SnoozeReason {
                code: "full-asked".to_owned(),
                message: "A full read was asked for while the run was under way.".to_owned(),
            }),
            ..none
        },
        Next::Succeed { .. } if run.walk_asked => Columns {
            due_at: Some(now),
            snooze: Some(SnoozeReason {
                code: "walk-asked".to_owned(),
                message: "A walk was asked for while the run was under way.".to_owned(),
            }),
            ..none
        },
        Next::Continue { lease_until } => {
            Columns { state: RunState::Running, lease_until: Some(lease_until), ..none }
        }
        Next::Succeed { output } => Columns { state: RunState::Succeeded, output, ..none },
        Next::Retry { at, error } => Columns { due_at: Some(at), error: Some(error), ..none },
        Next::Snooze { until, reason, state } => {
            Columns { due_at: Some(until), snooze: Some(reason), again: state, ..none }
        }
        Next::Fail { error } => Columns { state: RunState::Failed, error: Some(error), ..none },
        Next::FailWith { error, output } => {
            Columns { state: RunState::Failed, error: Some(error), output: Some(output), ..none }
        }
        Next::Hold { error } => Columns { state: RunState::Held, error: Some(error), ..none },
        Next::Cancel => Columns { state: RunState::Cancelled, ..none },
    }
}
