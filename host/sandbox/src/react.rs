//! The call of a flow: changes in, one reaction for each.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    Sandbox,
    bindings::exports::windlass::connector::reactions,
    call::{CallGrant, CallReport, Session, host},
    calls::guest_error,
    component::Connector,
    error::CallFailure,
    limits::CallLimits,
    spec::Spec,
};

/// The most actions one change may ask for; an order of a thousand lines is still one action.
const MOST_COMMANDS: usize = 100;
/// A reason longer than this would not be read.
const MOST_REASON_BYTES: usize = 4_000;

/// A change of a stream that the flow follows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FollowedChange {
    pub role: String,
    pub stream: String,
    pub sequence: i64,
    pub kind: ChangeKind,
    pub key: String,
    /// The record as it is now; none when it is gone.
    pub json: Option<String>,
    /// What made the change: `sync`, `webhook`, `action`, or `flow:NAME`.
    pub origin: String,
    /// Unix milliseconds.
    pub at: i64,
    /// Actions that the flow asked for in answer to this record and that came to nothing.
    #[serde(default)]
    pub failed: Vec<FailedAction>,
}

/// An action that failed, or that a person gave up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedAction {
    pub run: i64,
    pub role: String,
    pub action: String,
    pub code: String,
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    Created,
    Updated,
    Deleted,
}

/// What follows from one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reaction {
    Done,
    Act(Vec<Command>),
    /// The change waits for a person or for another configuration; the reason is theirs to read.
    Hold(String),
}

/// An action that a flow asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    pub role: String,
    pub action: String,
    /// JSON.
    pub input: String,
}

impl Sandbox {
    /// Shows a flow changes in the order of their sequences; gives one reaction for each.
    pub async fn react(
        &self,
        flow: &Connector,
        grant: CallGrant,
        changes: &[FollowedChange],
    ) -> CallReport<Vec<Reaction>> {
        let limits = grant.limits.clone();
        let body = async |mut session: Session| {
            let exported = flow.exports.reactions.as_ref().ok_or(CallFailure::NoExport("reactions"))?;
            let guest = exported.load(&mut session.store, &session.instance).map_err(host)?;
            let account = session.account.clone();
            let shown: Vec<_> = changes.iter().map(shown).collect();
            let reactions =
                guest.call_react(&mut session.store, &shown).await.map_err(|e| account.failure(e))?;
            checked(reactions.map_err(guest_error)?, changes, &flow.spec, &limits)
        };
        grant.run(self, &flow.pre, body).await
    }
}

fn shown(change: &FollowedChange) -> reactions::Change {
    reactions::Change {
        role: change.role.clone(),
        stream: change.stream.clone(),
        sequence: u64::try_from(change.sequence).unwrap_or_default(),
        kind: match change.kind {
            ChangeKind::Created => reactions::ChangeKind::Created,
            ChangeKind::Updated => reactions::ChangeKind::Updated,
            ChangeKind::Deleted => reactions::ChangeKind::Deleted,
        },
        key: change.key.clone(),
        json: change.json.clone(),
        origin: change.origin.clone(),
        at: u64::try_from(change.at).unwrap_or_default(),
        extras: change.extras(),
    }
}

impl FollowedChange {
    /// None where there is nothing more to say.
    fn extras(&self) -> Option<String> {
        let failed = self.failed.iter().map(|failed| {
            let FailedAction { run, role, action, code, message } = failed;
            json!({ "run": run, "role": role, "action": action, "code": code, "message": message })
        });
        let failed: Vec<_> = failed.collect();
        (!failed.is_empty()).then(|| json!({ "failed": failed }).to_string())
    }
}

/// A flow asks for what its spec declares, and for nothing else.
fn checked(
    reactions: Vec<reactions::Reaction>,
    changes: &[FollowedChange],
    spec: &Spec,
    limits: &CallLimits,
) -> Result<Vec<Reaction>, CallFailure> {
    if reactions.len() != changes.len() {
        let message = format!("{} reactions to {} changes: one for each", reactions.len(), changes.len());
        return Err(CallFailure::Output(message));
    }
    let mut bytes = 0;
    let mut checked = Vec::with_capacity(reactions.len());
    for reaction in reactions {
        checked.push(match reaction {
            reactions::Reaction::Done => Reaction::Done,
            reactions::Reaction::Hold(reason) => {
                let end = reason.floor_char_boundary(MOST_REASON_BYTES);
                Reaction::Hold(reason[..end].replace('\0', "\u{fffd}"))
            }
            reactions::Reaction::Act(commands) => {
                bytes += commands.iter().map(|command| command.input.len()).sum::<usize>();
                Reaction::Act(asked(commands, spec)?)
            }
            reactions::Reaction::Other(name) => {
                let message = format!("a reaction is `{name}`, which this host does not know");
                return Err(CallFailure::Output(message));
            }
        });
    }
    match bytes <= limits.output_bytes {
        true => Ok(checked),
        false => Err(CallFailure::Output(format!(
            "the inputs of the actions asked for have {bytes} bytes; the most is {}",
            limits.output_bytes
        ))),
    }
}

fn asked(commands: Vec<reactions::Command>, spec: &Spec) -> Result<Vec<Command>, CallFailure> {
    if commands.len() > MOST_COMMANDS {
        let message = format!("one change asks for {} actions; the most is {MOST_COMMANDS}", commands.len());
        return Err(CallFailure::Output(message));
    }
    let check = |command: reactions::Command| {
        let reactions::Command { role, action, input, .. } = command;
        let declared = spec.roles.get(&role).is_some_and(|declared| declared.asks.contains(&action));
        if !declared {
            let message = format!("the spec does not say that the flow asks `{role}` for `{action}`");
            return Err(CallFailure::Output(message));
        }
        match serde_json::from_str::<serde::de::IgnoredAny>(&input) {
            Ok(_) if !input.contains('\0') => Ok(Command { role, action, input }),
            _ => Err(CallFailure::Output(format!("the input of {action} is not JSON"))),
        }
    };
    commands.into_iter().map(check).collect()
}
