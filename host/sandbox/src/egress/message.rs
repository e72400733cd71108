//! What goes in and comes out of [`super::Egress`], in the shapes that traces keep.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::scrub::{MARK, Scrubber};
use crate::{
    held::Held,
    meter::{MemoryMeter, OverMemory},
};

/// A request as the guest made it: without credentials.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// Until the whole answer must have come; none takes the host's default.
    pub timeout: Option<Duration>,
}

/// A whole answer, decompressed and scrubbed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case, in the order they came.
    pub headers: Vec<(String, String)>,
    #[serde(with = "super::base64_body")]
    pub body: Bytes,
}

/// As the contract's `http.error-kind`, with one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HttpErrorKind {
    Denied,
    /// The vendor refused the login that the request needed, so that nothing was sent. A guest is told
    /// `denied`, and by the extras that it is a matter of credentials.
    Auth,
    RateLimited,
    Timeout,
    TooLarge,
    Transport,
    Other,
}

/// Why there is no answer. The message is scrubbed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct HttpError {
    pub kind: HttpErrorKind,
    pub message: String,
    /// When the limit has room again; Unix milliseconds.
    pub until: Option<i64>,
    /// Denied because the connector's own spec does not allow it: nothing that an operator sets would
    /// change that.
    #[serde(default)]
    pub overstepped: bool,
}

/// One request and how it ended, for the call's trace. Credentials were never in it; what the
/// vendor echoed is scrubbed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    #[serde(with = "super::base64_body")]
    pub body: Bytes,
    /// Unix milliseconds.
    pub started_at: i64,
    /// Unix milliseconds.
    pub ended_at: i64,
    pub outcome: Result<Answer, HttpError>,
    /// How many secrets were cut out of the answer.
    pub scrubbed: u32,
    /// The guest knows nothing of it: a login (without bodies and headers), or an answer after which
    /// the host logged in again and asked once more.
    #[serde(default)]
    pub unseen: bool,
    /// The sizes of bodies that are not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<Withheld>,
}

/// What is known of bodies that are not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    pub request_bytes: usize,
    pub answer_bytes: usize,
}

impl Answer {
    /// Counts body and headers as long as the body is held. An answer that finds no room ends its call,
    /// and is kept without its body.
    pub(super) fn counted(self, memory: &Arc<MemoryMeter>) -> (Answer, Result<(), OverMemory>) {
        let headers: usize = self.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        match Held::new(memory, self.body.len() + headers) {
            Ok(held) => (Answer { body: held.with(self.body), ..self }, Ok(())),
            Err(over) => (Answer { body: Bytes::new(), ..self }, Err(over)),
        }
    }
}

impl Exchange {
    /// Cuts out what a guest may see and a trace may not hold: short secrets and identifiers. True if the
    /// answer is no longer what the guest was given.
    pub(crate) fn scrub(&mut self, scrubber: &Scrubber) -> bool {
        self.url = scrubber.scrub_text(&self.url);
        self.headers.iter_mut().for_each(|(_, value)| *value = scrubber.scrub_text(value));
        if let Some(clean) = scrubber.for_trace(&self.body) {
            self.body = clean;
        }
        let Ok(answer) = &mut self.outcome else { return false };
        let clean = scrubber.for_trace(&answer.body);
        let is_cut = clean.is_some();
        answer.body = clean.unwrap_or_else(|| std::mem::take(&mut answer.body));
        is_cut
    }

    /// Leaves the line alone: method, address, status, names of headers, sizes. `clean` goes over what
    /// text stays.
    pub fn withhold(&mut self, address: String, clean: impl Fn(&str) -> String) {
        let hide = |headers: &mut Vec<(String, String)>| {
            headers.iter_mut().for_each(|(name, value)| (*name, *value) = (clean(name), MARK.to_owned()));
        };
        let request_bytes = std::mem::take(&mut self.body).len();
        self.url = address;
        hide(&mut self.headers);
        let answer_bytes = match &mut self.outcome {
            Ok(answer) => {
                hide(&mut answer.headers);
                std::mem::take(&mut answer.body).len()
            }
            Err(error) => {
                error.message = clean(&error.message);
                0
            }
        };
        self.withheld = Some(Withheld { request_bytes, answer_bytes });
    }
}

#[cfg(test)]
impl Exchange {
    /// One that was answered, for tests.
    pub(crate) fn answered(url: &str, body: Bytes, answer: Answer) -> Exchange {
        Exchange {
            method: "POST".into(),
            url: url.into(),
            headers: Vec::new(),
            body,
            started_at: 1,
            ended_at: 2,
            outcome: Ok(answer),
            scrubbed: 0,
            unseen: false,
            withheld: None,
        }
    }
}

impl HttpError {
    pub(crate) fn new(kind: HttpErrorKind, message: impl Into<String>) -> Self {
        HttpError { kind, message: message.into(), until: None, overstepped: false }
    }

    /// Denied by what the operator set, or did not set.
    pub(crate) fn denied(message: impl Into<String>) -> Self {
        HttpError::new(HttpErrorKind::Denied, format!("denied: {}", message.into()))
    }

    /// Denied by what the connector asks for itself.
    pub(crate) fn overstepped(message: impl Into<String>) -> Self {
        HttpError { overstepped: true, ..HttpError::denied(message) }
    }
}
