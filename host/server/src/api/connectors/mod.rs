//! Connectors and their versions.

mod origin;
mod outcome;
mod says;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use windlass_db::{Activation, Origin, Stage, Version, VersionState};

pub use self::outcome::ask_view;
use self::{
    origin::{SignatureView, signature_view},
    outcome::OutcomeView,
};
use super::{
    Api,
    extract::{Body, Names, Params, Raw},
    page::Page,
    time,
};
use crate::{
    activation::{Evidence, Guard},
    install,
    problem::Problem,
};

/// A connector in a list:
/// `{"name": "baselinker", "title": "BaseLinker", "active": "1.0.0", "digest": "…",
/// "publisher": "DABDD39CE10C7A06", "activation": ACTIVATION, "versions": [VERSION]}`; publisher is the id of the
/// key whose connector the name is, null while no version was signed.
#[derive(Serialize)]
pub struct ConnectorView {
    name: String,
    title: Value,
    /// The active version; null while the first one waits for approval.
    active: Option<String>,
    digest: Option<String>,
    publisher: Option<String>,
    /// The last one; null before the first.
    activation: Option<ActivationView>,
    /// Newest installed first.
    versions: Vec<VersionView>,
}

/// `{"version": "1.1.0", "former": "1.0.0", "stage": "first", "first": "shop", "since": "…", "calls": 3,
/// "reason": null, "says": "…"}`; stage is `loading`, `first`, `all`, `confirmed` or `undone`. `calls` have
/// returned in this stage, and `says` is what comes next, as a sentence.
#[derive(Serialize)]
struct ActivationView {
    version: Option<String>,
    former: Option<String>,
    stage: &'static str,
    first: Option<String>,
    since: String,
    calls: i64,
    reason: Option<String>,
    says: String,
}

/// A connection that runs another version than the active one:
/// `{"connection": "shop", "version": "1.0.0", "why": "unfit", "reason": "/token: …"}`; why is `unfit` or
/// `first`.
#[derive(Serialize)]
struct ApartView {
    connection: String,
    version: Option<String>,
    why: &'static str,
    reason: Option<String>,
}

/// One connector: as in the list, the spec of the active version, else of the newest one, and `apart`: the
/// connections that run another version than the active one.
#[derive(Serialize)]
pub struct ConnectorDetail {
    #[serde(flatten)]
    connector: ConnectorView,
    apart: Vec<ApartView>,
    spec: Box<RawValue>,
}

/// `{"version": "1.0.0", "digest": "…", "state": "approved", "active": true, "installed_at": "…",
/// "activated_at": "…", "source": "upload", "signature": {"key": "…", "comment": "…"}, "bad_at": null,
/// "evidence": null}`; source is `upload`, `folder: FILE` or `oci://…@sha256:…`; signature is null unless a
/// trusted key has verified it, and its comment is what the signer wrote; state is `approved` or `waits-for-approval`. One
/// that was undone because it failed is bad, with the call that showed it: `{"connection", "run", "call",
/// "export", "code", "message"}`.
#[derive(Serialize)]
pub struct VersionView {
    version: String,
    digest: String,
    state: &'static str,
    active: bool,
    installed_at: String,
    activated_at: Option<String>,
    source: Option<String>,
    signature: Option<SignatureView>,
    bad_at: Option<String>,
    evidence: Option<Evidence>,
}

