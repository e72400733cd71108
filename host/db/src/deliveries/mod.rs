//! Deliveries: what vendors sent to webhooks, verified before it comes here.
//!
//! ```text
//! accept ──▶ waiting ──▶ processed
//!              ▲  │  └──▶ failed
//!              │  └ try again later
//!              └── replay (a person)
//! ```
//!
//! A delivery ends in the commit of the call that received it. Within an ordering value deliveries end in
//! the order they came: one that is tried again later holds back those behind it (`next`).

mod accept;
mod end;
mod next;
mod read;

use crate::words::words;
use crate::{Millis, RunError};

pub use accept::{Accepted, NewDelivery, Repeats};
pub use end::DeliveryEnd;
pub(crate) use end::end;
pub use read::{DeliveryFilter, DeliveryLine};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    Waiting,
    Processed,
    /// Given up; a person may replay it.
    Failed,
}

words!(DeliveryState { Waiting => "waiting", Processed => "processed", Failed => "failed" });

/// A whole delivery.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub line: DeliveryLine,
    pub method: String,
    /// What stood behind the `?`.
    pub query: String,
    /// A JSON array of pairs: name in lower case, value.
    pub headers: String,
    pub body: Vec<u8>,
}

impl Delivery {
    pub fn id(&self) -> i64 {
        self.line.id
    }

    pub fn received_at(&self) -> Millis {
        self.line.received_at
    }

    pub fn error(&self) -> Option<&RunError> {
        self.line.error.as_ref()
    }
}
