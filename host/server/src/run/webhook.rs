//! A webhook run: works through the deliveries of one webhook, oldest first, one call for each.
//!
//! Calls whose deliveries ask nothing of the vendor are committed in groups: each sees what those before
//! it have written to storage, and all are committed together, or none. So a burst costs one wait for the
//! disk per group. Where a webhook declares requests, every call has its own commit.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use windlass_db::{DbError, DeliveriesCommit, Delivery, DeliveryEnd, Next, Received, Run, RunError, Webhook};
use windlass_sandbox::{CallFailure, CallReport, DeliveryOutcome, DeliveryRequest, spec};

use super::{
    blame::{operator_error, run_error},
    finish::{Made, account_for, jitter, snooze, transition},
    follow_up::{FollowUp, Streams, follow_up},
    intents::RunIntents,
    lease::{Held, LEASE_MS},
    present::{Absent, Present},
    retry::{self, Verdict},
    storage::BatchStorage,
};
use crate::{activation::Trial, host::Host, time};

/// Deliveries of one commit: enough that the disk is not waited for, few enough for other writers.
const MOST_AT_ONCE: i64 = 64;
/// Bodies in memory at once; a delivery that is larger comes alone.
const MOST_BYTES: i64 = 4 << 20;
/// Calls of one commit end after this, so that what is done is soon seen.
const LONGEST_GROUP: Duration = Duration::from_millis(500);
/// A run is looked at by people and pruned as one; a longer burst has several.
const MOST_OF_A_RUN: usize = 1_000;

/// Whether the run goes on.
#[derive(PartialEq, Eq)]
enum Step {
    On,
    Over,
}

/// A call that was made.
struct Call {
    delivery: Delivery,
    made: Made,
    report: CallReport<FollowUp>,
}

/// The calls of one commit.
#[derive(Default)]
struct Group {
    calls: Vec<Call>,
    /// Deliveries are left that were due with these.
    more: bool,
    /// The vendor asked to wait until then.
    blocked: Option<i64>,
    /// The last call failed by its version's fault, and is made again with another.
    trial: Option<Trial>,
}

pub async fn run(host: &Arc<Host>, run: Run, held: &Held<'_>) -> Result<(), DbError> {
    let webhook = match run.webhook {
        Some(id) => host.db.webhook(id).await?,
        None => None,
    };
    // Its connection was deleted meanwhile, and the run with it.
    let Some(webhook) = webhook else { return Ok(()) };
    let (mut former, mut done) = (None, 0);
    loop {
        let present = match Present::look(host, &run, former.take()).await? {
            Ok(present) => present,
            Err(Absent::Deleted) => return Ok(()),
            Err(Absent::Error(error)) => return wait(host, &run, held, *error).await,
        };
        if step(host, &present, held, &run, &webhook, &mut done).await? == Step::Over {
            // Others may have come while this one ended.
            host.webhooks.kept.notify_one();
            return Ok(());
        }
        former = Some(present);
    }
}

/// Nothing can be called as the connection is; its deliveries wait for a person.
async fn wait(host: &Host, run: &Run, held: &Held<'_>, error: RunError) -> Result<(), DbError> {
    let now = host.db.now().await?;
    let at = now + retry::delay_ms(run.attempt, jitter());
    host.db.transition(now, &held.lease, &Next::Retry { at, error }).await
}

async fn step(
    host: &Arc<Host>,
    present: &Present,
    held: &Held<'_>,
    run: &Run,
    webhook: &Webhook,
    done: &mut usize,
) -> Result<Step, DbError> {
    let now = host.db.now().await?;
    if host.is_draining() {
        let next = snooze(now, "draining", "the host is stopping", None);
        return transition(host, held, &present.limiter, next).await.map(|()| Step::Over);
    }
    let spec = &present.context.connector.spec;
    let declared = spec.webhook(&webhook.name);
    let most =
        declared.map_or(MOST_AT_ONCE, |declared| if declared.max_requests > 0 { 1 } else { MOST_AT_ONCE });
    let due = host.db.deliveries_next(now, webhook.id, most, MOST_BYTES).await?;
    if due.is_empty() {
        let next = Next::Succeed { output: None };
        return transition(host, held, &present.limiter, next).await.map(|()| Step::Over);
    }
    let Some(declared) = declared else {
        return undeclared(host, present, held, webhook, due).await.map(|()| Step::On);
    };
    if let Err(no_room) = present.limiter.reserve(declared.max_requests).await? {
        let next = snooze(no_room.until, "limit", no_room.message, None);
        return transition(host, held, &present.limiter, next).await.map(|()| Step::Over);
    }
    let full = due.len() as i64 == most;
    let mut group = receive(host, present, held, run, declared, due).await?;
    *done += group.calls.len();
    group.more |= full;
    let over = !group.more || group.blocked.is_some() || *done >= MOST_OF_A_RUN;
    let trial = group.trial.take();
    let step = commit(host, present, held, group, over, trial.is_some()).await?;
    if let Some(trial) = trial {
        trial.end(host, run.id).await;
    }
    Ok(step)
}

