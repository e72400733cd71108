//! What can go wrong, in words that tell the host what to do next.

use serde_json::Value;

/// The result of everything a connector does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Decides what the host does next, and who is asked to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The operator must change the configuration. The schedule stops.
    Config,
    /// The vendor refused the credentials. The schedule stops.
    Auth,
    /// The vendor is out of patience. The run waits; this is not an attempt.
    RateLimited,
    /// Worth trying again soon.
    Transient,
    /// The vendor understood and said no; trying again changes nothing.
    Rejected,
    /// Anything else; the host treats it as transient.
    Other,
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What the host does next.
    pub kind: ErrorKind,
    /// Short and stable, the vendor's own where it has one: `BadCredentials`. May be empty.
    pub code: String,
    /// A sentence for the operator, without secrets.
    pub message: String,
    /// When to come back, for [`ErrorKind::RateLimited`]; milliseconds since 1970.
    pub until_ms: Option<u64>,
    /// A JSON object with detail, for instance results per product.
    pub detail: Option<Box<Value>>,
}

impl Error {
    /// The operator must change the configuration; say in `message` which property and to what.
    pub fn config(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, code, message)
    }

    /// The vendor refused the credentials.
    pub fn auth(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Auth, code, message)
    }

    /// The vendor wants to be left alone until `until_ms` (milliseconds since 1970), if it said so.
    pub fn rate_limited(code: impl Into<String>, message: impl Into<String>, until_ms: Option<u64>) -> Self {
        let mut error = Self::new(ErrorKind::RateLimited, code, message);
        error.until_ms = until_ms;
        error
    }

    /// Worth trying again soon.
    pub fn transient(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Transient, code, message)
    }

    /// The vendor understood and said no.
    pub fn rejected(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Rejected, code, message)
    }

    /// Anything else, such as an answer that breaks what the connector relies on.
    pub fn other(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Other, code, message)
    }

    /// A stream that this connector does not declare; the last arm of every `match` over streams.
    pub fn unknown_stream(stream: &str) -> Self {
        Self::other("unknown-stream", format!("this connector has no stream `{stream}`"))
    }

    /// An action that this connector does not declare.
    pub fn unknown_action(action: &str) -> Self {
        Self::other("unknown-action", format!("this connector has no action `{action}`"))
    }

    /// A webhook that this connector does not declare.
    pub fn unknown_webhook(webhook: &str) -> Self {
        Self::other("unknown-webhook", format!("this connector has no webhook `{webhook}`"))
    }

    /// Adds detail, a JSON object.
    #[must_use]
    pub fn with_detail(mut self, detail: Value) -> Self {
        self.detail = Some(Box::new(detail));
        self
    }

    fn new(kind: ErrorKind, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind, code: code.into(), message: message.into(), until_ms: None, detail: None }
    }
}
