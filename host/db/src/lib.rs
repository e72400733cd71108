//! Everything Windlass keeps: the only crate that names sqlx.
//!
//! One SQL text runs on SQLite and PostgreSQL; `dialect` holds every difference. Every transition of a
//! run is one function and one fenced statement. `now` is an argument everywhere: take it from
//! [`Db::now`], the one clock of leases and limits.
//!
//! To add a noun: a table in a new migration, a file here with its row type and functions, and cases
//! in `tests/` that run on both databases.

mod activations;
mod batch;
mod changes;
mod clock;
mod commit;
mod connections;
mod connectors;
mod deliveries;
mod dialect;
mod error;
mod flows;
mod folder;
mod hosts;
mod intents;
mod limits;
mod log;
mod migrations;
mod pool;
mod query;
mod records;
mod retention;
mod runs;
mod secrets;
mod sessions;
mod storage;
mod streams;
mod traces;
mod trust;
mod unique;
mod walks;
mod webhooks;
mod words;

pub use activations::{Activation, After, Back, InUse, Judged, Stage, Switch};
pub use changes::{Change, ChangeKind, ChangesPage};
pub use clock::{Clock, anchored_clock};
pub use commit::{
    CallCommit, CallLine, CommitOutcome, DeliveriesCommit, Next, Received, RecordWrite, StreamWrite, WalkStep,
};
pub use connections::{
    Connection, ConnectionChange, ConnectionKind, ConnectionState, NewConnection, OwnVersion, OwnWhy,
};
pub use connectors::{Component, Version, VersionState};
pub use deliveries::{
    Accepted, Delivery, DeliveryEnd, DeliveryFilter, DeliveryLine, DeliveryState, NewDelivery, Repeats,
};
pub use error::DbError;
pub use flows::{
    AskedAction, AskedRun, Bound, FailedAction, Feed, FeedPosition, FlowWrite, FollowedChange,
    FollowedStream, HeldChange, HeldRun, HeldWrite, RoleBinding,
};
pub use folder::FolderFile;
pub use hosts::SeenHost;
pub use intents::{Intent, IntentState};
pub use limits::{
    Ask, Booked, Booking, LedgerRow, LimitChange, LimitClaim, LimitRow, LimitSetting, LimitUse, NoRoom,
    Report, Reported, Settle, Sharer, Side,
};
pub use log::{LogLevel, LogLine};
pub use pool::Db;
pub use records::{Record, RecordsPage};
pub use retention::Retention;
pub use runs::{
    AgainState, Blame, Lease, MOST_JOINED_KEYS, NewRun, Output, Parts, ReadSoon, Run, RunError, RunFilter,
    RunKind, RunState, SealedOutput, SnoozeReason, Trigger,
};
pub use secrets::SealedSecret;
pub use sessions::SessionState;
pub use storage::StorageWrite;
pub use streams::{DueStream, Schedule, Stream, StreamSettings, Walk};
pub use traces::{CallRow, Pace, Trace};
pub use trust::{Origin, Publisher, TrustedKey};
pub use unique::{RepeatedValue, UniqueValue};
pub use webhooks::{DueWebhook, NewWebhook, Webhook, WebhookUse};

/// Milliseconds since 1970-01-01T00:00:00Z, by the database's clock.
pub type Millis = i64;
