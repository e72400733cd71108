//! Runs components under limits, and sends what they ask for: the only crate that names wasmtime and
//! the outbound HTTP client.
//!
//! [`Sandbox::load`] checks, compiles and describes a component. Every call ([`Sandbox::read`],
//! [`Sandbox::act`], [`Sandbox::check`]) runs in a new instance under a [`CallGrant`] and gives a
//! [`CallReport`]: the outcome, what it used, its log, its storage writes and the exchanges of its
//! trace. Nothing of a call is kept here; [`replay`] makes one again from what was kept elsewhere.
//!
//! Three traits stand where the outside begins: [`egress::Transport`], [`egress::RateLimiter`] (with
//! [`egress::Intents`] beside it) and [`Storage`]. To add a capability: an interface in `wit/`, a file
//! in `capability/`, and its line in `wit/imports.txt`.

mod bindings;
mod call;
mod calls;
mod capability;
mod compile;
mod component;
pub mod egress;
mod engine;
mod error;
mod exports;
mod held;
mod json;
mod limits;
mod meter;
mod page;
mod react;
mod receive;
pub mod replay;
mod sandbox;
pub mod spec;
mod state;
mod structure;

pub use call::{CallGrant, CallReport, Usage};
pub use calls::{ActOutcome, ActRequest, PastIntent, ReadRequest};
pub use capability::{
    log::{LogLevel, LogLine},
    records::{FoundRecord, NotRead, Records},
    storage::{Storage, StorageWrite},
};
pub use compile::{CompileBounds, Compiler, compile};
pub use component::{ActionSchemas, CONTRACT_VERSION, Connector, MOST_COMPONENT_BYTES, digest};
pub use engine::CALLS_AT_ONCE;
pub use error::{CallFailure, GuestError, GuestErrorKind, LoadError};
pub use json::{Container, Picked, Rows, ambiguity, compact, content_hash, pick};
pub use limits::CallLimits;
pub use page::{Page, PageRecord};
pub use react::{ChangeKind, Command, FailedAction, FollowedChange, Reaction};
pub use receive::{DeliveryOutcome, DeliveryRequest, FollowUpAction};
pub use sandbox::Sandbox;
pub use state::Clock;
