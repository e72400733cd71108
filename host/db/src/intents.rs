//! Intents: written before the first byte of an unsafe request, so that a crash is never blind.

use crate::{Db, DbError, Lease, Millis};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntentState {
    Open,
    /// No byte left.
    NotSent,
    /// The whole answer came.
    Answered,
    /// Answered or open, and then the call committed, returned a verdict, or a person resolved it.
    Settled,
}

#[derive(Debug, Clone)]
pub struct Intent {
    pub run: i64,
    pub ordinal: i64,
    pub attempt: i64,
    pub method: String,
    /// Without credentials, as before injection.
    pub url: String,
    pub state: IntentState,
    pub at: Millis,
}

impl Db {
    /// Durable when it returns, fenced by the lease. Gives the ordinal.
    pub async fn intent_open(&self, now: Millis, lease: &Lease, attempt: i64, method: &str, url: &str) -> Result<i64, DbError> { todo!() }
    /// How the request ended. Not fenced: the truth may be written late.
    pub async fn intent_end(&self, now: Millis, run: i64, ordinal: i64, state: IntentState) -> Result<(), DbError> { todo!() }
    pub async fn intents(&self, run: i64) -> Result<Vec<Intent>, DbError> { todo!() }
}
