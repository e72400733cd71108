//! Installing connectors: from bytes to a version that may become active, and what people do with versions.
//!
//! [`install`] is the list of steps; each refuses for a reason of its own. What follows from an approved
//! version is `activation`.

mod approved;
mod steps;

use std::{sync::Arc, time::Instant};

use windlass_db::{DbError, Stage, Version, VersionState};
use windlass_sandbox::Connector;

use crate::{
    activation::{self, LateHost, Started, Unfit},
    asks::{Compared, compare},
    host::Host,
    problem::Problem,
    replay,
    signing::{self, Offer},
};

pub use steps::Passed;

/// A host that was silent for so long is not among those anybody asks for.
const SILENT_HOST_MS: i64 = 86_400_000;

/// How an install, approval, activation or rollback ended.
#[derive(Debug, Clone)]
pub struct InstallOutcome {
    pub connector: String,
    pub version: String,
    pub digest: String,
    pub standing: Standing,
    /// The version that was active before, if it was another one.
    pub former: Option<String>,
    /// What the version asks for, beside what is approved.
    pub asks: Vec<Compared>,
    /// What an install has passed before it came to its standing.
    pub steps: Vec<Passed>,
    /// What is doubtful of an installed component's signature; a sentence.
    pub warning: Option<String>,
    /// What an installed version makes of calls that the one before it made.
    pub replay: Option<replay::Report>,
    /// Connections that it does not fit; they stay on the version they run.
    pub unfit: Vec<Unfit>,
    /// Hosts that have not loaded it.
    pub late: Vec<LateHost>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    WaitsForApproval,
    /// One connection runs it first.
    First(Option<String>),
    Active {
        /// It goes back by itself if it fails where the former version worked.
        watched: bool,
    },
}

/// Loads a component and activates it, unless it asks for something that is not approved and `approve` is
/// false.
pub async fn install(
    host: &Host,
    wasm: Vec<u8>,
    offer: &Offer,
    approve: bool,
) -> Result<InstallOutcome, Problem> {
    let wasm = Arc::new(wasm);
    let mut verified = signing::verify(host, &wasm, offer).await?;
    let mut steps = vec![steps::signature(&verified)];
    let began = Instant::now();
    // Size, structure, world, imports, `describe`, spec, compiled under a bound.
    let connector = Arc::new(host.sandbox.load(wasm.clone()).await?);
    steps.extend(steps::component(wasm.len(), &connector, began.elapsed()));
    let (candidate, is_known) = candidate(host, &connector).await?;
    refuse_bad(&candidate)?;
    let approved = approved::spec(host, &connector.spec.name).await?;
    let asks = compare(approved.as_ref(), &connector.spec);
    steps.push(steps::asks(&asks));
    let replay = replay::before_active(host, &connector).await?;
    steps.push(steps::replay(replay.as_ref()));
    signing::claim(host, &connector.spec.name, offer, &mut verified).await?;
    if !is_known {
        host.db.version_add(host.db.now().await?, &candidate, &wasm).await?;
    }
    let kept = host.db.origin_keep(&offer.origin(&candidate.digest, &verified)).await;
    kept.map_err(|error| Problem::refused("connector.busy", error).hint("install it again"))?;
    host.registry.add(connector.clone());
    let nothing_new = approved.is_some() && !asks.iter().any(|ask| ask.needs_approval);
    if !approve && !nothing_new && candidate.state != VersionState::Approved {
        let unfit = activation::judge(host, &connector).await?.unfit;
        let waits = outcome(&candidate, Standing::WaitsForApproval, asks);
        return Ok(InstallOutcome { steps, warning: verified.warning, replay, unfit, ..waits });
    }
    let person = if approve { Some(host.db.now().await?) } else { None };
    let activated = async {
        host.db.version_approve(&candidate.connector, &candidate.version, person).await?;
        let started = activation::start(host, &connector).await?;
        told(host, &candidate, started, asks).await
    };
    let told = activated.await.map_err(|problem: Problem| match problem.status {
        // It was there a moment ago.
        404 => Problem::conflict("connector.busy", "the connector was removed in the same moment")
            .hint("install it again"),
        _ => problem,
    })?;
    Ok(InstallOutcome { steps, warning: verified.warning, replay, ..told })
}

