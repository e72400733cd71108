//! Connections.

use std::collections::BTreeMap;

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use windlass_db::{Connection, ConnectionState, DbError, OwnWhy};

use super::{
    Api,
    extract::{Body, Names, Params},
    page::Page,
    runs::ErrorView,
    time,
};
use crate::{
    check,
    connections::{self, ChangedInput, NewInput, Written},
    options::{Chosen, Known},
    problem::Problem,
    run::lift_refusals,
};

/// `{"name": "shop", "connector": "baselinker", "version": "1.0.0", "apart": null, "state": "active",
/// "config": {…}, "secrets": ["token"],
/// "labels": {}, "revision": 1, "created_at": "…", "checked_at": null, "check_error": null}`; state is
/// `active` or `paused`. `apart` says why it runs another version than the active one. `secrets` are the names of those that are set. Answers about one connection have
/// `choices` and `warnings` too: the configured values of properties with options, and a list of sentences.
#[derive(Serialize)]
pub struct ConnectionView {
    name: String,
    connector: String,
    version: Option<String>,
    apart: Option<String>,
    state: &'static str,
    config: Box<RawValue>,
    secrets: Vec<String>,
    labels: BTreeMap<String, Value>,
    revision: i64,
    created_at: String,
    checked_at: Option<String>,
    check_error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    choices: Option<Vec<ChoiceView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warnings: Option<Vec<String>>,
}

/// `{"property": "locations.warehouse_id", "pointer": "/locations/0/warehouse_id", "value": 7, "label": "Main",
/// "known": true, "active": true}`. `known` is null where that cannot be said: the stream of the options was
/// not synced yet, or is too long to be looked through.
#[derive(Serialize)]
struct ChoiceView {
    property: String,
    pointer: String,
    value: Value,
    label: Option<String>,
    known: Option<bool>,
    active: Option<bool>,
}

