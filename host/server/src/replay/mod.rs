//! Replay: calls made again from their traces, with nothing outside.
//!
//! [`replay_run`] shows that a run's calls come out the same, or what another version makes of the same
//! exchanges; [`before_active`] asks that of a version that is about to become active. Both go call by call:
//! `asked` reads back what was asked, `again` makes the call with a playback in the place of network,
//! limits, storage and clock, and `compare`, a pure function, says what differs.

mod again;
mod asked;
mod call;
mod check;
mod compare;
mod difference;
mod members;

use std::sync::Arc;

use serde::Serialize;
use windlass_db::Run;
use windlass_sandbox::Connector;

pub use call::{CallReplay, Verdict};
pub use check::{ReplayPolicy, Report, before_active};

use crate::{host::Host, problem::Problem};

/// How the replay of a run came out: `{"run": 5, "with": null, "result": "differs", "calls": [CALL]}`, where
/// `with` is `{"version": "1.1.0", "digest": "…"}` of another version than the one that ran.
#[derive(Debug, Serialize)]
pub struct RunReplay {
    pub run: i64,
    pub with: Option<With>,
    pub result: Outcome,
    pub calls: Vec<CallReplay>,
}

#[derive(Debug, Serialize)]
pub struct With {
    pub version: String,
    pub digest: String,
}

/// `unable` if no call could be replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Same,
    Differs,
    Unable,
}

/// Makes the calls of a run again, on the versions that made them or on another one.
pub async fn replay_run(host: &Host, run: &Run, with: Option<&Arc<Connector>>) -> Result<RunReplay, Problem> {
    let connection = host.db.connection_by_id(run.connection).await?;
    let connection = connection.ok_or_else(|| Problem::missing("connection", &run.connection_name))?;
    if let Some(other) = with.filter(|other| other.spec.name != connection.connector) {
        let (given, of) = (&other.spec.name, &connection.connector);
        let detail = format!("the component is a version of {given}, and run {} is one of {of}", run.id);
        return Err(Problem::unprocessable("run.other-connector", detail));
    }
    let mut calls = Vec::new();
    for row in host.db.calls(run.id).await? {
        calls.push(call::replay(host, &connection, &row, with, None).await?);
    }
    let version = |other: &Arc<Connector>| With {
        version: other.spec.version.to_string(),
        digest: other.digest.clone(),
    };
    Ok(RunReplay { run: run.id, with: with.map(version), result: Outcome::of(&calls), calls })
}

impl Outcome {
    fn of(calls: &[CallReplay]) -> Outcome {
        let any = |fits: fn(&Verdict) -> bool| calls.iter().any(|call| fits(&call.verdict));
        match (any(Verdict::differs), any(|verdict| matches!(verdict, Verdict::Same))) {
            (true, _) => Outcome::Differs,
            (false, true) => Outcome::Same,
            (false, false) => Outcome::Unable,
        }
    }
}