/// Makes the calls, one after the other. A delivery that fails holds back those of its ordering value.
async fn receive(
    host: &Arc<Host>,
    present: &Present,
    held: &Held<'_>,
    run: &Run,
    declared: &spec::Webhook,
    due: Vec<Delivery>,
) -> Result<Group, DbError> {
    let began = Instant::now();
    let connection = present.context.connection.id;
    let storage = BatchStorage::new(host.db.clone(), connection);
    let streams = host.db.streams(connection).await?;
    let streams: Streams = streams.into_iter().map(|stream| (stream.name.clone(), stream)).collect();
    let (mut group, mut failed) = (Group::default(), HashSet::new());
    for delivery in due {
        let ordering = delivery.line.ordering.clone();
        if began.elapsed() > LONGEST_GROUP || ordering.as_ref().is_some_and(|value| failed.contains(value)) {
            group.more = true;
            continue;
        }
        let (made, report) = call(host, present, held, run, declared, &storage, &delivery).await?;
        let now = host.db.now().await?;
        let report =
            followed(report, |outcome| follow_up(&host.keys, &present.context, &streams, outcome, now));
        match &report.outcome {
            Ok(_) => storage.add(&report.storage).await?,
            Err(failure) => {
                failed.extend(ordering);
                group.blocked = blocked(failure, now);
                let trial = Trial::of(host, &present.context, run.id, "receive", failure).await?;
                group.trial = Some(trial).filter(Trial::repeats);
            }
        }
        group.calls.push(Call { delivery, made, report });
        if group.blocked.is_some() || group.trial.is_some() {
            group.more = true;
            break;
        }
    }
    Ok(group)
}

async fn call(
    host: &Arc<Host>,
    present: &Present,
    held: &Held<'_>,
    run: &Run,
    declared: &spec::Webhook,
    storage: &Arc<BatchStorage>,
    delivery: &Delivery,
) -> Result<(Made, CallReport<DeliveryOutcome>), DbError> {
    let intents = RunIntents::of(host, held, run);
    let context = &present.context;
    let mut grant = context.call(host, declared.max_requests, present.limiter.clone(), Arc::new(intents));
    grant.storage = storage.clone();
    let (started_at, seed) = (grant.started_at, grant.seed);
    let request = request(declared, delivery);
    let report = tokio::select! {
        report = host.sandbox.receive(&context.connector, grant, &request) => report,
        // Dropping the call kills it; nothing of it may be written.
        () = held.lost() => return Err(DbError::LeaseLost),
    };
    let ended_at = time::unix_ms();
    let made = Made { export: "receive", started_at, ended_at, seed, request: recorded(delivery, &request) };
    Ok((made, report))
}

fn request(declared: &spec::Webhook, delivery: &Delivery) -> DeliveryRequest {
    DeliveryRequest {
        webhook: declared.name.clone(),
        event_id: delivery.line.event_id.clone(),
        method: delivery.method.clone(),
        query: delivery.query.clone(),
        headers: serde_json::from_str(&delivery.headers).unwrap_or_default(),
        body: delivery.body.clone(),
        received_at: delivery.received_at(),
        attempt: u32::try_from(delivery.line.attempt + 1).unwrap_or(u32::MAX),
    }
}

/// The trace names the delivery and holds it whole: it outlives the delivery's own row.
fn recorded(delivery: &Delivery, request: &DeliveryRequest) -> Value {
    json!({
        "delivery": delivery.id(), "webhook": request.webhook, "event_id": request.event_id,
        "method": request.method, "query": request.query, "headers": request.headers,
        "body_base64": STANDARD.encode(&request.body), "received_at": request.received_at,
        "attempt": request.attempt,
    })
}

/// Until when the vendor asked to wait: the deliveries behind would only be told the same.
fn blocked(failure: &CallFailure, now: i64) -> Option<i64> {
    match retry::after(failure, 1, now, 0) {
        Verdict::WaitUntil(until) => Some(until),
        _ => None,
    }
}

