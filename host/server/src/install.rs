//! Installing connectors: what a version asks for, its approval, and the swap.
//!
//! A version becomes active in one statement. What follows from that (the code that runs, the streams of
//! its connections) every host sees to by itself in [`follow`], also at its start: so a crash between two
//! steps leaves a version that is not active yet, and is healed by installing again, or one that is.

use std::{collections::HashMap, sync::Arc};

use windlass_db::{Connection, ConnectionKind, DbError, Judged, Version, VersionState};
use windlass_sandbox::{
    Connector,
    spec::{Spec, UniqueValue},
};

use crate::{
    asks::{Compared, compare},
    connections::{config_of, ensure_streams, unique_values},
    flows,
    host::Host,
    problem::Problem,
    registry::RegistryError,
    replay,
    signing::{self, Offer},
    webhooks,
};

/// Connections are changed by people; more tries than this mean a script that does nothing else.
const MOST_TRIES: u32 = 20;

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
    /// What an installed version makes of calls that the one before it made.
    pub replay: Option<replay::Report>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Active,
    WaitsForApproval,
}

/// Loads a component and makes it its connector's active version, unless it asks for something that
/// is not approved and `approve` is false.
pub async fn install(
    host: &Host,
    wasm: Vec<u8>,
    offer: &Offer,
    approve: bool,
) -> Result<InstallOutcome, Problem> {
    let wasm = Arc::new(wasm);
    let verified = signing::verify(host, &wasm, offer).await?;
    let connector = Arc::new(host.sandbox.load(wasm.clone()).await?);
    let candidate = candidate(host, &connector).await?;
    let present = active_spec(host, &connector.spec.name).await?;
    let asks = compare(present.as_ref(), &connector.spec);
    judge(host, &connector.spec).await?;
    let replay = replay::before_active(host, &connector).await?;
    signing::claim(host, &connector.spec.name, offer, &verified).await?;
    host.db.version_add(host.db.now().await?, &candidate, &wasm).await?;
    host.db.origin_keep(&offer.origin(&candidate.digest, &verified)).await?;
    host.registry.add(connector.clone());
    let nothing_new = present.is_some() && !asks.iter().any(|ask| ask.needs_approval);
    if approve || nothing_new || candidate.state == VersionState::Approved {
        host.db.version_approve(&candidate.connector, &candidate.version).await?;
        let active = make_active(host, &candidate, &connector.spec, asks).await?;
        return Ok(InstallOutcome { replay, ..active });
    }
    Ok(InstallOutcome { replay, ..outcome(&candidate, Standing::WaitsForApproval, None, asks) })
}

/// A person has read the asks: the version is approved and made active.
pub async fn approve(host: &Host, connector: &str, version: &str) -> Result<InstallOutcome, Problem> {
    let versions = known_versions(host, connector).await?;
    let chosen = find(&versions, connector, version)?;
    let spec = load_spec(host, chosen).await?;
    judge(host, &spec).await?;
    let asks = compare(active_spec(host, connector).await?.as_ref(), &spec);
    host.db.version_approve(connector, &chosen.version).await?;
    make_active(host, chosen, &spec, asks).await
}

/// Makes an approved version the active one.
pub async fn activate(host: &Host, connector: &str, version: &str) -> Result<InstallOutcome, Problem> {
    let versions = known_versions(host, connector).await?;
    let chosen = find(&versions, connector, version)?;
    if chosen.state == VersionState::WaitsForApproval {
        let detail = format!("version {version} of {connector} waits for approval");
        return Err(Problem::conflict("connector.needs-approval", detail).hint(format!(
            "read what it asks for and run `windlass connector approve {connector} {version}`"
        )));
    }
    let spec = load_spec(host, chosen).await?;
    judge(host, &spec).await?;
    let asks = compare(active_spec(host, connector).await?.as_ref(), &spec);
    make_active(host, chosen, &spec, asks).await
}

/// Returns to a version: the one named, or the one that was active before the present one.
pub async fn rollback(host: &Host, connector: &str, to: Option<&str>) -> Result<InstallOutcome, Problem> {
    if let Some(version) = to {
        return activate(host, connector, version).await;
    }
    let versions = known_versions(host, connector).await?;
    let former = versions
        .iter()
        .filter(|version| !version.active && version.state == VersionState::Approved)
        .filter_map(|version| Some((version.activated_at?, version)))
        .max_by_key(|(activated_at, _)| *activated_at);
    let Some((_, former)) = former else {
        let detail = format!("no other version of {connector} has ever been active");
        return Err(Problem::conflict("connector.no-former", detail)
            .hint(format!("`windlass connector show {connector}` lists its versions")));
    };
    activate(host, connector, &former.version).await
}

/// Switches this host to the versions that are active, and gives their connections the streams and the
/// webhook addresses that these versions bring.
pub async fn follow(host: &Host) -> Result<(), RegistryError> {
    let switched = host.registry.follow(&host.db, &host.sandbox).await?;
    if switched.is_empty() {
        return Ok(());
    }
    for connection in [host.db.connections().await?, host.db.flows().await?].concat() {
        let connector = switched.iter().find(|connector| connector.spec.name == connection.connector);
        let Some(connector) = connector else { continue };
        // One bad connection must not keep the others from being followed.
        let followed = match connection.kind {
            ConnectionKind::Connector => ensure_streams(host, &connection, &connector.spec).await,
            ConnectionKind::Flow => flows::follow_version(host, &connection, &connector.spec).await,
        };
        if let Err(error) = followed {
            tracing::error!(connection = connection.name, %error, "cannot add the streams of a version");
        }
        if let Err(error) = webhooks::ensure(host, &connection, &connector.spec).await {
            tracing::error!(connection = connection.name, %error, "cannot add the webhooks of a version");
        }
    }
    Ok(())
}

