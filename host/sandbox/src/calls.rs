//! The calls a host makes: one function for each export, in the host's own types.

use serde::{Deserialize, Serialize};
use wasmtime::component::Resource;

use crate::{
    Sandbox,
    bindings::{
        exports::windlass::connector::{actions, streams},
        windlass::connector::errors,
    },
    call::{CallGrant, CallReport, Session, host},
    capability::http::KeptRows,
    component::Connector,
    error::{CallFailure, GuestError, GuestErrorKind},
    json::Picked,
    page::{Page, RawPage, check_checkpoint, finish},
};

/// What `streams.read` is asked.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ReadRequest {
    pub stream: String,
    pub checkpoint: Option<String>,
    pub state: u32,
    /// Single records to read; empty for the walk.
    pub keys: Vec<String>,
    pub full: bool,
}

/// What `actions.act` is asked.
#[derive(Debug, Clone)]
pub struct ActRequest {
    pub action: String,
    pub input: String,
    pub key: String,
    pub attempt: u32,
    pub intents: Vec<PastIntent>,
    pub state: Option<String>,
}

/// An unsafe request of an earlier call of the same action.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PastIntent {
    pub ordinal: u32,
    pub method: String,
    pub url: String,
    pub outcome: crate::egress::IntentOutcome,
    pub at: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActOutcome {
    /// JSON.
    Done(String),
    Again {
        state: String,
        not_before: Option<i64>,
    },
}

impl Sandbox {
    /// Do configuration and credentials work? The sentence a connector may give for the operator.
    pub async fn check(&self, connector: &Connector, grant: CallGrant) -> CallReport<Option<String>> {
        let body = async |mut session: Session| {
            let checks = connector.exports.checks.as_ref().ok_or(CallFailure::NoExport("checks"))?;
            let guest = checks.load(&mut session.store, &session.instance).map_err(host)?;
            let account = session.account.clone();
            let checked = guest.call_check(&mut session.store).await.map_err(|e| account.failure(e))?;
            checked.map(|outcome| outcome.message).map_err(guest_error)
        };
        grant.run(self, &connector.pre, body).await
    }

    /// One page of a stream.
    pub async fn read(
        &self,
        connector: &Connector,
        grant: CallGrant,
        request: &ReadRequest,
    ) -> CallReport<Page> {
        let limits = grant.limits.clone();
        let body = async |mut session: Session| {
            let streams = connector.exports.streams.as_ref().ok_or(CallFailure::NoExport("streams"))?;
            let guest = streams.load(&mut session.store, &session.instance).map_err(host)?;
            let account = session.account.clone();
            let asked = read_request(request);
            let page = guest.call_read(&mut session.store, &asked).await.map_err(|e| account.failure(e))?;
            let page = page.map_err(guest_error)?;
            check_moves(request, &page)?;
            let raw = raw_page(&mut session, page)?;
            finish(raw, connector, &request.stream, &limits)
        };
        grant.run(self, &connector.pre, body).await
    }

    /// Carries a checkpoint of an older `state` over; none starts again.
    pub async fn migrate(
        &self,
        connector: &Connector,
        grant: CallGrant,
        stream: &str,
        checkpoint: &str,
        from_state: u32,
    ) -> CallReport<Option<String>> {
        let most = grant.limits.checkpoint_bytes;
        let body = async |mut session: Session| {
            let streams = connector.exports.streams.as_ref().ok_or(CallFailure::NoExport("streams"))?;
            let guest = streams.load(&mut session.store, &session.instance).map_err(host)?;
            let account = session.account.clone();
            let call = guest.call_migrate(&mut session.store, stream, checkpoint, from_state);
            let carried = call.await.map_err(|e| account.failure(e))?.map_err(guest_error)?;
            check_checkpoint(carried.as_deref().unwrap_or_default(), most)?;
            Ok(carried)
        };
        grant.run(self, &connector.pre, body).await
    }