/// A person has read the asks: the version is approved and activated. Also one that was undone as bad.
pub async fn approve(host: &Host, connector: &str, version: &str) -> Result<InstallOutcome, Problem> {
    let versions = known_versions(host, connector).await?;
    let chosen = find(&versions, connector, version)?;
    let loaded = load(host, chosen).await?;
    let asks = compare(approved::spec(host, connector).await?.as_ref(), &loaded.spec);
    host.db.version_approve(connector, &chosen.version, Some(host.db.now().await?)).await?;
    let started = activation::start(host, &loaded).await?;
    told(host, chosen, started, asks).await
}

/// Activates an approved version. A person asks for it, so one that was undone is tried again.
pub async fn activate(host: &Host, connector: &str, version: &str) -> Result<InstallOutcome, Problem> {
    let versions = known_versions(host, connector).await?;
    refuse_unapproved(find(&versions, connector, version)?)?;
    approve(host, connector, version).await
}

/// Returns to a version, for all connections at once: the one named, or the one that was active before the
/// present one. An activation that is under way is undone.
pub async fn rollback(host: &Host, connector: &str, to: Option<&str>) -> Result<InstallOutcome, Problem> {
    let versions = known_versions(host, connector).await?;
    let open = host.db.activation(connector).await?.filter(|last| last.stage.is_open());
    if let (None, Some(open)) = (to, &open)
        && let Some(former) = versions.iter().find(|known| Some(&known.digest) == open.former.as_ref())
    {
        return undo(host, open, &versions, former).await;
    }
    let chosen = match to {
        Some(version) => find(&versions, connector, version)?,
        None => former(&versions).ok_or_else(|| {
            let detail = format!("no other version of {connector} has ever been active");
            Problem::conflict("connector.no-former", detail)
                .hint(format!("`windlass connector show {connector}` lists its versions"))
        })?,
    };
    refuse_unapproved(chosen)?;
    let loaded = load(host, chosen).await?;
    let asks = compare(approved::spec(host, connector).await?.as_ref(), &loaded.spec);
    let started = activation::settle(host, &loaded).await?;
    told(host, chosen, started, asks).await
}

/// Deletes a connector that no connection uses, with all its versions.
pub async fn remove(host: &Host, connector: &str) -> Result<(), Problem> {
    host.db.connector_remove(connector).await.map_err(|error| match error {
        DbError::Missing { .. } => missing(connector),
        error => Problem::refused("connector.in-use", error).hint(
            "delete its connections first: `windlass connection delete NAME`, `windlass flow delete NAME`",
        ),
    })?;
    activation::follow(host).await?;
    forget_compiled(host).await
}

/// Deletes old versions that nothing needs, compiled code of versions that are gone, and silent hosts.
pub async fn prune(host: &Host) -> Result<(), Problem> {
    let now = host.db.now().await?;
    host.db.hosts_forget(now - SILENT_HOST_MS).await?;
    let before = now - host.settings.keep_versions_ms;
    let pruned = host.db.versions_prune(before, host.settings.keep_versions).await?;
    if pruned > 0 {
        tracing::info!(versions = pruned, "pruned versions that nothing needs");
    }
    forget_compiled(host).await
}

async fn forget_compiled(host: &Host) -> Result<(), Problem> {
    let kept = host.db.component_digests().await?;
    let removed = host.sandbox.keep_compiled(|digest| kept.iter().any(|kept| kept == digest));
    removed.map(drop).map_err(Problem::host)
}

/// The row of the version to be, or the one that is already there for the same bytes; and whether it is.
async fn candidate(host: &Host, connector: &Connector) -> Result<(Version, bool), Problem> {
    let (name, version) = (&connector.spec.name, connector.spec.version.to_string());
    let known = host.db.versions_of(name).await?.into_iter().find(|known| known.version == version);
    match known {
        Some(known) if known.digest == connector.digest => Ok((known, true)),
        Some(_) => Err(Problem::conflict(
            "connector.version-taken",
            format!("another component is already installed as {name} {version}"),
        )
        .hint("raise the version in the connector's spec")),
        None => {
            let installed_at = host.db.now().await?;
            let new = Version {
                connector: name.clone(),
                version,
                digest: connector.digest.clone(),
                spec: connector.spec_json.clone(),
                state: VersionState::WaitsForApproval,
                active: false,
                installed_at,
                activated_at: None,
                approved_at: None,
                bad_at: None,
                bad_evidence: None,
            };
            Ok((new, false))
        }
    }
}

