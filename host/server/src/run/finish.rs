//! Ends a call: its report becomes one commit, and a failure becomes the run's next state.

use std::sync::Arc;

use serde_json::Value;
use windlass_db::{
    AgainState, CallCommit, CallLine, CommitOutcome, DbError, FlowWrite, Lease, LogLevel, LogLine, Next, Run,
    RunError, SnoozeReason, StorageWrite, StreamWrite,
};
use windlass_sandbox::{CallFailure, CallReport};

use super::{
    blame::run_error,
    context::CallContext,
    lease::Held,
    retry::{self, Verdict},
    trace::Recording,
};
use crate::{host::Host, limiter::Limiter};

/// A call that was made, without its outcome.
pub struct Made {
    pub export: &'static str,
    pub started_at: i64,
    pub ended_at: i64,
    pub seed: u64,
    pub request: Value,
}

/// What a call leaves behind besides its outcome.
pub struct Left {
    pub line: CallLine,
    pub storage: Vec<StorageWrite>,
    /// A flow's.
    pub flow: Option<FlowWrite>,
}

/// Takes a report apart: the outcome for the run, the rest for the commit.
pub fn account<T>(
    context: &CallContext,
    made: Made,
    report: CallReport<T>,
) -> (Result<T, CallFailure>, Left) {
    account_for(context, made, report, true)
}

/// The same for one of many calls, whose trace would be pruned at once.
pub fn account_for<T>(
    context: &CallContext,
    made: Made,
    report: CallReport<T>,
    traced: bool,
) -> (Result<T, CallFailure>, Left) {
    let recording = Recording {
        export: made.export.to_owned(),
        request: made.request,
        config: Value::clone(&context.config),
        started_at: made.started_at,
        seed: made.seed,
        exchanges: report.exchanges,
        secret: report.basis.is_none(),
        basis: report.basis,
    };
    let pack =
        || recording.pack().inspect_err(|error| tracing::error!(%error, "a call goes without its trace"));
    let trace = if traced { pack().ok() } else { None };
    let line = CallLine {
        export: made.export.to_owned(),
        digest: context.connector.digest.clone(),
        started_at: made.started_at,
        ended_at: made.ended_at,
        cpu_us: report.usage.cpu.as_micros() as i64,
        requests: report.usage.requests.into(),
        memory_bytes: report.usage.memory_bytes as i64,
        secrets_scrubbed: report.usage.secrets_scrubbed.into(),
        error: report.outcome.as_ref().err().map(run_error),
        log: report.log.into_iter().map(log_line).collect(),
        trace,
    };
    let storage = report.storage.into_iter().map(|w| StorageWrite { key: w.key, value: w.value }).collect();
    (report.outcome, Left { line, storage, flow: None })
}

pub fn log_line(line: windlass_sandbox::LogLine) -> LogLine {
    let level = match line.level {
        windlass_sandbox::LogLevel::Debug => LogLevel::Debug,
        windlass_sandbox::LogLevel::Info => LogLevel::Info,
        windlass_sandbox::LogLevel::Warn => LogLevel::Warn,
        windlass_sandbox::LogLevel::Error => LogLevel::Error,
    };
    LogLine { at: line.at, level, message: line.message }
}

/// Commits what a call left. `verdict`: whether the intents of the call are no longer in doubt.
pub async fn commit(
    host: &Host,
    lease: &Lease,
    limiter: &Limiter,
    left: Left,
    streams: Vec<StreamWrite>,
    next: Next,
    verdict: bool,
) -> Result<CommitOutcome, DbError> {
    let ends = !matches!(next, Next::Continue { .. });
    let told = told(&next);
    let settle = if ends { limiter.close() } else { limiter.take_settled() };
    let now = host.db.now().await?;
    let origin = if left.line.export == "act" { "action" } else { "sync" };
    let (digest, good) = (left.line.digest.clone(), usize::from(left.line.error.is_none()));
    let commit = CallCommit {
        call: left.line,
        streams,
        storage: left.storage,
        settle,
        flow: left.flow,
        origin,
        next,
        settles_intents: verdict,
    };
    let outcome = host.db.commit(now, lease, commit).await?;
    log(lease, told);
    host.counted.add(&host.registry, &digest, good);
    Ok(outcome)
}

