//! Receiving a webhook delivery: what came, and what follows from it.

use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, Result};

/// A delivery that the host has verified and stored.
#[derive(Clone, Debug, Default)]
pub struct Delivery {
    /// The webhook's name, as declared.
    pub webhook: String,
    /// The vendor's event id, where the spec says.
    pub event_id: Option<String>,
    /// Such as `POST`.
    pub method: String,
    /// What stood behind the `?`.
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// As it came.
    pub body: Vec<u8>,
    /// Milliseconds since 1970.
    pub received_at_ms: u64,
    /// Counts from 1.
    pub attempt: u32,
}

impl Delivery {
    /// The body as JSON of a type. What does not fit is rejected.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body)
            .map_err(|error| Error::rejected("body", format!("the delivery does not fit: {error}")))
    }
}

/// What follows from a delivery. Everything in it commits together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeliveryOutcome {
    /// Stream, key and JSON of records.
    pub records: Vec<(String, String, String)>,
    /// Stream and key of records that are gone.
    pub deleted: Vec<(String, String)>,
    /// Streams to read soon, and the keys; none for the walk.
    pub reads: Vec<(String, Vec<String>)>,
    /// Action, input as JSON and key of actions to perform.
    pub actions: Vec<(String, String, String)>,
}

impl DeliveryOutcome {
    /// Nothing follows.
    pub fn new() -> Self {
        Self::default()
    }

    /// A record of a stream; `json` is one JSON text.
    #[must_use]
    pub fn record(mut self, stream: &str, key: impl Into<String>, json: impl Into<String>) -> Self {
        self.records.push((stream.into(), key.into(), json.into()));
        self
    }

    /// A record is gone at the vendor.
    #[must_use]
    pub fn deleted(mut self, stream: &str, key: impl Into<String>) -> Self {
        self.deleted.push((stream.into(), key.into()));
        self
    }

    /// Reads these records of a stream soon.
    #[must_use]
    pub fn read_keys(mut self, stream: &str, keys: Vec<String>) -> Self {
        self.reads.push((stream.into(), keys));
        self
    }

    /// Walks a stream soon.
    #[must_use]
    pub fn walk(mut self, stream: &str) -> Self {
        self.reads.push((stream.into(), Vec::new()));
        self
    }

    /// Asks for an action of this connection, once per `key`.
    pub fn act(mut self, action: &str, input: &impl Serialize, key: &str) -> Result<Self> {
        let input =
            serde_json::to_string(input).map_err(|error| Error::other("action-input", error.to_string()))?;
        self.actions.push((action.into(), input, key.into()));
        Ok(self)
    }
}
