//! What one call leaves behind, in one transaction fenced by its run's lease.

mod deliveries;
pub(crate) mod page;
mod upsert;

use crate::runs::{Counts, Fenced, fence, move_on};
use crate::{
    AgainState, Blame, Db, DbError, FlowWrite, Lease, LogLine, Millis, Output, RunError, Settle,
    SnoozeReason, StorageWrite, Trace, flows, intents, limits, storage, traces,
};
pub use deliveries::{DeliveriesCommit, Received};
use page::{PageOutcome, Writer};

/// One record a call produced.
#[derive(Debug, Clone)]
pub struct RecordWrite {
    pub key: String,
    pub json: String,
    /// Of the content, member order ignored.
    pub hash: [u8; 32],
    /// The stream's `version` field, if the spec names one: an older one never replaces a newer.
    pub version: Option<String>,
}

/// How a page stands in a snapshot walk.
#[derive(Debug, Clone)]
pub struct WalkStep {
    /// The page begins a walk: keys of an unfinished one are dropped.
    pub first: bool,
    /// The page completes it: what two walks missed is deleted.
    pub last: bool,
    /// The connection's revision the page was read under. A walk begun under another revision or state
    /// starts again.
    pub revision: i64,
    /// More than this share (in thousandths) of the live records is withheld from deletion.
    pub most_deleted_permille: i64,
}

/// What a call does to one stream. Several are written in order of their stream's id.
#[derive(Debug, Clone)]
pub struct StreamWrite {
    pub stream: i64,
    /// Of several with one key the last counts.
    pub records: Vec<RecordWrite>,
    /// A key that is also in `records` stays.
    pub deleted: Vec<String>,
    /// Where the next call goes on; none keeps the former checkpoint. The last page of a snapshot walk
    /// clears it: the next walk starts from the start.
    pub checkpoint: Option<String>,
    /// The format of `checkpoint`, and of a walk that this page begins.
    pub checkpoint_state: i64,
    /// A read's: the format that the stream's checkpoint had when the call was made. If it has another one
    /// by now, a version was undone meanwhile, and `checkpoint` is dropped: the stream is read again from
    /// what it has.
    pub read_from_state: Option<i64>,
    /// Snapshot streams only.
    pub walk: Option<WalkStep>,
    /// How many records a read's walk has after this page, if the connector counts them.
    pub left: Option<i64>,
    pub schema_mismatches: i64,
    pub schema_pointer: Option<String>,
}

/// The line every call leaves, good or bad.
#[derive(Debug, Clone)]
pub struct CallLine {
    /// `read`, `act`, `check`, `receive`, `migrate`.
    pub export: String,
    pub digest: String,
    pub started_at: Millis,
    pub ended_at: Millis,
    pub cpu_us: i64,
    pub requests: i64,
    pub memory_bytes: i64,
    pub secrets_scrubbed: i64,
    pub error: Option<RunError>,
    pub log: Vec<LogLine>,
    /// Bodies, compressed; kept for failed calls and the newest good ones.
    pub trace: Option<Trace>,
}

/// What becomes of the run.
#[derive(Debug, Clone)]
pub enum Next {
    /// It goes on under the same lease, which is extended to this time.
    Continue {
        lease_until: Millis,
    },
    Succeed {
        output: Option<Output>,
    },
    /// Queued again; this counts as an attempt.
    Retry {
        at: Millis,
        error: RunError,
    },
    /// Queued again; not an attempt. `state` is what `again` returned; none keeps the former one.
    Snooze {
        until: Millis,
        reason: SnoozeReason,
        state: Option<AgainState>,
    },
    Fail {
        error: RunError,
    },
    /// Fails although the vendor has acted: what the action returned is kept, and it is not tried again.
    FailWith {
        error: RunError,
        output: Output,
    },
    /// Waits for a person.
    Hold {
        error: RunError,
    },
    Cancel,
}

