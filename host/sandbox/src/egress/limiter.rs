//! What egress needs of the rate limits. The ledger behind it must be durable and shared by all
//! hosts; this crate only says when something counts.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Counts requests before they are made.
#[async_trait]
pub trait RateLimiter: Send + Sync {
    /// Before the first byte: takes what the request costs on every limit it touches (name, cost;
    /// may be empty). Waits at most 2 s inside; a longer wait is an error.
    async fn admit(&self, costs: &[(String, u32)]) -> Result<Permit, RateLimited>;

    /// How the request ended. Not called when the call is killed meanwhile: a permit that was never
    /// ended counts as lost.
    async fn ended(&self, permit: Permit, outcome: Ended<'_>);

    /// How many requests still have room now.
    async fn remaining(&self, limit: &str) -> Result<u32, LimitError>;

    /// Counts `n` more.
    async fn acquire(&self, limit: &str, n: u32) -> Result<(), LimitError>;

    /// No request of the limit is made before `until`, Unix milliseconds.
    async fn block_until(&self, limit: &str, until: i64) -> Result<(), LimitError>;
}

/// What `admit` took. The ids are the limiter's own. Dropping it gives nothing back.
#[derive(Debug)]
#[must_use = "a permit is handed to `ended`, or counts as lost"]
pub struct Permit {
    pub ids: Vec<i64>,
}

/// How an admitted request ended.
#[derive(Debug, Clone, Copy)]
pub enum Ended<'a> {
    /// The whole answer came. Its headers tell what is left, and when to come back.
    Answered { status: u16, headers: &'a [(String, String)] },
    /// It was sent, and no whole answer came: the vendor may have counted it.
    Lost,
    /// Surely no byte left.
    NotSent,
}

/// A limit has no room soon enough.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RateLimited {
    pub limit: String,
    /// Unix milliseconds.
    pub until: i64,
    pub message: String,
}

/// Why a guest's question about a limit has no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct LimitError {
    pub kind: LimitErrorKind,
    pub message: String,
    /// Unix milliseconds.
    pub until: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitErrorKind {
    UnknownLimit,
    RateLimited,
    Other,
}
