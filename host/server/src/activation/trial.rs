//! A failed call of a version that may not be trusted yet: what becomes of its run, and of the version.

use serde::{Deserialize, Serialize};
use windlass_db::{Activation, Blame, DbError, Next, SnoozeReason, Stage};
use windlass_sandbox::CallFailure;

use super::{
    guard::{Fault, Former, Verdict, fault, judge},
    steps,
};
use crate::{host::Host, run::CallContext};

/// The switch back takes about this; the run is taken up again after it.
const AGAIN_MS: i64 = 200;

/// Why a version is bad: the call that showed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub connection: String,
    pub run: i64,
    pub call: i64,
    /// `read`, `act`, `receive`, `react`, `migrate`.
    pub export: String,
    pub code: String,
    /// With the backtrace, if there is one.
    pub message: String,
}

/// What follows from one failed call.
pub struct Trial {
    verdict: Verdict,
    activation: Option<Activation>,
    connection: String,
}

impl Trial {
    /// Reads what the verdict depends on; of a failure that is not the connector's, nothing.
    pub async fn of(
        host: &Host,
        context: &CallContext,
        run: i64,
        export: &str,
        failure: &CallFailure,
    ) -> Result<Trial, DbError> {
        let fault = fault(failure);
        let connection = context.connection.name.clone();
        if fault == Fault::None {
            return Ok(Trial { verdict: Verdict::Ordinary, activation: None, connection });
        }
        let digest = context.connector.digest.as_str();
        let present = host.db.version_run_by(context.connection.id).await?;
        let activation = host.db.activation(&context.connection.connector).await?;
        let activation = activation.filter(|activation| {
            activation.digest == digest && matches!(activation.stage, Stage::First | Stage::All)
        });
        let former = match activation.as_ref().and_then(|activation| activation.former.as_deref()) {
            Some(former) => former_at(host, run, export, former).await?,
            None => Former::Unknown,
        };
        let runs_it = present.as_deref().is_none_or(|present| present == digest);
        Ok(Trial { verdict: judge(fault, runs_it, activation.is_some(), former), activation, connection })
    }

    /// The call is made again, whatever would become of its run else.
    pub fn repeats(&self) -> bool {
        self.verdict != Verdict::Ordinary
    }

    /// When the call is made again; not an attempt.
    pub fn again_at(now: i64) -> i64 {
        now + AGAIN_MS
    }

    /// The run's next state in place of the one that the failure alone would lead to.
    pub fn instead(&self, next: Next, now: i64) -> Next {
        if !self.repeats() {
            return next;
        }
        let reason = SnoozeReason {
            code: "version-undone".to_owned(),
            message: "the version that failed is undone; the call is made again with the former one"
                .to_owned(),
        };
        Next::Snooze { until: Self::again_at(now), reason, state: None }
    }

    /// Undoes the version, if that is the verdict. To be called when the failed call is committed, since it
    /// is the evidence. Where this fails the run meets the same again.
    pub async fn end(self, host: &Host, run: i64) {
        let (Verdict::Undo, Some(activation)) = (self.verdict, &self.activation) else { return };
        let undone = async {
            let evidence = evidence(host, &self.connection, run, &activation.digest).await?;
            let reason = format!("{} in run {run} of {}", evidence.code, self.connection);
            steps::undo(host, activation, &reason, Some(&evidence)).await
        };
        if let Err(error) = undone.await {
            tracing::error!(connector = activation.connector, %error, "cannot undo a version");
        }
    }
}

async fn former_at(host: &Host, run: i64, export: &str, former: &str) -> Result<Former, DbError> {
    Ok(match host.db.last_call_like(run, export, former).await? {
        None => Former::Unknown,
        Some(None) => Former::Worked,
        Some(Some(error)) if error.blame == Blame::Connector => Former::Failed,
        // It says nothing of the connector.
        Some(Some(_)) => Former::Unknown,
    })
}

async fn evidence(host: &Host, connection: &str, run: i64, digest: &str) -> Result<Evidence, DbError> {
    let calls = host.db.calls(run).await?;
    let failed = calls.into_iter().rev().filter(|call| call.digest == digest);
    let failed = failed.filter_map(|call| Some((call.id, call.export, call.error?))).next();
    let (call, export, error) = failed.ok_or(DbError::Missing { noun: "run", name: run.to_string() })?;
    let connection = connection.to_owned();
    Ok(Evidence { connection, run, call, export, code: error.code, message: error.message })
}