#[derive(Debug, Clone)]
pub struct CallCommit {
    pub call: CallLine,
    pub streams: Vec<StreamWrite>,
    pub storage: Vec<StorageWrite>,
    pub settle: Vec<Settle>,
    /// The call committed or returned a verdict: the run's answered intents are settled by it.
    pub settles_intents: bool,
    /// A flow's.
    pub flow: Option<FlowWrite>,
    /// `sync`, `action`, `webhook`: the first half of a change's origin; the run's id is the second.
    pub origin: &'static str,
    pub next: Next,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitOutcome {
    pub call: i64,
    pub created: i64,
    pub updated: i64,
    pub unchanged: i64,
    pub deleted: i64,
    /// The last page of a walk wanted to delete this many and may not: the run was failed with
    /// `deletion-withheld` instead of what `next` said.
    pub withheld: Option<i64>,
    /// The page belonged to a walk begun under another revision or state (or to none): its records
    /// were kept, the checkpoint was reset, and the run was queued again, due now and not an attempt,
    /// instead of what `next` said. Its next call must begin a walk again.
    pub walk_restarted: bool,
    /// A person asked the run to stop.
    pub cancel_asked: bool,
}

impl Db {
    /// Writes everything a call left, or nothing. [`DbError::LeaseLost`] if the run is no longer
    /// ours. For a failed call `streams` and `storage` are empty; the call line, log, trace, settled
    /// limits and `next` are written all the same.
    pub async fn commit(
        &self,
        now: Millis,
        lease: &Lease,
        commit: CallCommit,
    ) -> Result<CommitOutcome, DbError> {
        let mut tx = self.begin().await?;
        let run = fence(&mut tx, self.dialect(), lease).await?;
        let mut counts = Counts {
            digest: Some(commit.call.digest.clone()),
            secrets_scrubbed: commit.call.secrets_scrubbed,
            ..Counts::default()
        };
        let call = traces::write(&mut tx, &run, commit.call).await?;
        let writer = Writer {
            now,
            dialect: self.dialect(),
            connection: run.connection,
            origin: origin(commit.origin, &run),
            succeeds: matches!(commit.next, Next::Succeed { .. }),
        };
        let mut streams = commit.streams;
        streams.sort_by_key(|write| write.stream);
        counts.pages = i64::from(!streams.is_empty());
        let mut page = PageOutcome::default();
        for write in streams {
            counts.seen += length(&write.records);
            counts.left = write.left;
            counts.schema_mismatches += write.schema_mismatches;
            counts.schema_pointer = counts.schema_pointer.or_else(|| write.schema_pointer.clone());
            page.add(writer.write(&mut tx, write).await?);
        }
        counts.written = page.created + page.updated;
        counts.deleted = page.deleted;
        storage::write(&mut tx, run.connection, commit.storage).await?;
        if let Some(write) = commit.flow {
            flows::write(&mut tx, now, run.connection, write).await?;
        }
        limits::settle_all(&mut tx, now, &commit.settle).await?;
        if commit.settles_intents {
            intents::settle_answered(&mut tx, run.id).await?;
        }
        let next = instead(now, commit.next, &page);
        move_on(&mut tx, now, lease, &run, &next, counts).await?;
        tx.commit().await?;
        Ok(outcome(call, &run, page))
    }
}

/// What made the changes: the run, and the flow that asked for it.
fn origin(kind: &str, run: &Fenced) -> String {
    match &run.asked_by {
        Some(flow) => format!("flow:{flow}:{}", run.id),
        None => format!("{kind}:{}", run.id),
    }
}

/// What becomes of the run when its walk did not end as the caller thought.
fn instead(now: Millis, next: Next, page: &PageOutcome) -> Next {
    match (page.withheld, page.walk_restarted) {
        (Some(missed), _) => Next::Fail { error: deletion_withheld(missed) },
        (None, true) => Next::Snooze {
            until: now,
            reason: SnoozeReason {
                code: "walk-restarted".to_owned(),
                message: "The walk began under another configuration or state and starts again.".to_owned(),
            },
            state: None,
        },
        (None, false) => next,
    }
}

fn deletion_withheld(missed: i64) -> RunError {
    RunError {
        code: "deletion-withheld".to_owned(),
        message: format!("The walk no longer met {missed} of the stream's records; they were not deleted."),
        hint: Some(
            "If the vendor really dropped them, run: windlass stream accept-deletions CONNECTION STREAM"
                .to_owned(),
        ),
        blame: Blame::Operator,
        vendor_code: None,
        detail: Some(format!("{{\"withheld\":{missed}}}")),
    }
}

fn outcome(call: i64, run: &Fenced, page: PageOutcome) -> CommitOutcome {
    CommitOutcome {
        call,
        created: page.created,
        updated: page.updated,
        unchanged: page.unchanged,
        deleted: page.deleted,
        withheld: page.withheld,
        walk_restarted: page.walk_restarted,
        cancel_asked: run.cancel_asked,
    }
}

fn length<T>(rows: &[T]) -> i64 {
    i64::try_from(rows.len()).unwrap_or(i64::MAX)
}
