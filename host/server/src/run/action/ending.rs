//! What becomes of an action's run: after a step that returned, after one that failed, and where no step
//! can be made at all.

use serde_json::json;
use windlass_db::{Blame, DbError, Intent, IntentState, Next, Run, RunError};
use windlass_sandbox::{
    ActOutcome, ActionSchemas, CallFailure, GuestErrorKind,
    spec::{self, Repeat},
};

use super::Hidden;
use crate::{
    actions::Returned,
    host::Host,
    run::{
        blame::operator_error,
        doubt::{Doubt, doubt},
        finish::{after_failure, snooze},
    },
};

/// How long after the last open intent a lookup may be trusted; milliseconds.
pub fn settle_ms(action: &spec::Action) -> i64 {
    i64::from(action.settle_seconds) * 1_000
}

/// After a step that returned. What it returned is kept even if it does not fit its schema: the vendor has
/// acted.
pub fn after_return(
    action: &spec::Action,
    schemas: &ActionSchemas,
    hidden: &mut Hidden<'_>,
    outcome: ActOutcome,
    now: i64,
) -> Next {
    match outcome {
        ActOutcome::Done(text) => {
            let sealer = hidden.sealer;
            let returned = Returned::read(action, &schemas.output, &text, &mut hidden.texts, &sealer, now);
            match returned.misfit {
                None => Next::Succeed { output: Some(returned.output) },
                Some(misfit) => Next::FailWith {
                    error: misfit_error(&misfit.pointer, &misfit.message),
                    output: returned.output,
                },
            }
        }
        ActOutcome::Again { state, not_before } => {
            let until = not_before.unwrap_or_default().max(now);
            snooze(until, "again", "the action goes on in another step", Some(hidden.keep_state(state)))
        }
    }
}

fn misfit_error(pointer: &str, message: &str) -> RunError {
    let place = if pointer.is_empty() { String::new() } else { format!(" at {pointer}") };
    let hint = "the output is kept on the run, and the action is not sent again under its key; \
                this is for the connector's author";
    RunError {
        code: "action.output".to_owned(),
        message: format!(
            "the action is done, and what the connector returned does not fit the schema of its output{place}: {message}"
        ),
        hint: Some(hint.to_owned()),
        blame: Blame::Connector,
        vendor_code: None,
        detail: Some(json!({ "pointer": pointer }).to_string()),
    }
}

/// What a failed step leads to.
pub struct Failed {
    pub next: Next,
    /// Whether the schedule stops.
    pub stops: bool,
    /// The vendor or the connector has said how it ended.
    pub verdict: bool,
}

/// `instead` turns what the failure leads to into what the version's state makes of it; whatever that is, a
/// step that may have acted is not made again blindly.
pub fn after_failed_step(
    run: &Run,
    action: &spec::Action,
    mut intents: Vec<Intent>,
    failure: &CallFailure,
    now: i64,
    instead: impl FnOnce(Next) -> Next,
) -> Failed {
    let verdict = is_verdict(failure);
    let (next, stops) = after_failure(run, failure, false, now);
    let next = instead(next);
    if verdict {
        // The verdict settles what was answered. What is still open it settles only where a repeat is
        // safe, since there it is the verdict on the repeat.
        intents.retain(|intent| intent.state == IntentState::Open && action.repeat == Repeat::None);
    }
    let doubt = doubt(&intents, action.repeat, settle_ms(action), now);
    Failed { next: unless_in_doubt(next, run.id, failure, doubt), stops, verdict }
}

fn is_verdict(failure: &CallFailure) -> bool {
    let CallFailure::Guest(error) = failure else { return false };
    matches!(
        error.kind,
        GuestErrorKind::Rejected
            | GuestErrorKind::Auth
            | GuestErrorKind::Config
            | GuestErrorKind::RateLimited
    )
}

fn unless_in_doubt(next: Next, run: i64, failure: &CallFailure, doubt: Doubt) -> Next {
    let hold = || Next::Hold { error: in_doubt(run, Some(&failure.to_string())) };
    match (doubt, next) {
        (Doubt::None | Doubt::RepeatIsSafe, next @ (Next::Retry { .. } | Next::Snooze { .. }))
        | (Doubt::None, next) => next,
        // Out of attempts while in doubt: never given up in silence.
        (Doubt::RepeatIsSafe, _) | (Doubt::Hold, _) => hold(),
        (Doubt::SettlesAt(until), Next::Retry { at, error }) => Next::Retry { at: at.max(until), error },
        (Doubt::SettlesAt(settled), Next::Snooze { until, reason, state }) => {
            Next::Snooze { until: until.max(settled), reason, state }
        }
        (Doubt::SettlesAt(_), _) => hold(),
    }
}

/// A run for which no step can be made: it fails, or is held if the vendor may have acted.
pub fn given_up(run: i64, intents: &[Intent], error: RunError) -> Next {
    match doubt(intents, Repeat::None, 0, 0) {
        Doubt::None => Next::Fail { error },
        _ => Next::Hold { error: in_doubt(run, Some(&error.message)) },
    }
}

/// The same, with a look at the run's intents.
pub async fn give_up(host: &Host, run: i64, error: RunError) -> Result<Next, DbError> {
    Ok(given_up(run, &host.db.intents(run).await?, error))
}

/// The error of a held run: it may or may not have acted, and nothing here can tell.
pub fn in_doubt(run: i64, cause: Option<&str>) -> RunError {
    let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
    let message =
        format!("a request of this action may have reached the vendor, and its outcome is unknown{cause}");
    let hint = format!(
        "look at the vendor, then `windlass run resolve {run} --done JSON`, `--send-again` or `--drop`"
    );
    operator_error("action.held", message, hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intent(state: IntentState) -> Intent {
        let (method, url) = ("POST".to_owned(), "https://vendor.example/".to_owned());
        Intent { run: 1, ordinal: 1, attempt: 1, method, url, state, at: 0, ended_at: None }
    }

    #[test]
    fn a_run_that_may_have_acted_is_held_and_not_given_up() {
        let check = |intents: &[IntentState], expected: &str| {
            let intents: Vec<Intent> = intents.iter().copied().map(intent).collect();
            let next = given_up(7, &intents, operator_error("config", "it is switched off", ""));
            let (Next::Fail { error } | Next::Hold { error }) = next else { panic!("{next:?}") };
            assert_eq!(error.code, expected);
            assert!(error.message.contains("it is switched off"), "{}", error.message);
        };
        check(&[], "config");
        check(&[IntentState::NotSent, IntentState::Settled], "config");
        check(&[IntentState::Settled, IntentState::Open], "action.held");
        check(&[IntentState::Answered], "action.held");
    }

    #[test]
    fn a_misfit_names_the_place_and_that_the_vendor_has_acted() {
        let error = misfit_error("/order_id", "`order_id` is required and missing");
        assert!(error.message.contains("the action is done"), "{}", error.message);
        assert!(error.message.ends_with("at /order_id: `order_id` is required and missing"));
        assert_eq!((error.code.as_str(), error.blame), ("action.output", Blame::Connector));
        assert_eq!(error.detail.as_deref(), Some(r#"{"pointer":"/order_id"}"#));
    }
}
