//! The wire, as egress sees it: one request out, one whole answer back.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use url::Url;

use super::address::Cidr;

/// Sends requests that are already allowed, counted and complete.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Follows no redirect and repeats nothing.
    async fn send(&self, request: WireRequest) -> Result<WireAnswer, TransportError>;
}

/// A request with its credentials: never logged, never stored.
#[derive(Clone)]
pub struct WireRequest {
    pub method: String,
    pub url: Url,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// Until the whole answer must have come.
    pub timeout: Duration,
    /// The largest body to read, counted after decompression.
    pub max_body_bytes: usize,
    pub reach: Reach,
}

/// Which addresses may be dialled. Connections are kept apart by it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reach {
    /// Names the grant, so that no two grants share a connection.
    pub grant: Arc<str>,
    /// Ranges of the operator that are not public and may be dialled nevertheless.
    pub allow_private: Arc<[Cidr]>,
    /// Only those ranges: plain http to an address that a person configured.
    pub private_only: bool,
}

/// A whole answer, decompressed and not yet scrubbed.
#[derive(Debug, Clone)]
pub struct WireAnswer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

/// No whole answer came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TransportError {
    pub kind: TransportErrorKind,
    pub message: String,
    /// False only when surely no byte left.
    pub sent: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportErrorKind {
    Timeout,
    Transport,
    TooLarge,
    /// The name led only to addresses that may not be dialled.
    DeniedAddress,
}

impl fmt::Debug for WireRequest {
    /// Without headers, query and body: credentials may stand in all of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.url.origin().ascii_serialization())
    }
}