/// The report with what follows from its outcome; a call of which nothing can follow has failed.
fn followed(
    report: CallReport<DeliveryOutcome>,
    follow_up: impl FnOnce(DeliveryOutcome) -> Result<FollowUp, CallFailure>,
) -> CallReport<FollowUp> {
    let outcome = report.outcome.and_then(follow_up);
    let storage = if outcome.is_ok() { report.storage } else { Vec::new() };
    let CallReport { usage, log, exchanges, basis, .. } = report;
    CallReport { outcome, usage, log, storage, exchanges, basis }
}

async fn commit(
    host: &Arc<Host>,
    present: &Present,
    held: &Held<'_>,
    group: Group,
    over: bool,
    repeats_last: bool,
) -> Result<Step, DbError> {
    let now = host.db.now().await?;
    let next = match (group.blocked, over) {
        (Some(until), _) => snooze(until, "blocked", "the vendor asked to wait", None),
        (None, true) => Next::Succeed { output: None },
        (None, false) => Next::Continue { lease_until: now + LEASE_MS },
    };
    let kept_traces = usize::try_from(host.settings.retention.good_traces).unwrap_or(usize::MAX);
    let untraced = group.calls.len().saturating_sub(kept_traces);
    let last = group.calls.len().saturating_sub(1);
    let good = group.calls.iter().filter(|call| call.report.outcome.is_ok()).count();
    let received: Vec<Received> = group
        .calls
        .into_iter()
        .enumerate()
        .map(|(place, call)| received(present, call, place >= untraced, repeats_last && place == last, now))
        .collect();
    let enqueues = received.iter().any(|one| !one.reads.is_empty() || !one.actions.is_empty());
    let settle = if over { present.limiter.close() } else { present.limiter.take_settled() };
    let commit = DeliveriesCommit { received, settle, next };
    let outcome = host.db.commit_deliveries(now, &held.lease, commit).await?;
    host.counted.add(&host.registry, &present.context.connector.digest, good);
    if enqueues {
        host.wake.notify_one();
    }
    if over {
        return Ok(Step::Over);
    }
    if outcome.cancel_asked {
        return transition(host, held, &present.limiter, Next::Cancel).await.map(|()| Step::Over);
    }
    Ok(Step::On)
}

/// One call as it is committed. A trace that would be pruned at once is not made.
fn received(present: &Present, call: Call, traced: bool, repeats: bool, now: i64) -> Received {
    let Call { delivery, made, report } = call;
    let traced = traced || report.outcome.is_err();
    let (outcome, mut left) = account_for(&present.context, made, report, traced);
    let (end, follow_up) = match outcome {
        Ok(follow_up) => (DeliveryEnd::Processed, follow_up),
        Err(failure) if repeats => {
            let (at, error) = (Trial::again_at(now), run_error(&failure));
            (DeliveryEnd::Again { at, error, counts: false }, FollowUp::default())
        }
        Err(failure) => (failed(&delivery, &failure, now), FollowUp::default()),
    };
    left.line.log.extend(follow_up.log);
    Received {
        delivery: delivery.id(),
        call: Some(left.line),
        end,
        streams: follow_up.streams,
        storage: left.storage,
        reads: follow_up.reads,
        actions: follow_up.actions,
    }
}

fn failed(delivery: &Delivery, failure: &CallFailure, now: i64) -> DeliveryEnd {
    let error = run_error(failure);
    match retry::after(failure, delivery.line.attempt + 1, now, jitter()) {
        Verdict::RetryAfterMs(delay) => DeliveryEnd::Again { at: now + delay, error, counts: true },
        Verdict::WaitUntil(until) => DeliveryEnd::Again { at: until, error, counts: false },
        Verdict::Fail | Verdict::FailAndStop => DeliveryEnd::Failed { error },
    }
}

/// The active version no longer knows the webhook: its deliveries are kept for one that does.
async fn undeclared(
    host: &Host,
    present: &Present,
    held: &Held<'_>,
    webhook: &Webhook,
    due: Vec<Delivery>,
) -> Result<(), DbError> {
    let context = &present.context;
    let message = format!(
        "version {} of the connector has no webhook {}",
        context.connector.spec.version, webhook.name
    );
    let hint = format!(
        "`windlass connector rollback {}` returns to the version that had it; `windlass delivery replay` then \
         receives it",
        context.connection.connector
    );
    let error = operator_error("config", message, hint);
    let end = |delivery: Delivery| {
        Received::without_call(delivery.id(), DeliveryEnd::Failed { error: error.clone() })
    };
    let now = host.db.now().await?;
    let next = Next::Continue { lease_until: now + LEASE_MS };
    let received = due.into_iter().map(end).collect();
    let settle = present.limiter.take_settled();
    host.db.commit_deliveries(now, &held.lease, DeliveriesCommit { received, settle, next }).await.map(drop)
}
