//! The replay of one call.

use std::sync::Arc;

use serde::Serialize;
use windlass_db::{CallRow, Connection, DbError};
use windlass_sandbox::{
    CONTRACT_VERSION, CallLimits, Connector,
    egress::Scrubber,
    replay::{Basis, Ending},
};

use super::{
    again::{Again, Tried},
    asked::Asked,
    compare::{Was, compare},
    difference::{Difference, Part},
};
use crate::{
    host::Host,
    problem::Problem,
    registry::RegistryError,
    run::{Unbuilt, credentials_of, trace::Recording},
};

/// Differences of one call that are shown; a page has thousands when a version changes every record.
const MOST_SHOWN: usize = 50;

/// `{"call": 3, "export": "read", "digest": "…", "result": "same"}`, or with `"result": "differs",
/// "differences": [DIFFERENCE], "left_off": 0`, or with `"result": "unable", "why": "…"`. The digest is of the
/// version that made the call.
#[derive(Debug, Serialize)]
pub struct CallReplay {
    pub call: i64,
    pub export: String,
    pub digest: String,
    #[serde(flatten)]
    pub verdict: Verdict,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "result", rename_all = "kebab-case")]
pub enum Verdict {
    Same,
    Differs {
        differences: Vec<Difference>,
        /// Differences beside those.
        left_off: usize,
    },
    /// The call cannot be replayed.
    Unable {
        why: String,
    },
}

impl Verdict {
    pub fn differs(&self) -> bool {
        matches!(self, Verdict::Differs { .. })
    }

    fn of(mut differences: Vec<Difference>) -> Verdict {
        let left_off = differences.len().saturating_sub(MOST_SHOWN);
        differences.truncate(MOST_SHOWN);
        match differences.is_empty() {
            true => Verdict::Same,
            false => Verdict::Differs { differences, left_off },
        }
    }

    fn unable(why: impl Into<String>) -> Verdict {
        Verdict::Unable { why: why.into() }
    }
}

/// Makes a call again, on another version if one is given. `within`: what the replay may use at most.
pub async fn replay(
    host: &Host,
    connection: &Connection,
    row: &CallRow,
    other: Option<&Arc<Connector>>,
    within: Option<&CallLimits>,
) -> Result<CallReplay, Problem> {
    let verdict = verdict(host, connection, row, other, within).await?;
    Ok(CallReplay { call: row.id, export: row.export.clone(), digest: row.digest.clone(), verdict })
}

async fn verdict(
    host: &Host,
    connection: &Connection,
    row: &CallRow,
    other: Option<&Arc<Connector>>,
    within: Option<&CallLimits>,
) -> Result<Verdict, Problem> {
    let Some(trace) = host.db.trace(row.id).await? else {
        return Ok(Verdict::unable(format!(
            "its bodies are no longer kept: they are for the last {} good calls of a stream, action or webhook",
            host.settings.retention.good_traces
        )));
    };
    let recording = match Recording::unpack(&trace) {
        Ok(recording) => recording,
        Err(error) => return Ok(Verdict::unable(error.to_string())),
    };
    let basis = match replayable(&recording) {
        Ok(basis) => basis,
        Err(why) => return Ok(Verdict::unable(why)),
    };
    let own = match host.registry.load(&host.db, &host.sandbox, &row.digest).await {
        Ok(own) => Some(own),
        Err(RegistryError::Db(DbError::Missing { .. })) => None,
        Err(error) => return Err(error.into()),
    };
    let Some(connector) = other.or(own.as_ref()) else {
        return Ok(Verdict::unable("the version that made it is no longer kept"));
    };
    let credentials = match credentials_of(host, &connector.spec, connection).await {
        Ok(credentials) => credentials,
        Err(Unbuilt::Unusable(error)) => return Ok(Verdict::unable(error.message)),
        Err(Unbuilt::Db(error)) => return Err(error.into()),
    };
    let scrubber = Scrubber::with_basic(&connector.spec, &recording.config, &credentials);
    let limits = within.map_or_else(|| basis.limits.clone(), |within| lower(&basis.limits, within));
    let tried = Tried { recording: &recording, basis, scrubber, limits };
    match other {
        None => on_its_own(host, &tried, connector).await,
        Some(other) => on_another(host, &tried, other, own.as_deref(), within.is_some()).await,
    }
}