    /// One step of an action.
    pub async fn act(
        &self,
        connector: &Connector,
        grant: CallGrant,
        request: &ActRequest,
    ) -> CallReport<ActOutcome> {
        let (most, started_at) = (grant.limits.output_bytes, grant.started_at);
        let body = async |mut session: Session| {
            let actions = connector.exports.actions.as_ref().ok_or(CallFailure::NoExport("actions"))?;
            let guest = actions.load(&mut session.store, &session.instance).map_err(host)?;
            let account = session.account.clone();
            let asked = act_request(request);
            let outcome = guest.call_act(&mut session.store, &asked).await.map_err(|e| account.failure(e))?;
            let outcome = outcome.map_err(guest_error)?;
            let outcome = act_outcome(outcome, most)?;
            check_gets_on(request, outcome, started_at)
        };
        grant.run(self, &connector.pre, body).await
    }
}

fn read_request(request: &ReadRequest) -> streams::ReadRequest {
    streams::ReadRequest {
        stream: request.stream.clone(),
        checkpoint: request.checkpoint.clone(),
        state: request.state,
        keys: request.keys.clone(),
        full: request.full,
        extras: None,
    }
}

/// A walk that has more must have moved, or it would ask the vendor for the same page for ever.
fn check_moves(request: &ReadRequest, page: &streams::Page) -> Result<(), CallFailure> {
    let moved = page.checkpoint.is_some() && page.checkpoint != request.checkpoint;
    match page.more && !moved && request.keys.is_empty() {
        true => Err(CallFailure::Output(
            "the page says that there is more, and its checkpoint has not moved".into(),
        )),
        false => Ok(()),
    }
}

/// Takes the kept rows out of the call's table: they stay with the host.
fn raw_page(session: &mut Session, page: streams::Page) -> Result<RawPage, CallFailure> {
    let mut rows: Vec<Picked> = Vec::new();
    for kept in page.rows {
        let kept: Resource<KeptRows> = kept;
        rows.extend(session.store.data_mut().table.delete(kept).map_err(host)?.rows);
    }
    rows.extend(page.records.into_iter().map(|r| Picked { key: r.key, json: r.json.into() }));
    Ok(RawPage {
        rows,
        deleted: page.deleted,
        checkpoint: page.checkpoint,
        more: page.more,
        extras: page.extras,
    })
}

fn act_request(request: &ActRequest) -> actions::ActRequest {
    actions::ActRequest {
        action: request.action.clone(),
        input: request.input.clone(),
        key: request.key.clone(),
        attempt: request.attempt,
        intents: request.intents.iter().map(past_intent).collect(),
        state: request.state.clone(),
        extras: None,
    }
}

fn past_intent(intent: &PastIntent) -> actions::Intent {
    use crate::egress::IntentOutcome;
    actions::Intent {
        ordinal: intent.ordinal,
        method: intent.method.clone(),
        url: intent.url.clone(),
        outcome: match intent.outcome {
            IntentOutcome::NotSent => actions::IntentOutcome::NotSent,
            IntentOutcome::Answered | IntentOutcome::Refused => actions::IntentOutcome::Answered,
            IntentOutcome::Open => actions::IntentOutcome::Open,
        },
        at: intent.at.max(0) as u64,
        extras: None,
    }
}

fn act_outcome(outcome: actions::ActOutcome, most: usize) -> Result<ActOutcome, CallFailure> {
    let bounded = |text: String, what: &str| match text.len() <= most && !text.contains('\0') {
        true => Ok(text),
        false => Err(CallFailure::Output(format!(
            "{what} has {} bytes or a NUL; the most is {most} bytes",
            text.len()
        ))),
    };
    match outcome {
        actions::ActOutcome::Done(json) => {
            let json = bounded(json, "the action's output")?;
            match serde_json::from_str::<serde::de::IgnoredAny>(&json) {
                Ok(_) => Ok(ActOutcome::Done(json)),
                Err(error) => Err(CallFailure::Output(format!("the action's output is not JSON: {error}"))),
            }
        }
        actions::ActOutcome::Again(again) => Ok(ActOutcome::Again {
            state: bounded(again.state, "the state of `again`")?,
            not_before: again.not_before.and_then(|at| i64::try_from(at).ok()),
        }),
        actions::ActOutcome::Other(name) => {
            Err(CallFailure::Output(format!("the action ended as `{name}`, which this host does not know")))
        }
    }
}

