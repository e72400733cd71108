//! The replay check of an install: what would a version make of the last calls of its connections?

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use windlass_db::Connection;
use windlass_sandbox::{CallLimits, Connector};

use super::{CallReplay, Verdict, call::replay};
use crate::{host::Host, problem::Problem};

/// The newest of each stream, action and webhook come first, so that ten show most of what a connector does.
const MOST_OF_A_CONNECTION: i64 = 10;
/// A person waits for the install. With more connections than these, what the others would show is the same.
const MOST_CALLS: usize = 100;
const MOST_TIME: Duration = Duration::from_secs(5);
/// What one replay may use of both CPU and time: nothing is waited for, and a version that loops must not hold
/// up the install.
const MOST_EACH: Duration = Duration::from_secs(2);

/// What an install does with a version that would do otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum ReplayPolicy {
    /// It goes on, and says what differs.
    Warn,
    /// It is refused.
    Stop,
    /// It does not look.
    Off,
}

/// What a version made of calls that the active one has made: `{"same": 7, "unable": 1, "left_off": false,
/// "differs": [{"connection": "shop", "run": 5, "call": 3, …}]}`. `left_off`: there was no time for all.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    pub same: usize,
    pub unable: usize,
    pub left_off: bool,
    pub differs: Vec<Arc<Differing>>,
}

impl Report {
    pub fn is_empty(&self) -> bool {
        self.same + self.unable + self.differs.len() == 0
    }
}

/// One call of a [`Report`].
#[derive(Debug, Serialize)]
pub struct Differing {
    pub connection: String,
    pub run: i64,
    #[serde(flatten)]
    pub replay: CallReplay,
}

/// The check by the host's policy, before a version becomes active. None if there is nothing to compare with.
pub async fn before_active(host: &Host, candidate: &Arc<Connector>) -> Result<Option<Report>, Problem> {
    let policy = host.settings.replay_policy;
    let name = &candidate.spec.name;
    if policy == ReplayPolicy::Off {
        return Ok(None);
    }
    let versions = host.db.versions_of(name).await?;
    let active = versions.into_iter().find(|version| version.active);
    let Some(active) = active.filter(|active| active.digest != candidate.digest) else { return Ok(None) };
    let report = replay_check(host, &active.digest, candidate).await?;
    if policy == ReplayPolicy::Stop && !report.differs.is_empty() {
        let detail = format!(
            "{name} {} does otherwise than {} in {} of the last calls of its connections",
            candidate.spec.version,
            active.version,
            report.differs.len()
        );
        let replay = serde_json::to_value(&report).map_err(Problem::host)?;
        return Err(Problem::conflict("connector.replay-differs", detail).with("replay", replay).hint(
            "`windlass run replay ID --with FILE` shows what differs; if that is meant, start the host with \
             `--replay-policy warn`",
        ));
    }
    Ok(Some(report))
}

/// Replays the last good calls that a version (by its digest) made for every connection, on the candidate. It
/// changes nothing, and reaches nothing outside.
pub async fn replay_check(host: &Host, digest: &str, candidate: &Arc<Connector>) -> Result<Report, Problem> {
    let began = Instant::now();
    let within = CallLimits { cpu: MOST_EACH, wall: MOST_EACH, ..CallLimits::default() };
    let mut report = Report::default();
    let mut looked_at = 0;
    for connection in connections(host, &candidate.spec.name).await? {
        for row in host.db.calls_to_replay(connection.id, digest, MOST_OF_A_CONNECTION).await? {
            if looked_at == MOST_CALLS || began.elapsed() > MOST_TIME {
                report.left_off = true;
                return Ok(report);
            }
            looked_at += 1;
            let asked = Instant::now();
            let replay = replay(host, &connection, &row, Some(candidate), Some(&within)).await?;
            match &replay.verdict {
                Verdict::Same => report.same += 1,
                Verdict::Unable { .. } => report.unable += 1,
                Verdict::Differs { .. } => {
                    let connection = connection.name.clone();
                    report.differs.push(Arc::new(Differing { connection, run: row.run, replay }));
                }
            }
            // The next ones would be as slow, and say as little.
            if asked.elapsed() >= MOST_EACH {
                report.left_off = true;
                return Ok(report);
            }
        }
    }
    Ok(report)
}

async fn connections(host: &Host, connector: &str) -> Result<Vec<Connection>, Problem> {
    let mut connections = [host.db.connections().await?, host.db.flows().await?].concat();
    connections.retain(|connection| connection.connector == connector);
    Ok(connections)
}