/// What a replay needs; or why the call cannot be replayed.
fn replayable(recording: &Recording) -> Result<&Basis, String> {
    let Some(basis) = &recording.basis else {
        return Err(match recording.secret {
            true => "something in it is secret, and what is secret is not kept".to_owned(),
            false => "an older host made it, and did not keep all that a replay needs".to_owned(),
        });
    };
    if let Some(failed) = basis.ending.failed.as_ref().filter(|_| basis.is_killed()) {
        return Err(format!("it was ended from outside, which depends on the machine: {}", failed.message));
    }
    if basis.reads.is_none() {
        return Err("it read more than a trace keeps".to_owned());
    }
    if basis.contract != CONTRACT_VERSION {
        let contract = &basis.contract;
        return Err(format!(
            "it was made under version {contract} of the contract, and this host has {CONTRACT_VERSION}"
        ));
    }
    Ok(basis)
}

fn lower(limits: &CallLimits, within: &CallLimits) -> CallLimits {
    CallLimits { cpu: limits.cpu.min(within.cpu), wall: limits.wall.min(within.wall), ..limits.clone() }
}

async fn on_its_own(host: &Host, tried: &Tried<'_>, own: &Connector) -> Result<Verdict, Problem> {
    let again = match tried.again(&host.sandbox, own).await {
        Ok(again) => again,
        Err(why) => return Ok(Verdict::unable(why)),
    };
    if let Some(why) = killed(&again) {
        return Ok(Verdict::unable(why));
    }
    let was = Was { requests: &tried.recording.exchanges, ending: &tried.basis.ending, records: None };
    Ok(Verdict::of(compare(&was, &again)))
}

async fn on_another(
    host: &Host,
    tried: &Tried<'_>,
    other: &Connector,
    own: Option<&Connector>,
    is_bounded: bool,
) -> Result<Verdict, Problem> {
    let asked = Asked::of(tried.recording).map(|asked| asked.missing_in(&other.spec));
    let again = match asked {
        Err(why) => return Ok(Verdict::unable(why)),
        Ok(Some(missing)) => {
            let gone = Difference::new(Part::Spec, missing, Some("declared"), None);
            return Ok(Verdict::of(vec![gone]));
        }
        Ok(None) => match tried.again_on(&host.sandbox, other).await {
            Ok(again) => again,
            Err(why) => return Ok(Verdict::unable(why)),
        },
    };
    // With its own limits, what ended the version is its own doing.
    if let Some(why) = killed(&again).filter(|_| is_bounded) {
        return Ok(Verdict::unable(why));
    }
    let (requests, ending) = (&tried.recording.exchanges, &tried.basis.ending);
    let found = compare(&Was { requests, ending, records: None }, &again);
    // The trace knows records by their sums; the version that made them makes them again.
    let before = match own.filter(|_| found.iter().any(|one| one.part == Part::Records)) {
        Some(own) => tried.again(&host.sandbox, own).await.ok(),
        None => None,
    };
    let mut found = match before {
        Some(before) => compare(&Was { requests, ending, records: Some(&before.records) }, &again),
        None => found,
    };
    // Of another format it is another text.
    let is_comparable = own.is_none_or(|own| own.spec.state == other.spec.state);
    found.retain(|one| is_comparable || one.part != Part::Checkpoint);
    Ok(Verdict::of(found))
}

/// What ended the replay from outside.
fn killed(again: &Again) -> Option<String> {
    let failed = again.ending.failed.as_ref().filter(|failed| Ending::is_kill(failed))?;
    Some(format!("the replay was ended from outside: {}", failed.message))
}

#[cfg(test)]
#[path = "call_tests.rs"]
mod tests;