/// A step that changes nothing must at least wait, or it would be called without end.
fn check_gets_on(
    request: &ActRequest,
    outcome: ActOutcome,
    started_at: i64,
) -> Result<ActOutcome, CallFailure> {
    match &outcome {
        ActOutcome::Again { state, not_before }
            if request.state.as_ref() == Some(state) && not_before.is_none_or(|at| at <= started_at) =>
        {
            let message = "the action goes on from the state it had already, and names no later time";
            Err(CallFailure::Output(message.into()))
        }
        _ => Ok(outcome),
    }
}

/// A message longer than this would not be read; what a vendor's page of HTML says is cut.
const MOST_MESSAGE_BYTES: usize = 4_000;
const MOST_CODE_BYTES: usize = 200;
/// Results per product of a chunk of 1,000.
const MOST_EXTRAS_BYTES: usize = 256 << 10;

pub(crate) fn guest_error(error: errors::Error) -> CallFailure {
    CallFailure::Guest(GuestError {
        kind: match error.kind {
            errors::ErrorKind::Config => GuestErrorKind::Config,
            errors::ErrorKind::Auth => GuestErrorKind::Auth,
            errors::ErrorKind::RateLimited => GuestErrorKind::RateLimited,
            errors::ErrorKind::Transient => GuestErrorKind::Transient,
            errors::ErrorKind::Rejected => GuestErrorKind::Rejected,
            errors::ErrorKind::Other => GuestErrorKind::Other,
        },
        code: bounded_text(&error.code, MOST_CODE_BYTES),
        message: bounded_text(&error.message, MOST_MESSAGE_BYTES),
        until: error.until.and_then(|until| i64::try_from(until).ok()),
        extras: error.extras.filter(|extras| is_detail(extras)),
        overstepped: false,
    })
}

/// Without NUL, and cut where it is too long.
fn bounded_text(text: &str, most: usize) -> String {
    let clean = text.replace('\0', "\u{fffd}");
    match clean.len() <= most {
        true => clean,
        false => format!("{}… ({} bytes)", &clean[..clean.floor_char_boundary(most)], clean.len()),
    }
}

/// Extras that are not a JSON object say nothing.
fn is_detail(extras: &str) -> bool {
    extras.len() <= MOST_EXTRAS_BYTES && serde_json::from_str::<serde_json::Map<_, _>>(extras).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{ActOutcome, ActRequest, bounded_text, check_gets_on};

    #[test]
    fn a_long_text_is_cut_between_characters_and_says_so() {
        assert_eq!(bounded_text("short\0", 10), "short\u{fffd}");
        assert_eq!(bounded_text("ééééé", 3), "é… (10 bytes)");
    }

    #[test]
    fn a_step_moves_on_or_waits() {
        let check = |former: Option<&str>, not_before: Option<i64>, expected: bool| {
            let request = ActRequest {
                action: String::new(),
                input: String::new(),
                key: String::new(),
                attempt: 1,
                intents: Vec::new(),
                state: former.map(str::to_owned),
            };
            let outcome = ActOutcome::Again { state: "a".into(), not_before };
            assert_eq!(check_gets_on(&request, outcome, 100).is_ok(), expected, "{former:?} {not_before:?}");
        };
        check(None, None, true);
        check(Some("b"), None, true);
        check(Some("a"), Some(101), true);
        check(Some("a"), Some(100), false);
        check(Some("a"), None, false);
    }
}