/// One version with its spec.
#[derive(Serialize)]
pub struct VersionDetail {
    #[serde(flatten)]
    version: VersionView,
    spec: Box<RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstallParams {
    #[serde(default)]
    approve: bool,
    /// Where it was fetched from; an upload when none.
    source: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollbackBody {
    to: Option<String>,
}

pub async fn list(State(api): State<Api>) -> Result<Json<Page<ConnectorView>>, Problem> {
    let versions = api.host.db.versions().await?;
    let origins = api.host.db.origins().await?;
    let mut views = Vec::new();
    for versions in versions.chunk_by(|one, other| one.connector == other.connector) {
        views.push(view(&api, versions, &origins).await?);
    }
    Ok(Json(Page::whole(views)))
}

pub async fn show(
    State(api): State<Api>,
    Names(name): Names<String>,
) -> Result<Json<ConnectorDetail>, Problem> {
    let versions = versions_of(&api, &name).await?;
    let spec = RawValue::from_string(shown(&versions).spec.clone()).map_err(Problem::host)?;
    let apart = apart(&api, &name, &versions).await?;
    let connector = view(&api, &versions, &api.host.db.origins().await?).await?;
    Ok(Json(ConnectorDetail { connector, apart, spec }))
}

pub async fn show_version(
    State(api): State<Api>,
    Names((name, version)): Names<(String, String)>,
) -> Result<Json<VersionDetail>, Problem> {
    let versions = versions_of(&api, &name).await?;
    let found = versions.iter().find(|known| known.version == version);
    let found = found.ok_or_else(|| Problem::missing("version", format!("{version} of {name}")))?;
    let spec = RawValue::from_string(found.spec.clone()).map_err(Problem::host)?;
    let version = version_view(found, &api.host.db.origins().await?);
    Ok(Json(VersionDetail { version, spec }))
}

/// The body is the component. 201 also when it waits for approval: it is installed then, not active.
pub async fn install(
    State(api): State<Api>,
    Params(params): Params<InstallParams>,
    headers: HeaderMap,
    Raw(wasm): Raw,
) -> Result<(StatusCode, Json<OutcomeView>), Problem> {
    let offer = origin::offer(params.source, &headers)?;
    let outcome = install::install(&api.host, wasm.to_vec(), &offer, params.approve).await?;
    Ok((StatusCode::CREATED, Json(outcome::view(&api, outcome).await?)))
}

pub async fn approve(
    State(api): State<Api>,
    Names((name, version)): Names<(String, String)>,
) -> Result<Json<OutcomeView>, Problem> {
    Ok(Json(outcome::view(&api, install::approve(&api.host, &name, &version).await?).await?))
}

pub async fn activate(
    State(api): State<Api>,
    Names((name, version)): Names<(String, String)>,
) -> Result<Json<OutcomeView>, Problem> {
    Ok(Json(outcome::view(&api, install::activate(&api.host, &name, &version).await?).await?))
}

pub async fn rollback(
    State(api): State<Api>,
    Names(name): Names<String>,
    Body(body): Body<RollbackBody>,
) -> Result<Json<OutcomeView>, Problem> {
    Ok(Json(outcome::view(&api, install::rollback(&api.host, &name, body.to.as_deref()).await?).await?))
}

/// Refused while connections use it.
pub async fn remove(State(api): State<Api>, Names(name): Names<String>) -> Result<StatusCode, Problem> {
    install::remove(&api.host, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn versions_of(api: &Api, name: &str) -> Result<Vec<Version>, Problem> {
    let versions = api.host.db.versions_of(name).await?;
    match versions.is_empty() {
        true => {
            Err(Problem::missing("connector", name).hint("`windlass connector list` lists what is installed"))
        }
        false => Ok(versions),
    }
}

/// Of versions that are never empty.
fn shown(versions: &[Version]) -> &Version {
    versions.iter().find(|version| version.active).unwrap_or(&versions[0])
}

async fn view(api: &Api, versions: &[Version], origins: &[Origin]) -> Result<ConnectorView, Problem> {
    let active = versions.iter().find(|version| version.active);
    let spec: Value = serde_json::from_str(&shown(versions).spec).unwrap_or_default();
    let name = &versions[0].connector;
    let activation = api.host.db.activation(name).await?;
    let publisher = api.host.db.publisher(name).await?;
    let guard = api.host.settings.guard;
    Ok(ConnectorView {
        activation: activation.map(|activation| activation_view(activation, versions, guard)),
        name: name.clone(),
        title: spec.get("title").cloned().unwrap_or_default(),
        active: active.map(|version| version.version.clone()),
        digest: active.map(|version| version.digest.clone()),
        publisher: publisher.map(|publisher| publisher.key_id),
        versions: versions.iter().map(|version| version_view(version, origins)).collect(),
    })
}

fn number(versions: &[Version], digest: &str) -> Option<String> {
    versions.iter().find(|version| version.digest == digest).map(|version| version.version.clone())
}

fn activation_view(activation: Activation, versions: &[Version], guard: Guard) -> ActivationView {
    let version = number(versions, &activation.digest);
    let former = activation.former.as_deref().and_then(|digest| number(versions, digest));
    let name = version.as_deref().unwrap_or("a version that is gone");
    let says = match activation.stage {
        Stage::Loading => format!("{name} is being loaded by every host"),
        Stage::First => {
            let says = says::first(name, activation.first.as_deref(), guard);
            format!("{says} ({} so far)", activation.calls)
        }
        Stage::All => says::watched(name, guard),
        Stage::Confirmed => format!("{name} is active"),
        Stage::Undone => {
            format!("{name} was undone: {}", activation.reason.as_deref().unwrap_or_default())
        }
    };
    ActivationView {
        former,
        stage: activation.stage.as_str(),
        first: activation.first.clone(),
        since: time::text(activation.since),
        calls: activation.calls,
        reason: activation.reason,
        says,
        version,
    }
}

async fn apart(api: &Api, connector: &str, versions: &[Version]) -> Result<Vec<ApartView>, Problem> {
    let connections = [api.host.db.connections().await?, api.host.db.flows().await?].concat();
    let apart = connections.into_iter().filter(|connection| connection.connector == connector);
    let apart = apart.filter_map(|connection| {
        let own = connection.own?;
        Some(ApartView {
            connection: connection.name,
            version: number(versions, &own.digest),
            why: own.why.as_str(),
            reason: own.reason,
        })
    });
    Ok(apart.collect())
}

fn version_view(version: &Version, origins: &[Origin]) -> VersionView {
    let origin = origins.iter().find(|origin| origin.digest == version.digest);
    VersionView {
        version: version.version.clone(),
        digest: version.digest.clone(),
        state: match version.state {
            VersionState::Approved => "approved",
            VersionState::WaitsForApproval => "waits-for-approval",
        },
        active: version.active,
        installed_at: time::text(version.installed_at),
        activated_at: version.activated_at.map(time::text),
        source: origin.map(|origin| origin.source.clone()),
        signature: origin.and_then(signature_view),
        bad_at: version.bad_at.map(time::text),
        evidence: version.bad_evidence.as_deref().and_then(|json| serde_json::from_str(json).ok()),
    }
}
