//! An action run: steps of one action. The outside world is not transactional, so a run that may have
//! acted is repeated only where its spec says that is safe, and held for a person where not.

use std::sync::Arc;

use serde_json::{Value, json};
use windlass_db::{DbError, Intent, IntentState, Next, Run, RunError};
use windlass_sandbox::{
    ActOutcome, ActRequest, CallFailure, CallReport, GuestErrorKind, PastIntent,
    egress::IntentOutcome,
    spec::{self, Repeat},
};

use super::{
    blame::{operator_error, run_error},
    doubt::{Doubt, doubt},
    finish::{Left, Made, account, after_failure, commit, snooze, stop_schedule, transition},
    intents::RunIntents,
    lease::Held,
    present::{Absent, Present},
};
use crate::{host::Host, time};

pub async fn run(host: &Arc<Host>, run: Run, held: &Held<'_>) -> Result<(), DbError> {
    let present = match Present::look(host, &run, None).await? {
        Ok(present) => present,
        Err(Absent::Deleted) => return Ok(()),
        Err(Absent::Error(error)) => {
            let now = host.db.now().await?;
            return host.db.transition(now, &held.lease, &Next::Fail { error: *error }).await;
        }
    };
    let connector = present.context.connector.clone();
    let name = run.action.as_deref().unwrap_or_default();
    let Some(action) = connector.spec.action(name) else {
        let message = format!("version {} of the connector has no action {name}", connector.spec.version);
        let error = operator_error("config", message, "`windlass connector list` shows the active versions");
        return transition(host, held, &present.limiter, Next::Fail { error }).await;
    };
    let intents = host.db.intents(run.id).await?;
    if let Some(next) = before_the_call(host, &present, &run, action, &intents).await? {
        return transition(host, held, &present.limiter, next).await;
    }
    let request = request(&run, &intents);
    let may = RunIntents { db: host.db.clone(), lease: held.lease.clone(), attempt: run.attempt };
    let grant = present.context.call(host, action.max_requests, present.limiter.clone(), Arc::new(may));
    let (started_at, seed) = (grant.started_at, grant.seed);
    let report = tokio::select! {
        report = host.sandbox.act(&connector, grant, &request) => report,
        () = held.lost() => return Err(DbError::LeaseLost),
    };
    let made =
        Made { export: "act", started_at, ended_at: time::unix_ms(), seed, request: recorded(&request) };
    end(host, &present, held, &run, action, made, report).await
}

/// What keeps the step from being made: the run's next state.
async fn before_the_call(
    host: &Arc<Host>,
    present: &Present,
    run: &Run,
    action: &spec::Action,
    intents: &[Intent],
) -> Result<Option<Next>, DbError> {
    let context = &present.context;
    if let Some(error) = context.switched_off(&format!("action {}", action.name), &action.enabled_by) {
        return Ok(Some(Next::Fail { error }));
    }
    let now = host.db.now().await?;
    match doubt(intents, action.repeat, settle_ms(action), now) {
        Doubt::None | Doubt::RepeatIsSafe => {}
        Doubt::SettlesAt(until) => return Ok(Some(settle(until))),
        Doubt::Hold => return Ok(Some(Next::Hold { error: in_doubt(run, None) })),
    }
    if run.cancel_asked {
        return Ok(Some(Next::Cancel));
    }
    if host.is_draining() {
        return Ok(Some(snooze(now, "draining", "the host is stopping", run.again_state.clone())));
    }
    Ok(match present.limiter.reserve(action.max_requests).await? {
        Ok(()) => None,
        Err(no_room) => Some(snooze(no_room.until, "limit", no_room.message, run.again_state.clone())),
    })
}

fn settle(until: i64) -> Next {
    snooze(until, "settle", "waiting until a lookup at the vendor can be trusted", None)
}

fn settle_ms(action: &spec::Action) -> i64 {
    i64::from(action.settle_seconds) * 1_000
}

