//! Connectors and their versions.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use windlass_db::{Origin, Publisher, Version, VersionState};

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
    signing::{Offer, Source, minisign},
};

/// Base64 of the text of a `.minisig`.
const SIGNATURE_HEADER: &str = "windlass-signature";
/// As long as the reference of a registry gets, with its digest.
const MOST_SOURCE_BYTES: usize = 1 << 10;

/// A connector in a list:
/// `{"name": "baselinker", "title": "BaseLinker", "active": "1.0.0", "digest": "…",
/// "publisher": "DABDD39CE10C7A06", "versions": [VERSION]}`; publisher is the id of the key whose connector the
/// name is, null while no version was signed.
#[derive(Serialize)]
pub struct ConnectorView {
    name: String,
    title: Value,
    /// The active version; null while the first one waits for approval.
    active: Option<String>,
    digest: Option<String>,
    publisher: Option<String>,
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
/// "activated_at": "…", "source": "upload", "signature": {"key": "…", "comment": "…"}}`; state is `approved` or
/// `waits-for-approval`; source is `upload`, `folder: FILE` or `oci://…@sha256:…`; signature is null unless a
/// trusted key has verified it, and its comment is what the signer wrote.
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
}

#[derive(Serialize)]
struct SignatureView {
    key: String,
    comment: String,
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
/// "needs_approval": false, "signature": {"key": "…", "comment": "…"}, "asks": [{"group": "hosts",
/// "name": "…", "text": "…", "difference": "same", "was": null, "needs_approval": false}],
/// "replay": REPORT}`; state is `active` or `waits-for-approval`. `replay` is what an installed version made of
/// recent calls ([`replay::Report`]); null where nothing was compared.
#[derive(Serialize)]
pub struct OutcomeView {
    connector: String,
    version: String,
    digest: String,
    state: &'static str,
    former: Option<String>,
    needs_approval: bool,
    signature: Option<SignatureView>,
    asks: Vec<AskView>,
    replay: Option<replay::Report>,
}

#[derive(Serialize)]
pub struct AskView {
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
    /// Where the component was fetched from: `oci://…@sha256:…`. The signature policy then holds for it.
    source: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollbackBody {
    to: Option<String>,
}

pub async fn list(State(api): State<Api>) -> Result<Json<Page<ConnectorView>>, Problem> {
    let versions = api.host.db.versions().await?;
    let (origins, publishers) = (api.host.db.origins().await?, api.host.db.publishers().await?);
    let chunks = versions.chunk_by(|one, other| one.connector == other.connector);
    let view = |versions| {
        let publisher = publishers.iter().find(|publisher| publisher.connector == name_of(versions));
        view(versions, &origins, publisher)
    };
    Ok(Json(Page::whole(chunks.map(view))))
}

pub async fn show(
    State(api): State<Api>,
    Names(name): Names<String>,
) -> Result<Json<ConnectorDetail>, Problem> {
    let versions = versions_of(&api, &name).await?;
    let spec = RawValue::from_string(shown(&versions).spec.clone()).map_err(Problem::host)?;
    let (origins, publisher) = (api.host.db.origins().await?, api.host.db.publisher(&name).await?);
    Ok(Json(ConnectorDetail { connector: view(&versions, &origins, publisher.as_ref()), spec }))
}

pub async fn show_version(
    State(api): State<Api>,
    Names((name, version)): Names<(String, String)>,
) -> Result<Json<VersionDetail>, Problem> {
    let versions = versions_of(&api, &name).await?;
    let found = versions.iter().find(|known| known.version == version);
    let found = found.ok_or_else(|| Problem::missing("version", format!("{version} of {name}")))?;
    let spec = RawValue::from_string(found.spec.clone()).map_err(Problem::host)?;
    let origins = api.host.db.origins().await?;
    Ok(Json(VersionDetail { version: version_view(found, &origins), spec }))
}

/// The body is the component. Its `minisign` signature may come in the header `Windlass-Signature`, as base64
/// of the `.minisig` file:
///
/// ```text
/// curl --data-binary @shop.wasm -H "Windlass-Signature: $(base64 -w0 shop.wasm.minisig)" …/v1/connectors
/// ```
///
/// 201 also when it waits for approval: it is installed then, not active.
pub async fn install(
    State(api): State<Api>,
    Params(params): Params<InstallParams>,
    headers: HeaderMap,
    Raw(wasm): Raw,
) -> Result<(StatusCode, Json<OutcomeView>), Problem> {
    let offer = Offer::new(source(params.source)?, signature(&headers)?.as_deref())?;
    let outcome = install::install(&api.host, wasm.to_vec(), &offer, params.approve).await?;
    Ok((StatusCode::CREATED, Json(outcome_view(&api, outcome).await?)))
}

pub async fn approve(
    State(api): State<Api>,
    Names((name, version)): Names<(String, String)>,
) -> Result<Json<OutcomeView>, Problem> {
    Ok(Json(outcome_view(&api, install::approve(&api.host, &name, &version).await?).await?))
}

pub async fn activate(
    State(api): State<Api>,
    Names((name, version)): Names<(String, String)>,
) -> Result<Json<OutcomeView>, Problem> {
    Ok(Json(outcome_view(&api, install::activate(&api.host, &name, &version).await?).await?))
}

pub async fn rollback(
    State(api): State<Api>,
    Names(name): Names<String>,
    Body(body): Body<RollbackBody>,
) -> Result<Json<OutcomeView>, Problem> {
    Ok(Json(outcome_view(&api, install::rollback(&api.host, &name, body.to.as_deref()).await?).await?))
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

fn name_of(versions: &[Version]) -> &str {
    &versions[0].connector
}

fn source(told: Option<String>) -> Result<Source, Problem> {
    let Some(told) = told else { return Ok(Source::Upload) };
    let is_pinned = told.starts_with("oci://") && told.contains("@sha256:");
    match is_pinned && told.len() <= MOST_SOURCE_BYTES && !told.contains(char::is_control) {
        true => Ok(Source::Oci(told)),
        false => Err(Problem::bad_param("source", "is oci://HOST/REPOSITORY@sha256:DIGEST")),
    }
}

fn signature(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(header) = headers.get(SIGNATURE_HEADER) else { return Ok(None) };
    let text = BASE64_STANDARD.decode(header.as_bytes()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.map(Some).ok_or_else(|| {
        Problem::bad_request("connector.signature", "the header Windlass-Signature is not base64 of a text")
            .hint("give it as `base64 -w0 FILE.minisig` writes it")
    })
}

fn view(versions: &[Version], origins: &[Origin], publisher: Option<&Publisher>) -> ConnectorView {
    let active = versions.iter().find(|version| version.active);
    let spec: Value = serde_json::from_str(&shown(versions).spec).unwrap_or_default();
    ConnectorView {
        name: name_of(versions).to_owned(),
        title: spec.get("title").cloned().unwrap_or_default(),
        active: active.map(|version| version.version.clone()),
        digest: active.map(|version| version.digest.clone()),
        publisher: publisher.map(|publisher| publisher.key_id.clone()),
        versions: versions.iter().map(|version| version_view(version, origins)).collect(),
    }
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
    }
}

/// A signature that nobody has verified says nothing.
fn signature_view(origin: &Origin) -> Option<SignatureView> {
    let (key, text) = (origin.key_id.clone()?, origin.signature.as_deref()?);
    Some(SignatureView { key, comment: minisign::trusted_comment(text).to_owned() })
}

async fn outcome_view(api: &Api, outcome: InstallOutcome) -> Result<OutcomeView, Problem> {
    let origins = api.host.db.origins().await?;
    let origin = origins.iter().find(|origin| origin.digest == outcome.digest);
    Ok(OutcomeView {
        signature: origin.and_then(signature_view),
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
    })
}

/// An ask as the command line shows it, too.
pub fn ask_view(compared: Compared) -> AskView {
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
