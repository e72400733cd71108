//! Flows: components without a network that follow changes of connections and ask for actions.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Error, Result, Spec};

/// A flow between connections. The type that implements it **is** the flow's configuration, as with
/// [`Connector`](crate::Connector); [`Spec::role`] says which connections it is bound to, which of their
/// streams it follows and which of their actions it asks for.
///
/// It has no network: it sees changes and [`records`](crate::records), and what it asks for is done by
/// the connections. Its position, its [`storage`](crate::storage) and the actions it asks for commit
/// together, so each action is asked for once, whatever crashes.
///
/// An action may still come to nothing: the vendor says no, or is down for too long. The host then holds the
/// change, and when it is shown again, or a newer one of its record is, [`Change::failed`] says so. A flow
/// that notes what it has asked for takes its note back there, or it would take the action for done.
pub trait Flow: DeserializeOwned + JsonSchema {
    /// What this flow is and asks for. Every import is denied while it runs.
    fn spec() -> Spec;

    /// What follows from one change. Changes of a stream come in the order of their sequence; the record
    /// is as it is now. An error fails the call, which is made again; a change that needs a person, or
    /// another configuration, is [held](Reaction::hold), and the others go on.
    fn react(&self, change: &Change) -> Result<Reaction>;
}

/// Exports a [`Flow`] as the component's flow. Once per crate, at its root.
#[macro_export]
macro_rules! flow {
    ($flow:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Exported = $crate::__private::FlowAdapter<$flow>;
            $crate::__private::bindings::described::export_described!(
                Exported with_types_in $crate::__private::bindings::described
            );
            $crate::__private::bindings::flow::export_flow!(
                Exported with_types_in $crate::__private::bindings::flow
            );
        };
    };
}

/// One change of a stream that the flow follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The role whose connection it happened in.
    pub role: String,
    /// The stream.
    pub stream: String,
    /// Its number in the stream, from 1, without gaps.
    pub sequence: u64,
    /// What happened.
    pub kind: ChangeKind,
    /// The record's key.
    pub key: String,
    /// The record as it is now, as JSON; none when it is gone.
    pub json: Option<String>,
    /// What made it: `sync:RUN`, `webhook:RUN`, `action:RUN`; `flow:NAME:RUN` for an action that a flow asked
    /// for; `records` for a record that was there.
    pub origin: String,
    /// Milliseconds since 1970.
    pub at_ms: u64,
    /// What this flow asked for in answer to changes of this record and what came to nothing since. What is
    /// asked for again in answer to the same change goes on under the same key.
    pub failed: Vec<FailedAction>,
}

/// An action that failed for good, or that a person gave up.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FailedAction {
    /// Its run.
    pub run: u64,
    /// The role whose connection was to perform it.
    pub role: String,
    /// The action.
    pub action: String,
    /// The error's code, dotted and stable; `cancelled` where a person gave it up.
    pub code: String,
    /// The error in words.
    pub message: String,
}

/// What happened to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new, or it was there when the flow began to follow.
    Created,
    /// It differs from before.
    Updated,
    /// It is gone.
    Deleted,
}

impl Change {
    /// Whether the record was there when the flow began to follow its stream (or is shown anew, since changes
    /// were missed), and did not change just now.
    pub fn was_there(&self) -> bool {
        self.origin == "records"
    }

    /// Whether this action was asked for and came to nothing.
    pub fn has_failed(&self, role: &str, action: &str) -> bool {
        self.failed.iter().any(|failed| failed.role == role && failed.action == action)
    }

    /// The record as a type. None when it is gone.
    pub fn record<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        let read = |json: &String| serde_json::from_str(json);
        self.json.as_ref().map(read).transpose().map_err(|error| {
            let message = format!("record `{}` of `{}` does not fit: {error}", self.key, self.stream);
            Error::rejected("record", message)
        })
    }
}

/// What follows from a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction(pub(crate) Follows);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Follows {
    Commands(Vec<Command>),
    Hold(String),
}

/// An action that is asked for: role, action, input as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The role whose connection performs it.
    pub role: String,
    /// The action.
    pub action: String,
    /// Its input as JSON.
    pub input: String,
}

impl Reaction {
    /// Nothing follows.
    pub fn done() -> Self {
        Self(Follows::Commands(Vec::new()))
    }

    /// The change waits, and this is why, for a person to read. It is shown to the flow again when a
    /// person says so or when the configuration has changed; other changes go on.
    pub fn hold(reason: impl Into<String>) -> Self {
        Self(Follows::Hold(reason.into()))
    }

    /// Asks a role's connection for an action. Each is enqueued exactly once.
    pub fn act(self, role: &str, action: &str, input: &impl Serialize) -> Result<Self> {
        let input =
            serde_json::to_string(input).map_err(|error| Error::other("action-input", error.to_string()))?;
        let command = Command { role: role.into(), action: action.into(), input };
        Ok(Self(match self.0 {
            Follows::Commands(mut commands) => {
                commands.push(command);
                Follows::Commands(commands)
            }
            held => held,
        }))
    }

    /// The actions asked for.
    pub fn commands(&self) -> &[Command] {
        match &self.0 {
            Follows::Commands(commands) => commands,
            Follows::Hold(_) => &[],
        }
    }

    /// Why the change waits, if it does.
    pub fn held(&self) -> Option<&str> {
        match &self.0 {
            Follows::Hold(reason) => Some(reason),
            Follows::Commands(_) => None,
        }
    }
}
