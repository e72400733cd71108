//! The steps of an activation, and the way back.

use std::sync::Arc;

use serde_json::json;
use windlass_db::{Activation, After, Back, DbError, Stage, Switch, Version};
use windlass_sandbox::Connector;

use super::{Evidence, LateHost, Unfit, follow, hosts, judge};
use crate::{host::Host, problem::Problem};

/// Connections are changed by people; more tries than this mean a script that does nothing else.
const MOST_TRIES: u32 = 20;

/// How far a version has come.
#[derive(Debug, Clone)]
pub struct Started {
    pub stage: Stage,
    /// The connection that runs it first.
    pub first: Option<String>,
    /// The digest of the version that it takes the place of.
    pub former: Option<String>,
    pub unfit: Vec<Unfit>,
    pub late: Vec<LateHost>,
}

/// Activates a version: for one connection first, if it takes the place of another version and more than one
/// connection would run it.
pub async fn start(host: &Host, connector: &Arc<Connector>) -> Result<Started, Problem> {
    let (name, digest) = (connector.spec.name.as_str(), connector.digest.as_str());
    let active = active(host, name).await?.map(|version| version.digest);
    let last = host.db.activation(name).await?;
    let is_this = |activation: &&Activation| activation.digest == digest && activation.stage.is_open();
    match (active, last) {
        (None, _) => settle(host, connector).await,
        (_, Some(open)) if is_this(&&open) && open.stage != Stage::Loading => {
            as_it_is(host, connector, open).await
        }
        (Some(active), last) if active == digest => {
            // Whatever was tried in its place is not wanted any more.
            if let Some(other) = last.filter(|other| other.stage == Stage::First) {
                undo(host, &other, "the active version was chosen again", None).await?;
            }
            let unfit = judge(host, connector).await?.unfit;
            Ok(Started { stage: Stage::Confirmed, first: None, former: None, unfit, late: Vec::new() })
        }
        (Some(active), last) => {
            if let Some(other) = last.filter(|other| other.stage == Stage::First) {
                undo(host, &other, "another version was chosen", None).await?;
            }
            let started = take_the_place_of(host, connector, active).await;
            match (started, host.db.activation(name).await?) {
                // Somebody else activates the same version in the same moment.
                (Err(_), Some(open)) if is_this(&&open) && open.stage != Stage::Loading => {
                    as_it_is(host, connector, open).await
                }
                (started, _) => started,
            }
        }
    }
}

/// A person's word: the version is active for all at once, and nothing undoes it.
pub async fn settle(host: &Host, connector: &Arc<Connector>) -> Result<Started, Problem> {
    let (name, digest) = (connector.spec.name.as_str(), connector.digest.as_str());
    let former = active(host, name).await?.filter(|former| former.digest != digest);
    if let Some(other) = host.db.activation(name).await?.filter(|other| other.stage == Stage::First) {
        undo(host, &other, "another version was chosen", None).await?;
    }
    let former_digest = former.as_ref().map(|former| former.digest.as_str());
    let late = load(host, name, digest, former_digest).await?;
    let back = match &former {
        Some(former) => back(state_of(former)?, connector.spec.state).filter(|back| back.to < back.from),
        None => None,
    };
    let unfit = switch(host, connector, back, After::Settle).await?;
    let former = former.map(|former| former.digest);
    Ok(Started { stage: Stage::Confirmed, first: None, former, unfit, late })
}

/// Goes back to the former version: by itself, with the evidence that makes this one bad, or because a
/// person says so. Nothing happens if it was undone already.
pub async fn undo(
    host: &Host,
    activation: &Activation,
    reason: &str,
    evidence: Option<&Evidence>,
) -> Result<(), Problem> {
    let Some(former) = &activation.former else { return Ok(()) };
    let undone = host.registry.load(&host.db, &host.sandbox, &activation.digest).await?;
    let former = host.registry.load(&host.db, &host.sandbox, former).await?;
    let evidence = evidence.map(|evidence| json!(evidence).to_string());
    let after = After::Undo { digest: &activation.digest, reason, evidence: evidence.as_deref() };
    switch(host, &former, back(undone.spec.state, former.spec.state), after).await?;
    let (connector, digest) = (&activation.connector, &activation.digest);
    match evidence {
        Some(_) => tracing::error!(connector, digest, reason, "undone: it failed where the former worked"),
        None => tracing::info!(connector, digest, reason, "undone"),
    }
    Ok(())
}

/// From the first connection to all that the version fits.
pub(super) async fn widen(host: &Host, activation: &Activation) -> Result<(), Problem> {
    let connector = host.registry.load(&host.db, &host.sandbox, &activation.digest).await?;
    switch(host, &connector, None, After::Watch).await.map(drop)
}