/// The row of the version to be, or the one that is already there for the same bytes.
async fn candidate(host: &Host, connector: &Connector) -> Result<Version, Problem> {
    let (name, version) = (&connector.spec.name, connector.spec.version.to_string());
    let known = host.db.versions_of(name).await?.into_iter().find(|known| known.version == version);
    match known {
        Some(known) if known.digest == connector.digest => Ok(known),
        Some(_) => Err(Problem::conflict(
            "connector.version-taken",
            format!("another component is already installed as {name} {version}"),
        )
        .hint("raise the version in the connector's spec")),
        None => Ok(Version {
            connector: name.clone(),
            version,
            digest: connector.digest.clone(),
            spec: connector.spec_json.clone(),
            state: VersionState::WaitsForApproval,
            active: false,
            installed_at: host.db.now().await?,
            activated_at: None,
        }),
    }
}

/// Judges every connection by the version. Those whose configuration does not fit, or repeats what stands
/// in another, are named and keep it from becoming active. (Once a connection may stay behind on the former
/// version, this is the place.)
async fn judge(host: &Host, spec: &Spec) -> Result<Vec<Judged>, Problem> {
    let (mut judged, mut unfit) = (Vec::new(), Vec::new());
    let mut holders: HashMap<(String, String), String> = HashMap::new();
    for connection in connections_of(host, &spec.name).await? {
        let secrets = host.db.secrets(connection.id).await?;
        let secrets: Vec<&str> = secrets.iter().map(|secret| secret.field.as_str()).collect();
        let config = config_of(&connection)?;
        if let Some(problem) = spec.validate_config(&config, &secrets).first() {
            unfit.push(format!("{}: {problem}", connection.name));
        }
        let whole = spec.with_defaults(&config);
        for value in spec.values_unique_in_connector(&whole).into_iter().filter(UniqueValue::refuses) {
            let place = (value.field.clone(), value.value.clone());
            let holder = holders.entry(place).or_insert_with(|| connection.name.clone());
            if *holder != connection.name {
                let sentence = value.repeated(&format!("in connection {holder}"));
                unfit.push(format!("{}: {}: {sentence}", connection.name, value.pointer));
            }
        }
        let unique = unique_values(spec, &whole);
        judged.push(Judged { connection: connection.id, revision: connection.revision, unique });
    }
    match unfit.is_empty() {
        true => Ok(judged),
        false => {
            let detail =
                format!("connections do not fit {} {}: {}", spec.name, spec.version, unfit.join("; "));
            Err(Problem::conflict("connector.config-unfit", detail)
                .hint("change their configuration with `windlass connection set`, or delete them"))
        }
    }
}

async fn make_active(
    host: &Host,
    version: &Version,
    spec: &Spec,
    asks: Vec<Compared>,
) -> Result<InstallOutcome, Problem> {
    let former = known_versions(host, &version.connector).await?.into_iter().find(|known| known.active);
    if former.as_ref().is_none_or(|former| former.digest != version.digest) {
        switch(host, version, spec).await?;
    }
    follow(host).await?;
    let former = former.map(|former| former.version).filter(|former| *former != version.version);
    tracing::info!(
        connector = version.connector,
        version = version.version,
        digest = version.digest,
        "active"
    );
    Ok(outcome(version, Standing::Active, former, asks))
}

/// Connections that are made or changed meanwhile are judged again, so that none is passed over.
async fn switch(host: &Host, version: &Version, spec: &Spec) -> Result<(), Problem> {
    for _ in 0..MOST_TRIES {
        let judged = judge(host, spec).await?;
        let now = host.db.now().await?;
        match host.db.version_activate(now, &version.connector, &version.version, &judged).await {
            Err(DbError::Outdated) => {}
            switched => return Ok(switched.map(drop)?),
        }
    }
    let detail = format!("connections of {} are being changed all the time", version.connector);
    Err(Problem::conflict("connection.busy", detail).hint("try again"))
}

fn outcome(
    version: &Version,
    standing: Standing,
    former: Option<String>,
    asks: Vec<Compared>,
) -> InstallOutcome {
    InstallOutcome {
        connector: version.connector.clone(),
        version: version.version.clone(),
        digest: version.digest.clone(),
        standing,
        former,
        asks,
        replay: None,
    }
}

async fn known_versions(host: &Host, connector: &str) -> Result<Vec<Version>, Problem> {
    let versions = host.db.versions_of(connector).await?;
    if versions.is_empty() {
        return Err(Problem::missing("connector", connector)
            .hint("`windlass connector list` lists what is installed"));
    }
    Ok(versions)
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

async fn active_spec(host: &Host, connector: &str) -> Result<Option<Spec>, Problem> {
    let versions = host.db.versions_of(connector).await?;
    let active = versions.iter().find(|version| version.active);
    active.map(|version| Spec::parse(&version.spec).map_err(Problem::host)).transpose()
}

/// Compiled now, so that the swap itself does not wait for it.
async fn load_spec(host: &Host, version: &Version) -> Result<Arc<Spec>, Problem> {
    Ok(host.registry.load(&host.db, &host.sandbox, &version.digest).await?.spec.clone())
}

async fn connections_of(host: &Host, connector: &str) -> Result<Vec<Connection>, Problem> {
    let mut connections = [host.db.connections().await?, host.db.flows().await?].concat();
    connections.retain(|connection| connection.connector == connector);
    Ok(connections)
}
