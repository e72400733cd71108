//! What one step of an action is asked.

use serde_json::{Value, json};
use windlass_db::{Intent, IntentState, Run};
use windlass_sandbox::{ActRequest, PastIntent, egress::IntentOutcome};

use super::Hidden;

pub fn request(run: &Run, hidden: &Hidden<'_>, intents: &[Intent]) -> ActRequest {
    ActRequest {
        action: run.action.clone().unwrap_or_default(),
        input: hidden.input.clone(),
        key: run.key.clone().unwrap_or_default(),
        attempt: u32::try_from(run.attempt).unwrap_or(u32::MAX),
        intents: intents.iter().map(past_intent).collect(),
        state: hidden.state.clone(),
    }
}

/// As its trace keeps it: the input as the run shows it, and no state that had to be sealed.
pub fn recorded(run: &Run, request: &ActRequest) -> Value {
    let state = match &run.again {
        Some(windlass_db::AgainState::Open(state)) => Some(state),
        Some(windlass_db::AgainState::Sealed(_)) | None => None,
    };
    json!({
        "action": request.action, "input": run.input, "key": request.key,
        "attempt": request.attempt, "state": state, "intents": request.intents,
    })
}

fn past_intent(intent: &Intent) -> PastIntent {
    PastIntent {
        ordinal: u32::try_from(intent.ordinal).unwrap_or(u32::MAX),
        method: intent.method.clone(),
        url: intent.url.clone(),
        outcome: match intent.state {
            IntentState::Open => IntentOutcome::Open,
            IntentState::NotSent => IntentOutcome::NotSent,
            IntentState::Answered | IntentState::Settled => IntentOutcome::Answered,
        },
        at: intent.at,
    }
}
