//! A flow run: changes are shown in batches, one call and one commit each, until there are no more.
//!
//! One change never stops the others: where a call fails for good its changes are shown one by one, and
//! the one that fails is held with the error as its reason.

mod ask;
mod batch;
mod records;

use std::{collections::HashMap, sync::Arc};

use serde_json::json;
use windlass_db::{AskedAction, DbError, FailedAction, FlowWrite, HeldWrite, LogLevel, LogLine, Next, Run};
use windlass_sandbox::{CallFailure, CallReport, Reaction};

use super::{
    blame::run_error,
    finish::{Left, Made, account, after_failure, commit, snooze, transition},
    intents::NoIntents,
    lease::{Held, LEASE_MS},
    present::{Absent, Present},
};
use crate::{activation::Trial, host::Host, time};
use ask::Asker;
use batch::Batch;
use records::RoleRecords;

/// Changes shown in one call. A flow is quick, and what a failed call costs is shown again.
const MOST_SHOWN: i64 = 100;

/// What carries over from batch to batch.
struct Following {
    run: Run,
    /// Role to connection, as it was after the last look at the flow: a commit under another revision is
    /// refused.
    roles: HashMap<String, i64>,
    /// Batches committed since the run was taken.
    batches: i64,
    /// Changes still to be shown one by one, after a batch that failed.
    one_by_one: usize,
}

pub async fn run(host: &Arc<Host>, run: Run, held: &Held<'_>) -> Result<(), DbError> {
    let mut following = Following { run, roles: HashMap::new(), batches: 0, one_by_one: 0 };
    let mut former = None;
    loop {
        let present = match Present::look(host, &following.run, former.take()).await? {
            Ok(present) => present,
            Err(Absent::Deleted) => return Ok(()),
            Err(Absent::Error(error)) => {
                let now = host.db.now().await?;
                return host.db.transition(now, &held.lease, &Next::Fail { error: *error }).await;
            }
        };
        let roles = host.db.flow_roles(following.run.connection).await?;
        following.roles = roles.into_iter().map(|binding| (binding.role, binding.connection)).collect();
        match step(host, &present, held, &mut following).await {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            // The flow was changed while it was shown something: it is shown that again, as it is now.
            Err(DbError::Outdated) => following.one_by_one = 0,
            Err(error) => return Err(error),
        }
        former = Some(present);
    }
}

/// Shows one batch; false if the run is over.
async fn step(
    host: &Arc<Host>,
    present: &Present,
    held: &Held<'_>,
    following: &mut Following,
) -> Result<bool, DbError> {
    let flow = following.run.connection;
    if host.is_draining() {
        let next = snooze(host.db.now().await?, "draining", "the host is stopping", None);
        return transition(host, held, &present.limiter, next).await.map(|()| false);
    }
    let most = if following.one_by_one > 0 { 1 } else { MOST_SHOWN };
    let Some(batch) = Batch::next(&host.db, flow, most).await? else {
        return transition(host, held, &present.limiter, Next::Succeed { output: None })
            .await
            .map(|()| false);
    };
    if batch.changes.is_empty() {
        if let Some(moved) = &batch.moved {
            let now = host.db.now().await?;
            host.db.flow_move(now, &held.lease, &batch.role, batch.stream, moved).await?;
        }
        return Ok(true);
    }
    let shown = batch.shown();
    let mut grant = present.context.call(host, 0, present.limiter.clone(), Arc::new(NoIntents));
    grant.records = Some(Arc::new(RoleRecords { db: host.db.clone(), connections: following.roles.clone() }));
    let (started_at, seed) = (grant.started_at, grant.seed);
    let report = tokio::select! {
        report = host.sandbox.react(&present.context.connector, grant, &shown) => report,
        () = held.lost() => return Err(DbError::LeaseLost),
    };
    let request = json!({ "changes": shown });
    let made = Made { export: "react", started_at, ended_at: time::unix_ms(), seed, request };
    end(host, present, held, following, batch, made, report).await
}