/// Ends or parks a run outside a call.
pub async fn transition(host: &Host, held: &Held<'_>, limiter: &Limiter, next: Next) -> Result<(), DbError> {
    let now = host.db.now().await?;
    host.db.settle(now, &limiter.close()).await?;
    host.db.transition(now, &held.lease, &next).await?;
    log(&held.lease, told(&next));
    Ok(())
}

/// What an operator should see of a run's next state, and how it ended.
fn told(next: &Next) -> Option<(&'static str, RunError)> {
    match next {
        Next::Fail { error } | Next::FailWith { error, .. } => Some(("failed", error.clone())),
        Next::Hold { error } => Some(("is held for a person", error.clone())),
        Next::Retry { error, .. } => Some(("is tried again", error.clone())),
        Next::Continue { .. } | Next::Succeed { .. } | Next::Snooze { .. } | Next::Cancel => None,
    }
}

fn log(lease: &Lease, told: Option<(&'static str, RunError)>) {
    if let Some((how, RunError { code, message, .. })) = told {
        // As a field it is one line, whatever a connector or vendor wrote.
        tracing::warn!(run = lease.run, code, why = message, "a run {how}");
    }
}

/// The next state of a run whose call failed, and whether its schedule stops.
pub fn after_failure(run: &Run, failure: &CallFailure, progressed: bool, now: i64) -> (Next, bool) {
    let error = run_error(failure);
    // A run that moved on since it was taken starts counting afresh.
    let attempts = if progressed { 1 } else { run.attempt };
    match retry::after(failure, attempts, now, jitter()) {
        Verdict::RetryAfterMs(delay) => (Next::Retry { at: now + delay, error }, false),
        Verdict::WaitUntil(until) => (snooze(until, "blocked", error.message, None), false),
        Verdict::Fail => (Next::Fail { error }, false),
        Verdict::FailAndStop => (Next::Fail { error }, true),
    }
}

pub fn snooze(until: i64, code: &str, message: impl Into<String>, state: Option<AgainState>) -> Next {
    Next::Snooze { until, reason: SnoozeReason { code: code.to_owned(), message: message.into() }, state }
}

/// Thousandths, 0 to 999.
pub fn jitter() -> i64 {
    rand::random_range(0..1_000)
}

/// Stops the schedule after an `auth` or `config` error: of the whole connection when its check fails
/// too, else of the one stream. Not where somebody has changed the connection since: what failed is mended,
/// as far as anybody knows, and credentials of before are not tried once more.
pub async fn stop_schedule(host: &Arc<Host>, context: &CallContext, stream: Option<i64>, error: &RunError) {
    let connection = &context.connection.name;
    let stopped = async {
        if is_changed(host, context).await? {
            return Ok(false);
        }
        let checked = crate::check::check(host, &context.connection).await;
        let connection_broken =
            matches!(&checked, Ok(Err(failed)) if matches!(failed.code.as_str(), "auth" | "config"));
        if is_changed(host, context).await? {
            return Ok(false);
        }
        match stream {
            Some(stream) if !connection_broken => {
                host.db.stream_stop(stream, &error.code, &error.message).await?;
            }
            _ if connection_broken => {
                host.db.connection_stop(context.connection.id, &error.code, &error.message).await?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    };
    let stopped: Result<bool, DbError> = stopped.await;
    match stopped {
        Ok(true) => tracing::warn!(connection, stream, code = error.code, "a schedule is stopped"),
        Ok(false) => {}
        Err(error) => tracing::error!(%error, connection, "cannot stop a schedule"),
    }
}

async fn is_changed(host: &Host, context: &CallContext) -> Result<bool, DbError> {
    let present = host.db.connection_by_id(context.connection.id).await?;
    Ok(present.is_none_or(|present| present.revision != context.connection.revision))
}