async fn take_the_place_of(
    host: &Host,
    connector: &Arc<Connector>,
    former: String,
) -> Result<Started, Problem> {
    let (name, digest) = (connector.spec.name.as_str(), connector.digest.as_str());
    let late = load(host, name, digest, Some(&former)).await?;
    for _ in 0..MOST_TRIES {
        let verdicts = judge(host, connector).await?;
        let unfit = verdicts.unfit;
        let first = match verdicts.fit.len() {
            0 | 1 => None,
            _ => host.db.soonest_connection(name, &verdicts.fit).await?,
        };
        let Some(first) = verdicts.judged.iter().find(|judged| Some(judged.connection) == first) else {
            let unfit = switch(host, connector, None, After::Watch).await?;
            let former = Some(former);
            return Ok(Started { stage: Stage::All, first: None, former, unfit, late });
        };
        match host.db.activation_first(host.db.now().await?, name, digest, first).await {
            Ok(()) => {
                follow(host).await?;
                let first = host.db.connection_by_id(first.connection).await?.map(|first| first.name);
                return Ok(Started { stage: Stage::First, first, former: Some(former), unfit, late });
            }
            Err(DbError::Outdated) => still_loading(host, name, digest).await?,
            Err(error) => return Err(error.into()),
        }
    }
    Err(busy(name))
}

/// Has every host load the version; nothing runs it yet.
async fn load(host: &Host, name: &str, digest: &str, former: Option<&str>) -> Result<Vec<LateHost>, Problem> {
    let begun = host.db.activation_load(host.db.now().await?, name, digest, former).await;
    begun.map_err(|error| match error {
        DbError::Outdated => other(name),
        error => error.into(),
    })?;
    let late = hosts::loaded_by_all(host, digest).await?;
    for host in &late {
        tracing::warn!(host = host.name, digest, why = host.why, "a host has not loaded a version");
    }
    Ok(late)
}

/// Connections that are made or changed meanwhile are judged again, so that none is passed over. Gives
/// those that stay behind.
async fn switch(
    host: &Host,
    connector: &Connector,
    back: Option<Back>,
    after: After<'_>,
) -> Result<Vec<Unfit>, Problem> {
    let (name, digest) = (connector.spec.name.as_str(), connector.digest.as_str());
    for _ in 0..MOST_TRIES {
        let verdicts = judge(host, connector).await?;
        let judged = &verdicts.judged;
        let switch = Switch { connector: name, digest, judged, back, after };
        match host.db.switch(host.db.now().await?, &switch).await {
            Ok(former) => {
                follow(host).await?;
                // Runs that waited for another version go on.
                host.wake.notify_one();
                tracing::info!(connector = name, digest, former, "active");
                return Ok(verdicts.unfit);
            }
            Err(DbError::Outdated) => {
                let last = host.db.activation(name).await?;
                let goes_on = match after {
                    After::Settle => true,
                    After::Watch => last.is_some_and(|last| {
                        last.digest == digest && matches!(last.stage, Stage::Loading | Stage::First)
                    }),
                    After::Undo { digest, .. } => {
                        last.is_some_and(|last| last.digest == digest && last.stage.is_open())
                    }
                };
                if !goes_on {
                    // Another host was faster, or somebody chose another version.
                    follow(host).await?;
                    return Ok(verdicts.unfit);
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(busy(name))
}

async fn as_it_is(host: &Host, connector: &Connector, open: Activation) -> Result<Started, Problem> {
    let unfit = judge(host, connector).await?.unfit;
    Ok(Started { stage: open.stage, first: open.first, former: open.former, unfit, late: Vec::new() })
}

async fn still_loading(host: &Host, name: &str, digest: &str) -> Result<(), Problem> {
    let last = host.db.activation(name).await?;
    match last.is_some_and(|last| last.digest == digest && last.stage == Stage::Loading) {
        true => Ok(()),
        false => Err(other(name)),
    }
}

async fn active(host: &Host, connector: &str) -> Result<Option<Version>, Problem> {
    Ok(host.db.versions_of(connector).await?.into_iter().find(|version| version.active))
}

fn back(from: u32, to: u32) -> Option<Back> {
    Some(Back { from: from.into(), to: to.into() })
}

fn state_of(version: &Version) -> Result<u32, Problem> {
    windlass_sandbox::spec::Spec::parse(&version.spec).map(|spec| spec.state).map_err(Problem::host)
}

fn busy(connector: &str) -> Problem {
    let detail = format!("connections of {connector} are being changed all the time");
    Problem::conflict("connection.busy", detail).hint("try again")
}

fn other(connector: &str) -> Problem {
    let detail = format!("another version of {connector} was chosen in the same moment");
    Problem::conflict("connector.busy", detail)
        .hint(format!("`windlass connector show {connector}` says which"))
}
