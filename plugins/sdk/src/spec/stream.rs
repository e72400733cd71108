//! Streams: what a connector reads.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::schema;

/// A stream of records.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Stream {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    kind: &'static str,
    schema: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    every: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    enabled_by: Vec<String>,
    max_requests: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    keys_at_once: Option<u32>,
}

impl Stream {
    /// A stream that goes on from its checkpoint and never deletes by itself.
    pub fn incremental(name: &str) -> Self {
        Self::new(name, "incremental")
    }

    /// A stream that is walked whole; what two complete walks in a row did not meet is deleted.
    pub fn snapshot(name: &str) -> Self {
        Self::new(name, "snapshot")
    }

    fn new(name: &str, kind: &'static str) -> Self {
        Self {
            name: name.into(),
            title: None,
            description: None,
            kind,
            schema: json!({ "type": "object" }),
            key: None,
            every: None,
            version: None,
            enabled_by: Vec::new(),
            max_requests: 1,
            keys_at_once: None,
        }
    }

    /// A title for people.
    #[must_use]
    pub fn title(mut self, title: &str) -> Self {
        self.title = Some(title.into());
        self
    }

    /// What the stream holds, and which changes it can miss.
    #[must_use]
    pub fn description(mut self, description: &str) -> Self {
        self.description = Some(description.into());
        self
    }

    /// The JSON Schema of a record. Records that differ are stored and counted.
    #[must_use]
    pub fn schema(mut self, schema: Value) -> Self {
        self.schema = schema;
        self
    }

    /// The JSON Schema of a record, from a type.
    #[must_use]
    pub fn schema_of<T: JsonSchema>(mut self) -> Self {
        self.schema = schema::of_output::<T>();
        self
    }

    /// What the key is made of, for people: a JSON Pointer or a sentence.
    #[must_use]
    pub fn key(mut self, key: &str) -> Self {
        self.key = Some(key.into());
        self
    }

    /// The default schedule, such as `15m`.
    #[must_use]
    pub fn every(mut self, interval: &str) -> Self {
        self.every = Some(interval.into());
        self
    }

    /// Where a record says its version: an older one never replaces a newer.
    #[must_use]
    pub fn version(mut self, pointer: &str) -> Self {
        self.version = Some(pointer.into());
        self
    }

    /// A boolean property that switches the stream; off means refused before any request. Called again,
    /// also of that one: all must be on. A property that every stream and action names switches the
    /// connection as a whole, its check included.
    #[must_use]
    pub fn enabled_by(mut self, property: &str) -> Self {
        self.enabled_by.push(property.into());
        self
    }

    /// The most requests that one call makes; 1 unless said.
    #[must_use]
    pub fn max_requests(mut self, requests: u32) -> Self {
        self.max_requests = requests;
        self
    }

    /// The most records that one call is asked for by key; as many as requests unless said.
    #[must_use]
    pub fn keys_at_once(mut self, keys: u32) -> Self {
        self.keys_at_once = Some(keys);
        self
    }
}
