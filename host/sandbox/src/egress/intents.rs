//! Intents: what makes it known, after a crash, that an unsafe request may have been made.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Where intents are kept.
#[async_trait]
pub trait Intents: Send + Sync {
    /// Before the first byte of an unsafe request; durable when it returns. The number names the
    /// intent within its run. An error means that nothing may be sent, such as a lost lease.
    async fn open(&self, method: &str, url: &str) -> Result<i64, String>;

    /// How it ended. Not called when the call is killed meanwhile: the intent stays open.
    async fn end(&self, ordinal: i64, outcome: IntentOutcome);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IntentOutcome {
    /// Surely no byte left.
    NotSent,
    /// The whole answer came.
    Answered,
    /// The whole answer came, and says that nothing was done: the session was no longer good.
    Refused,
    /// Unknown: the vendor may or may not have acted.
    Open,
}
