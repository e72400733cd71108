//! Carries a [`Flow`] to the exports of the component.

use std::marker::PhantomData;

use serde::Deserialize;

use super::bindings::connector::windlass::connector::errors;
use super::bindings::described::exports::windlass::connector::spec;
use super::bindings::flow::exports::windlass::connector::reactions;
use crate::connector::open;
use crate::flow::{Change, ChangeKind, FailedAction, Flow, Follows, Reaction};

/// The component of a flow.
pub struct FlowAdapter<F>(PhantomData<F>);

impl<F: Flow> spec::Guest for FlowAdapter<F> {
    fn describe() -> String {
        crate::spec::describe::<F>(F::spec()).to_string()
    }
}

impl<F: Flow> reactions::Guest for FlowAdapter<F> {
    fn react(changes: Vec<reactions::Change>) -> Result<Vec<reactions::Reaction>, errors::Error> {
        let flow = open::<F>()?;
        let react = |change| Ok(flow.react(&Change::from(change))?.into());
        changes.into_iter().map(react).collect()
    }
}

impl From<reactions::Change> for Change {
    fn from(change: reactions::Change) -> Self {
        let kind = match change.kind {
            reactions::ChangeKind::Created => ChangeKind::Created,
            // What is not known is at least a change.
            reactions::ChangeKind::Updated | reactions::ChangeKind::Other => ChangeKind::Updated,
            reactions::ChangeKind::Deleted => ChangeKind::Deleted,
        };
        let extras: Extras =
            change.extras.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default();
        Self {
            role: change.role,
            stream: change.stream,
            sequence: change.sequence,
            kind,
            key: change.key,
            json: change.json,
            origin: change.origin,
            at_ms: change.at,
            failed: extras.failed,
        }
    }
}

/// What a host says beside a change; an older one says nothing.
#[derive(Default, Deserialize)]
struct Extras {
    #[serde(default)]
    failed: Vec<FailedAction>,
}

impl From<Reaction> for reactions::Reaction {
    fn from(reaction: Reaction) -> Self {
        match reaction.0 {
            Follows::Hold(reason) => Self::Hold(reason),
            Follows::Commands(commands) if commands.is_empty() => Self::Done,
            Follows::Commands(commands) => {
                let command = |command: crate::flow::Command| reactions::Command {
                    role: command.role,
                    action: command.action,
                    input: command.input,
                    extras: None,
                };
                Self::Act(commands.into_iter().map(command).collect())
            }
        }
    }
}