/// Scripts install again and again; only a person may try a bad version once more.
fn refuse_bad(version: &Version) -> Result<(), Problem> {
    if version.bad_at.is_none() {
        return Ok(());
    }
    let Version { connector, version, .. } = version;
    let detail =
        format!("version {version} of {connector} was undone: it failed where the former one worked");
    Err(Problem::conflict("connector.bad", detail).hint(format!(
        "`windlass connector show {connector}` shows how; `windlass connector approve {connector} {version}` \
         tries it again"
    )))
}

fn refuse_unapproved(version: &Version) -> Result<(), Problem> {
    if version.state == VersionState::Approved {
        return Ok(());
    }
    let Version { connector, version, .. } = version;
    let detail = format!("version {version} of {connector} waits for approval");
    Err(Problem::conflict("connector.needs-approval", detail)
        .hint(format!("read what it asks for and run `windlass connector approve {connector} {version}`")))
}

/// The version that was active before the present one and did not fail.
fn former(versions: &[Version]) -> Option<&Version> {
    let could = |version: &&Version| {
        !version.active && version.state == VersionState::Approved && version.bad_at.is_none()
    };
    let been = versions.iter().filter(could).filter_map(|version| Some((version.activated_at?, version)));
    been.max_by_key(|(activated_at, _)| *activated_at).map(|(_, version)| version)
}

async fn undo(
    host: &Host,
    open: &windlass_db::Activation,
    versions: &[Version],
    former: &Version,
) -> Result<InstallOutcome, Problem> {
    activation::undo(host, open, "a person returned to the former version", None).await?;
    let undone = versions.iter().find(|known| known.digest == open.digest);
    let loaded = load(host, former).await?;
    let asks = compare(approved::spec(host, &former.connector).await?.as_ref(), &loaded.spec);
    let unfit = activation::judge(host, &loaded).await?.unfit;
    let undone = undone.map(|undone| undone.version.clone());
    let standing = Standing::Active { watched: false };
    Ok(InstallOutcome { former: undone, unfit, ..outcome(former, standing, asks) })
}

async fn told(
    host: &Host,
    version: &Version,
    started: Started,
    asks: Vec<Compared>,
) -> Result<InstallOutcome, Problem> {
    let standing = match started.stage {
        Stage::First | Stage::Loading => Standing::First(started.first),
        Stage::All => Standing::Active { watched: true },
        Stage::Confirmed | Stage::Undone => Standing::Active { watched: false },
    };
    let versions = host.db.versions_of(&version.connector).await?;
    let former = versions.into_iter().find(|known| Some(&known.digest) == started.former.as_ref());
    Ok(InstallOutcome {
        former: former.map(|former| former.version),
        unfit: started.unfit,
        late: started.late,
        ..outcome(version, standing, asks)
    })
}

fn outcome(version: &Version, standing: Standing, asks: Vec<Compared>) -> InstallOutcome {
    InstallOutcome {
        connector: version.connector.clone(),
        version: version.version.clone(),
        digest: version.digest.clone(),
        standing,
        former: None,
        asks,
        steps: Vec::new(),
        warning: None,
        replay: None,
        unfit: Vec::new(),
        late: Vec::new(),
    }
}

async fn known_versions(host: &Host, connector: &str) -> Result<Vec<Version>, Problem> {
    let versions = host.db.versions_of(connector).await?;
    if versions.is_empty() { Err(missing(connector)) } else { Ok(versions) }
}

fn missing(connector: &str) -> Problem {
    Problem::missing("connector", connector).hint("`windlass connector list` lists what is installed")
}

fn find<'a>(versions: &'a [Version], connector: &str, version: &str) -> Result<&'a Version, Problem> {
    versions.iter().find(|known| known.version == version).ok_or_else(|| {
        Problem::new(
            404,
            "connector.version-missing",
            format!("there is no version {version} of {connector}"),
        )
        .hint(format!("`windlass connector show {connector}` lists its versions"))
    })
}

/// Compiled now, so that the swap itself does not wait for it.
async fn load(host: &Host, version: &Version) -> Result<Arc<Connector>, Problem> {
    Ok(host.registry.load(&host.db, &host.sandbox, &version.digest).await?)
}
