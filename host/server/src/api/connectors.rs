//! Connectors and their versions.

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use windlass_db::{Version, VersionState};

use super::{
    Api,
    extract::{Body, Names, Params, Raw},
    page::Page,
    time,
};
use crate::{
    asks::{Compared, Difference, Group},
    install::{self, InstallOutcome, Standing},
    problem::Problem,
    replay,
};

/// A connector in a list:
/// `{"name": "baselinker", "title": "BaseLinker", "active": "1.0.0", "digest": "…", "versions": [VERSION]}`.
#[derive(Serialize)]
pub struct ConnectorView {
    name: String,
    title: Value,
    /// The active version; null while the first one waits for approval.
    active: Option<String>,
    digest: Option<String>,
    /// Newest installed first.
    versions: Vec<VersionView>,
}

/// One connector: as in the list, and the spec of the active version, else of the newest one.
#[derive(Serialize)]
pub struct ConnectorDetail {
    #[serde(flatten)]
    connector: ConnectorView,
    spec: Box<RawValue>,
}

/// `{"version": "1.0.0", "digest": "…", "state": "approved", "active": true, "installed_at": "…",
/// "activated_at": "…"}`; state is `approved` or `waits-for-approval`.
#[derive(Serialize)]
pub struct VersionView {
    version: String,
    digest: String,
    state: &'static str,
    active: bool,
    installed_at: String,
    activated_at: Option<String>,
}

/// One version with its spec.
#[derive(Serialize)]
pub struct VersionDetail {
    #[serde(flatten)]
    version: VersionView,
    spec: Box<RawValue>,
}

/// How an install, approval, activation or rollback ended:
/// `{"connector": "baselinker", "version": "1.1.0", "digest": "…", "state": "active", "former": "1.0.0",
/// "needs_approval": false, "asks": [{"group": "hosts", "name": "…", "text": "…", "difference": "same",
/// "was": null, "needs_approval": false}], "replay": REPORT}`; state is `active` or `waits-for-approval`.
/// `replay` is what an installed version made of recent calls ([`replay::Report`]); null where nothing was
/// compared.
#[derive(Serialize)]
pub struct OutcomeView {
    connector: String,
    version: String,
    digest: String,
    state: &'static str,
    former: Option<String>,
    needs_approval: bool,
    asks: Vec<AskView>,
    replay: Option<replay::Report>,
}

#[derive(Serialize)]
struct AskView {
    group: &'static str,
    name: String,
    text: String,
    difference: &'static str,
    was: Option<String>,
    needs_approval: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstallParams {
    #[serde(default)]
    approve: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollbackBody {
    to: Option<String>,
}

pub async fn list(State(api): State<Api>) -> Result<Json<Page<ConnectorView>>, Problem> {
    let versions = api.host.db.versions().await?;
    let chunks = versions.chunk_by(|one, other| one.connector == other.connector);
    Ok(Json(Page::whole(chunks.map(view))))
}

pub async fn show(
    State(api): State<Api>,
    Names(name): Names<String>,
) -> Result<Json<ConnectorDetail>, Problem> {
    let versions = versions_of(&api, &name).await?;
    let spec = RawValue::from_string(shown(&versions).spec.clone()).map_err(Problem::host)?;
    Ok(Json(ConnectorDetail { connector: view(&versions), spec }))
}

pub async fn show_version(
    State(api): State<Api>,
    Names((name, version)): Names<(String, String)>,
) -> Result<Json<VersionDetail>, Problem> {
    let versions = versions_of(&api, &name).await?;
    let found = versions.iter().find(|known| known.version == version);
    let found = found.ok_or_else(|| Problem::missing("version", format!("{version} of {name}")))?;
    let spec = RawValue::from_string(found.spec.clone()).map_err(Problem::host)?;
    Ok(Json(VersionDetail { version: version_view(found), spec }))
}

/// The body is the component. 201 also when it waits for approval: it is installed then, not active.
pub async fn install(
    State(api): State<Api>,
    Params(params): Params<InstallParams>,
    Raw(wasm): Raw,
) -> Result<(StatusCode, Json<OutcomeView>), Problem> {
    let outcome = install::install(&api.host, wasm.to_vec(), params.approve).await?;
    Ok((StatusCode::CREATED, Json(outcome_view(outcome))))
}

pub async fn approve(
    State(api): State<Api>,
    Names((name, version)): Names<(String, String)>,
) -> Result<Json<OutcomeView>, Problem> {
    Ok(Json(outcome_view(install::approve(&api.host, &name, &version).await?)))
}

pub async fn activate(
    State(api): State<Api>,
    Names((name, version)): Names<(String, String)>,
) -> Result<Json<OutcomeView>, Problem> {
    Ok(Json(outcome_view(install::activate(&api.host, &name, &version).await?)))
}

pub async fn rollback(
    State(api): State<Api>,
    Names(name): Names<String>,
    Body(body): Body<RollbackBody>,
) -> Result<Json<OutcomeView>, Problem> {
    Ok(Json(outcome_view(install::rollback(&api.host, &name, body.to.as_deref()).await?)))
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

fn view(versions: &[Version]) -> ConnectorView {
    let active = versions.iter().find(|version| version.active);
    let spec: Value = serde_json::from_str(&shown(versions).spec).unwrap_or_default();
    ConnectorView {
        name: versions[0].connector.clone(),
        title: spec.get("title").cloned().unwrap_or_default(),
        active: active.map(|version| version.version.clone()),
        digest: active.map(|version| version.digest.clone()),
        versions: versions.iter().map(version_view).collect(),
    }
}

fn version_view(version: &Version) -> VersionView {
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
    }
}

fn outcome_view(outcome: InstallOutcome) -> OutcomeView {
    OutcomeView {
        state: match outcome.standing {
            Standing::Active => "active",
            Standing::WaitsForApproval => "waits-for-approval",
        },
        needs_approval: outcome.standing == Standing::WaitsForApproval,
        connector: outcome.connector,
        version: outcome.version,
        digest: outcome.digest,
        former: outcome.former,
        asks: outcome.asks.into_iter().map(ask_view).collect(),
        replay: outcome.replay,
    }
}

fn ask_view(compared: Compared) -> AskView {
    AskView {
        group: match compared.ask.group {
            Group::Hosts => "hosts",
            Group::Auth => "auth",
            Group::Secrets => "secrets",
            Group::SafeRequests => "safe-requests",
            Group::Limits => "limits",
            Group::Webhooks => "webhooks",
            Group::Actions => "actions",
            Group::Streams => "streams",
            Group::Budgets => "budgets",
            Group::Roles => "roles",
        },
        text: compared.ask.text(),
        name: compared.ask.name,
        difference: match compared.difference {
            Difference::Same => "same",
            Difference::Added => "added",
            Difference::Changed => "changed",
            Difference::Lowered => "lowered",
            Difference::Removed => "removed",
        },
        was: compared.was,
        needs_approval: compared.needs_approval,
    }
}
