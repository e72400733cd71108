//! Performing an action: what is asked, and how a call of it ends.

use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, Result};

/// Asks for an action, or for its next step.
#[derive(Clone, Debug, Default)]
pub struct ActRequest {
    /// The action's name, as declared.
    pub action: String,
    /// JSON, valid by the action's input schema.
    pub input: String,
    /// Names this action at the vendor; the same over all attempts.
    pub key: String,
    /// Counts from 1.
    pub attempt: u32,
    /// The unsafe requests of earlier calls.
    pub intents: Vec<Intent>,
    /// What the last [`Outcome::again`] carried.
    pub state: Option<String>,
}

/// An unsafe request that an earlier call of this action made, or meant to.
#[derive(Clone, Debug)]
pub struct Intent {
    /// Its number.
    pub ordinal: u32,
    /// Such as `POST`.
    pub method: String,
    /// Where it went, without what is secret: scheme, host and port alone if the action has secret outputs.
    pub url: String,
    /// How it ended.
    pub outcome: IntentOutcome,
    /// When it was made; milliseconds since 1970.
    pub at_ms: u64,
}

/// How an unsafe request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntentOutcome {
    /// No byte left the host.
    NotSent,
    /// The whole answer came.
    Answered,
    /// The vendor may or may not have acted.
    Open,
}

impl ActRequest {
    /// The input as the declared type. What does not fit is rejected with the place named.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.input)
            .map_err(|error| Error::rejected("input", format!("the input does not fit: {error}")))
    }

    /// What the last [`Outcome::again`] carried; none in the first call.
    pub fn state<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        self.state
            .as_deref()
            .map(serde_json::from_str)
            .transpose()
            .map_err(|error| Error::other("state", format!("the state cannot be read: {error}")))
    }

    /// The requests of earlier calls of which the vendor may have seen something. With
    /// [`Repeat::Lookup`](crate::spec::Repeat::Lookup): if there is one, look up before sending; a
    /// search of several steps asks [`lookup`](Self::lookup).
    pub fn maybe_sent(&self) -> impl Iterator<Item = &Intent> {
        self.intents.iter().filter(|intent| intent.outcome != IntentOutcome::NotSent)
    }
}

/// How a call of an action ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome(pub(crate) Step);

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    Done(String),
    Again { state: String, not_before_ms: Option<u64> },
}

impl Outcome {
    /// The action is done; `output` is valid by the output schema.
    pub fn done(output: &impl Serialize) -> Result<Self> {
        to_json(output).map(|json| Self(Step::Done(json)))
    }

    /// This step is done and is committed; the action is called again with `state`. A step that only waits
    /// says until when ([`again_at`](Self::again_at)): the same state without a later time ends the run.
    pub fn again(state: &impl Serialize) -> Result<Self> {
        to_json(state).map(|state| Self(Step::Again { state, not_before_ms: None }))
    }

    /// As [`again`](Self::again), but not before a time: milliseconds since 1970.
    pub fn again_at(state: &impl Serialize, not_before_ms: u64) -> Result<Self> {
        to_json(state).map(|state| Self(Step::Again { state, not_before_ms: Some(not_before_ms) }))
    }
}

fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::other("output", error.to_string()))
}