async fn end(
    host: &Arc<Host>,
    present: &Present,
    held: &Held<'_>,
    following: &mut Following,
    batch: Batch,
    made: Made,
    report: CallReport<Vec<Reaction>>,
) -> Result<bool, DbError> {
    let revision = present.context.connection.revision;
    let (outcome, mut left) = account(&present.context, made, report);
    match outcome {
        Ok(reactions) => {
            left.line.log.extend(let_go(&batch, &reactions, left.line.ended_at));
            let (write, is_refused) = write(host, following, revision, &batch, reactions).await?;
            if is_refused {
                // The flow took it for asked. What it noted of that must not outlive the refusal, or it
                // would not ask when the change is shown again.
                left.storage.clear();
            }
            match batch.changes.len() {
                shown if is_refused && shown > 1 => following.one_by_one = shown,
                shown => {
                    left.flow = Some(write);
                    following.one_by_one = following.one_by_one.saturating_sub(shown);
                }
            }
        }
        Err(failure) => {
            let now = host.db.now().await?;
            let run = following.run.id;
            let trial = Trial::of(host, &present.context, run, "react", &failure).await?;
            let (next, _) = after_failure(&following.run, &failure, following.batches > 0, now);
            if trial.repeats() {
                let next = trial.instead(next, now);
                commit(host, &held.lease, &present.limiter, left, Vec::new(), next, true).await?;
                trial.end(host, run).await;
                return Ok(false);
            }
            // A change that fails alone after its batch has failed again and again is the cause.
            let is_cause = following.one_by_one > 0 && !matches!(failure, CallFailure::Host(_));
            if !is_cause && !matches!(next, Next::Fail { .. }) {
                commit(host, &held.lease, &present.limiter, left, Vec::new(), next, true).await?;
                return Ok(false);
            }
            match batch.changes.len() {
                1 => {
                    following.one_by_one = following.one_by_one.saturating_sub(1);
                    left.flow = Some(hold_failed(revision, &batch, &failure));
                }
                shown => following.one_by_one = shown,
            }
        }
    }
    go_on(host, present, held, following, left).await
}

async fn go_on(
    host: &Arc<Host>,
    present: &Present,
    held: &Held<'_>,
    following: &mut Following,
    left: Left,
) -> Result<bool, DbError> {
    let next = Next::Continue { lease_until: host.db.now().await? + LEASE_MS };
    let asked = left.flow.as_ref().is_some_and(|flow| !flow.actions.is_empty());
    let outcome = commit(host, &held.lease, &present.limiter, left, Vec::new(), next, true).await?;
    if asked {
        host.wake.notify_one();
    }
    following.batches += 1;
    if outcome.cancel_asked {
        return transition(host, held, &present.limiter, Next::Cancel).await.map(|()| false);
    }
    Ok(true)
}

/// What the reactions to a batch come to, and whether an action that was asked for is refused.
async fn write(
    host: &Arc<Host>,
    following: &Following,
    revision: i64,
    batch: &Batch,
    reactions: Vec<Reaction>,
) -> Result<(FlowWrite, bool), DbError> {
    let asker = Asker::new(host, following.run.connection, &following.roles).await?;
    let mut write = unchanged(revision, batch);
    let mut is_refused = false;
    for (change, reaction) in batch.changes.iter().zip(reactions) {
        let asked: Result<Vec<AskedAction>, String> = match reaction {
            Reaction::Done => Ok(Vec::new()),
            Reaction::Act(commands) => {
                let runs = asker.runs(batch, change, &commands).await;
                is_refused |= runs.is_err();
                runs
            }
            Reaction::Hold(reason) => Err(reason),
        };
        match asked {
            Ok(actions) => {
                write.dealt_with.push(change.clone());
                write.actions.extend(actions);
            }
            Err(reason) => write.held.push(HeldWrite { change: change.clone(), reason }),
        }
    }
    Ok((write, is_refused))
}

/// A line for every change after which the flow no longer asks for what came to nothing.
fn let_go(batch: &Batch, reactions: &[Reaction], at: i64) -> Vec<LogLine> {
    let pairs = batch.changes.iter().zip(reactions);
    let done = pairs.filter(|(_, reaction)| matches!(reaction, Reaction::Done)).map(|(change, _)| change);
    let line = |(key, failed): (&String, &FailedAction)| LogLine {
        at,
        level: LogLevel::Warn,
        message: format!("{key}: the flow asks for nothing after this: {}", failed.sentence()),
    };
    done.flat_map(|change| change.failed.iter().map(|failed| (&change.key, failed))).map(line).collect()
}

/// The one change of a batch whose call failed for good.
fn hold_failed(revision: i64, batch: &Batch, failure: &CallFailure) -> FlowWrite {
    let error = run_error(failure);
    let hold = |change: &windlass_db::FollowedChange| HeldWrite {
        change: change.clone(),
        reason: format!("{}: {}", error.code, error.message),
    };
    FlowWrite { held: batch.changes.iter().map(hold).collect(), ..unchanged(revision, batch) }
}

fn unchanged(revision: i64, batch: &Batch) -> FlowWrite {
    FlowWrite {
        revision,
        role: batch.role.clone(),
        stream: batch.stream,
        moved: batch.moved.clone(),
        dealt_with: Vec::new(),
        held: Vec::new(),
        actions: Vec::new(),
    }
}