/// `{"ok": true, "message": "signed in as …", "error": null, "warnings": []}`, or `ok` false with the error
/// of a run.
#[derive(Serialize)]
pub struct CheckView {
    ok: bool,
    message: Option<String>,
    error: Option<ErrorView>,
    warnings: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeleteParams {
    #[serde(default)]
    force: bool,
    /// Only if it is at this revision.
    revision: Option<i64>,
}

pub async fn list(State(api): State<Api>) -> Result<Json<Page<ConnectionView>>, Problem> {
    let mut views = Vec::new();
    for connection in api.host.db.connections().await? {
        views.push(view(&api, connection).await?);
    }
    Ok(Json(Page::whole(views)))
}

pub async fn create(
    State(api): State<Api>,
    Body(input): Body<NewInput>,
) -> Result<(StatusCode, Json<ConnectionView>), Problem> {
    let written = connections::create(&api.host, input, None).await?;
    Ok((StatusCode::CREATED, Json(written_view(&api, written).await?)))
}

pub async fn show(
    State(api): State<Api>,
    Names(name): Names<String>,
) -> Result<Json<ConnectionView>, Problem> {
    let connection = api.connection(&name).await?;
    // What can be told without its connector is told even so.
    if let Err(problem) = api.connector(&connection).await {
        let warnings = Some(vec![problem.detail]);
        return Ok(Json(ConnectionView { warnings, ..view(&api, connection).await? }));
    }
    let advice = connections::advice(&api.host, &connection).await?;
    Ok(Json(written_view(&api, Written { connection, advice }).await?))
}

pub async fn change(
    State(api): State<Api>,
    Names(name): Names<String>,
    Body(input): Body<ChangedInput>,
) -> Result<Json<ConnectionView>, Problem> {
    let connection = api.connection(&name).await?;
    let written = connections::change(&api.host, &connection, input, false).await?;
    Ok(Json(written_view(&api, written).await?))
}

/// Replaces the configuration as a whole; a secret that is left out stays.
pub async fn replace(
    State(api): State<Api>,
    Names(name): Names<String>,
    Body(input): Body<ChangedInput>,
) -> Result<Json<ConnectionView>, Problem> {
    let connection = api.connection(&name).await?;
    let written = connections::change(&api.host, &connection, input, true).await?;
    Ok(Json(written_view(&api, written).await?))
}

/// Its records go with it. Actions that may or may not have happened keep it, unless forced.
pub async fn delete(
    State(api): State<Api>,
    Names(name): Names<String>,
    Params(params): Params<DeleteParams>,
) -> Result<StatusCode, Problem> {
    let connection = api.connection(&name).await?;
    let flows = api.host.db.flows_bound_to(connection.id).await?;
    if !flows.is_empty() {
        let detail = format!("{} is bound to the flow {}", connection.name, flows.join(", "));
        return Err(Problem::conflict("flow.bound", detail)
            .hint(format!("`windlass flow delete {}` first", flows.join("`, `windlass flow delete "))));
    }
    delete_at(&api, &connection, params).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A connection or a flow.
pub async fn delete_at(api: &Api, connection: &Connection, params: DeleteParams) -> Result<(), Problem> {
    let db = &api.host.db;
    let deleted = match params.revision {
        Some(revision) => db.connection_delete_at(connection.id, params.force, revision).await,
        None => db.connection_delete(connection.id, params.force).await,
    };
    deleted.map_err(|error| match error {
        DbError::Outdated => Problem::outdated(format!("{} was changed meanwhile", connection.name)),
        DbError::Missing { .. } => Problem::missing("connection", &connection.name),
        error => Problem::refused("connection.in-doubt", error),
    })
}

pub async fn check(State(api): State<Api>, Names(name): Names<String>) -> Result<Json<CheckView>, Problem> {
    let connection = api.connection(&name).await?;
    lift_refusals(&api.host, connection.id).await?;
    let checked = check::check(&api.host, &connection).await?;
    let warnings = connections::advice(&api.host, &connection).await?.warnings;
    let view = match checked {
        Ok(message) => CheckView { ok: true, message, error: None, warnings },
        Err(error) => CheckView { ok: false, message: None, error: Some(ErrorView::new(&error)), warnings },
    };
    Ok(Json(view))
}

pub async fn pause(state: State<Api>, name: Names<String>) -> Result<Json<ConnectionView>, Problem> {
    set_state(state, name, ConnectionState::Paused).await
}

pub async fn resume(state: State<Api>, name: Names<String>) -> Result<Json<ConnectionView>, Problem> {
    set_state(state, name, ConnectionState::Active).await
}

async fn set_state(
    State(api): State<Api>,
    Names(name): Names<String>,
    state: ConnectionState,
) -> Result<Json<ConnectionView>, Problem> {
    let connection = api.connection(&name).await?;
    if state == ConnectionState::Active {
        lift_refusals(&api.host, connection.id).await?;
    }
    api.host.db.connection_set_state(connection.id, state).await.map_err(|error| match error {
        DbError::Missing { .. } => Problem::missing("connection", &connection.name),
        error => error.into(),
    })?;
    api.host.wake.notify_one();
    let connection = api.connection(&name).await?;
    Ok(Json(view(&api, connection).await?))
}

async fn written_view(api: &Api, written: Written) -> Result<ConnectionView, Problem> {
    let Written { connection, advice } = written;
    let choices = Some(advice.chosen.into_iter().map(choice_view).collect());
    Ok(ConnectionView { choices, warnings: Some(advice.warnings), ..view(api, connection).await? })
}

fn choice_view(chosen: Chosen) -> ChoiceView {
    let (known, label, active) = match chosen.known {
        Known::Yes { label, active } => (Some(true), label, Some(active)),
        Known::No => (Some(false), None, None),
        Known::NotSynced | Known::TooMany => (None, None, None),
    };
    let Chosen { field, pointer, value, .. } = chosen;
    ChoiceView { property: field, pointer, value, label, known, active }
}

async fn view(api: &Api, connection: Connection) -> Result<ConnectionView, Problem> {
    let mut secrets: Vec<String> =
        api.host.db.secrets(connection.id).await?.into_iter().map(|s| s.field).collect();
    secrets.sort_unstable();
    let digest = api.host.registry.digest_of(&connection);
    Ok(ConnectionView {
        version: digest.and_then(|digest| api.host.registry.version(&digest)),
        apart: connection.own.map(|own| match own.why {
            OwnWhy::First => "it is the first to try this version".to_owned(),
            OwnWhy::Unfit => {
                let why = own.reason.unwrap_or_default();
                format!("it does not fit the active version: {why}")
            }
        }),
        name: connection.name,
        connector: connection.connector,
        state: match connection.state {
            ConnectionState::Active => "active",
            ConnectionState::Paused => "paused",
        },
        config: RawValue::from_string(connection.config).map_err(Problem::host)?,
        secrets,
        labels: serde_json::from_str(&connection.labels).map_err(Problem::host)?,
        revision: connection.revision,
        created_at: time::text(connection.created_at),
        checked_at: connection.checked_at.map(time::text),
        check_error: connection.check_error,
        choices: None,
        warnings: None,
    })
}