/// The error of a held run: it may or may not have acted, and nothing here can tell.
fn in_doubt(run: &Run, cause: Option<&CallFailure>) -> RunError {
    let cause = cause.map(|failure| format!(": {failure}")).unwrap_or_default();
    let message =
        format!("a request of this action may have reached the vendor, and its outcome is unknown{cause}");
    let hint = format!(
        "look at the vendor, then `windlass run resolve {id} --done JSON`, `--send-again` or `--drop`",
        id = run.id
    );
    operator_error("action.held", message, hint)
}

fn request(run: &Run, intents: &[Intent]) -> ActRequest {
    ActRequest {
        action: run.action.clone().unwrap_or_default(),
        input: run.input.clone().unwrap_or_else(|| "null".into()),
        key: run.key.clone().unwrap_or_default(),
        attempt: u32::try_from(run.attempt).unwrap_or(u32::MAX),
        intents: intents.iter().map(past_intent).collect(),
        state: run.again_state.clone(),
    }
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

fn recorded(request: &ActRequest) -> Value {
    json!({
        "action": request.action, "input": request.input, "key": request.key,
        "attempt": request.attempt, "state": request.state,
    })
}

async fn end(
    host: &Arc<Host>,
    present: &Present,
    held: &Held<'_>,
    run: &Run,
    action: &spec::Action,
    made: Made,
    report: CallReport<ActOutcome>,
) -> Result<(), DbError> {
    let (outcome, left) = account(&present.context, made, report);
    let failure = match outcome {
        Ok(outcome) => return done(host, present, held, left, outcome).await,
        Err(failure) => failure,
    };
    let verdict = is_verdict(&failure);
    let now = host.db.now().await?;
    let (mut next, stop) = after_failure(run, &failure, false, now);
    let mut intents = host.db.intents(run.id).await?;
    if verdict {
        // The verdict settles what was answered. What is still open it settles only where a repeat is
        // safe, since there it is the verdict on the repeat.
        intents.retain(|intent| intent.state == IntentState::Open && action.repeat == Repeat::None);
    }
    next = unless_in_doubt(next, run, &failure, doubt(&intents, action.repeat, settle_ms(action), now));
    if let Next::Snooze { state, .. } = &mut next {
        *state = run.again_state.clone();
    }
    commit(host, held, &present.limiter, left, Vec::new(), next, verdict).await?;
    if stop {
        stop_schedule(host, &present.context, None, &run_error(&failure)).await;
    }
    Ok(())
}

async fn done(
    host: &Host,
    present: &Present,
    held: &Held<'_>,
    left: Left,
    outcome: ActOutcome,
) -> Result<(), DbError> {
    let next = match outcome {
        ActOutcome::Done(output) => Next::Succeed { output: Some(output) },
        ActOutcome::Again { state, not_before } => {
            let until = not_before.unwrap_or_default().max(host.db.now().await?);
            snooze(until, "again", "the action goes on in another step", Some(state))
        }
    };
    commit(host, held, &present.limiter, left, Vec::new(), next, true).await.map(drop)
}

/// The vendor or the connector has said how it ended.
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

fn unless_in_doubt(next: Next, run: &Run, failure: &CallFailure, doubt: Doubt) -> Next {
    match (doubt, next) {
        (Doubt::None | Doubt::RepeatIsSafe, next @ Next::Retry { .. }) | (Doubt::None, next) => next,
        // Out of attempts while in doubt: never given up in silence.
        (Doubt::RepeatIsSafe, _) | (Doubt::Hold, _) => Next::Hold { error: in_doubt(run, Some(failure)) },
        (Doubt::SettlesAt(until), Next::Retry { at, error }) => Next::Retry { at: at.max(until), error },
        (Doubt::SettlesAt(_), _) => Next::Hold { error: in_doubt(run, Some(failure)) },
    }
}
