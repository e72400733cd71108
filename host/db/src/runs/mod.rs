//! Runs: one queue for four kinds, with leases and fencing.
//!
//! ```text
//! queued ──take──▶ running ──▶ succeeded | failed | cancelled | held
//!    ▲                │
//!    └── retry · snooze (no attempt) · rescue (lease expired) · resolve (a person) ──┘
//! ```
//!
//! A running run carries a lease: owner, end and fence. The fence is raised by every take; every
//! write names it, so a host that lost its lease writes nothing and is told [`DbError::LeaseLost`].

mod ask_again;
mod cancel;
mod enqueue;
mod follow_up;
mod kept;
mod lease;
mod read;
mod resolve;
mod take;
mod transition;
mod wake;

use serde::{Deserialize, Serialize};

use crate::query::{Found, unreadable};
use crate::words::words;
use crate::{DbError, Millis};

pub(crate) use ask_again::ask_again;
pub(crate) use enqueue::insert;
pub(crate) use follow_up::read_soon;
pub use follow_up::{MOST_JOINED_KEYS, ReadSoon};
pub use kept::{AgainState, Output, SealedOutput};
pub(crate) use lease::{Fenced, fence};
pub use read::RunFilter;
pub(crate) use transition::{Counts, move_on};
pub use wake::Parts;
pub(crate) use wake::wake;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RunKind {
    Sync,
    Action,
    Webhook,
    Flow,
}

words!(RunKind { Sync => "sync", Action => "action", Webhook => "webhook", Flow => "flow" });

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RunState {
    Queued,
    Running,
    Succeeded,
    Failed,
    Cancelled,
    Held,
}

words!(RunState { Queued => "queued", Running => "running", Succeeded => "succeeded", Failed => "failed", Cancelled => "cancelled", Held => "held" });

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    Schedule,
    Manual,
    Webhook,
    Flow,
}

words!(Trigger { Schedule => "schedule", Manual => "manual", Webhook => "webhook", Flow => "flow" });

/// Who must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Blame {
    Operator,
    Vendor,
    Connector,
    Host,
}

words!(Blame { Operator => "operator", Vendor => "vendor", Connector => "connector", Host => "host" });

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunError {
    /// Stable and dotted: `auth`, `limits.blocked`, `call.out-of-memory`.
    pub code: String,
    pub message: String,
    pub hint: Option<String>,
    pub blame: Blame,
    /// The vendor's own code, if it gave one.
    pub vendor_code: Option<String>,
    /// A JSON object.
    pub detail: Option<String>,
}

impl RunError {
    pub(crate) fn to_json(&self) -> Result<String, DbError> {
        serde_json::to_string(self).map_err(|error| DbError::Sql(sqlx::Error::Encode(error.into())))
    }

    pub(crate) fn from_column(row: &Found, column: &str) -> Result<Option<RunError>, DbError> {
        let Some(json) = row.text_or_none(column)? else {
            return Ok(None);
        };
        serde_json::from_str(&json).map(Some).map_err(|_| unreadable(column, &json))
    }
}

/// Why a queued run waits until its due time without that being an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnoozeReason {
    /// `limit`, `settle`, `again`, `blocked`; from here: `walk-restarted`, `full-asked`, `walk-asked`.
    pub code: String,
    pub message: String,
}

/// The right to write for a run: named in every fenced statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub run: i64,
    pub owner: String,
    pub fence: i64,
    pub until: Millis,
}

#[derive(Debug, Clone)]
pub struct NewRun {
    pub kind: RunKind,
    pub trigger: Trigger,
    pub connection: i64,
    /// Sync: the stream.
    pub stream: Option<i64>,
    /// Action: its name.
    pub action: Option<String>,
    /// Sync: a full re-read.
    pub full: bool,
    /// Action: input JSON, with a mark in the place of what is secret. Sync: JSON array of single keys, if
    /// only those are read.
    pub input: Option<String>,
    /// Action: what is secret in the input. Erased when the run ends.
    pub input_sealed: Option<Vec<u8>>,
    /// Action: its key, the same over all attempts; unique per connection and action.
    pub key: Option<String>,
    /// Hash of the input, to tell a repeated request from another one with the same key.
    pub input_hash: Option<String>,
    /// Runs of one connection with an equal value are taken in order, one at a time. Not for syncs:
    /// those of one stream are always so.
    pub ordering: Option<String>,
    /// The first moment it may be taken.
    pub due_at: Millis,
}

#[derive(Debug, Clone)]
pub struct Run {
    pub id: i64,
    pub kind: RunKind,
    pub trigger: Trigger,
    pub state: RunState,
    pub connection: i64,
    pub connection_name: String,
    pub stream: Option<i64>,
    pub stream_name: Option<String>,
    pub action: Option<String>,
    /// Webhook: whose deliveries it works through.
    pub webhook: Option<i64>,
    pub webhook_name: Option<String>,
    pub full: bool,
    pub input: Option<String>,
    pub input_sealed: Option<Vec<u8>>,
    pub input_hash: Option<String>,
    /// Of a failed run only if the vendor has acted.
    pub output: Option<String>,
    /// Until when the whole output may be taken, if something in it is secret and nobody has taken it.
    pub output_sealed_until: Option<Millis>,
    /// Secrets were sealed for the run; they are gone when it has ended.
    pub has_secrets: bool,
    pub key: Option<String>,
    pub ordering: Option<String>,
    /// Attempts started, this one included. Taking a snoozed run does not count; a committed page of a
    /// sync and a committed step of an action start the count again, since the failures before them are
    /// over.
    pub attempt: i64,
    /// What the last `again` returned.
    pub again: Option<AgainState>,
    pub due_at: Millis,
    pub snooze: Option<SnoozeReason>,
    pub cancel_asked: bool,
    /// The digest of the last call.
    pub digest: Option<String>,
    /// Pages committed; 0 again when a full read was asked for after the run had begun.
    pub pages: i64,
    pub records_seen: i64,
    /// What its walk has yet to read, as far as the connector counted.
    pub records_left: Option<i64>,
    pub records_written: i64,
    pub records_deleted: i64,
    /// Records that differ from the stream's schema, and the first JSON Pointer.
    pub schema_mismatches: i64,
    pub schema_pointer: Option<String>,
    pub secrets_scrubbed: i64,
    pub error: Option<RunError>,
    pub created_at: Millis,
    pub started_at: Option<Millis>,
    pub finished_at: Option<Millis>,
    /// The fence of the present or last lease.
    pub fence: i64,
    pub lease_owner: Option<String>,
    pub lease_until: Option<Millis>,
}
