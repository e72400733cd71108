//! The durable loop: runs are scheduled, taken, worked on and ended here.
//!
//! [`spawn`] starts the loops of a worker. A run of each kind is one file or folder: `sync`, `action`,
//! `webhook`, `flow`. All make calls through `context`, end them through `finish`, and never hold a
//! transaction while a guest runs
//! or a vendor is asked.

mod action;
mod ahead;
mod blame;
mod context;
mod doubt;
mod finish;
mod flow;
mod follow_up;
mod intents;
mod lease;
mod migrate;
mod present;
pub mod retry;
mod scheduler;
mod sessions;
mod storage;
mod sync;
pub mod trace;
mod webhook;
mod worker;

pub use blame::{operator_error, run_error};
pub use context::{CallContext, Unbuilt, credentials_of};
pub use finish::{jitter, log_line};
pub use intents::NoIntents;
pub use lease::Leases;
pub use sessions::lift_refusals;
pub use worker::spawn;
