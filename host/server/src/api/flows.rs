//! Flows: what they are bound to, how far they are, what they hold.

use std::collections::BTreeMap;

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use windlass_db::{Connection, ConnectionState, HeldChange};

use super::{
    Api,
    connections::{DeleteParams, delete_at},
    extract::{Body, Names, Params},
    page::{Page, limit, next_of, number_cursor},
    time,
};
use crate::{
    connections::{self, ChangedInput, advice},
    flows::{self, Direction, NewFlow},
    problem::Problem,
};

/// `{"name": "orders", "flow": "shop-to-erp", "state": "active", "connect": {"shop": "shop-1"},
/// "config": {…}, "labels": {}, "revision": 1, "created_at": "…", "held": 0, "feeds": […]}`; state is
/// `active` or `paused`. Answers to a change have `warnings` too, a list of sentences.
#[derive(Serialize)]
pub struct FlowView {
    name: String,
    flow: String,
    state: &'static str,
    connect: BTreeMap<String, String>,
    config: Box<RawValue>,
    labels: BTreeMap<String, Value>,
    revision: i64,
    created_at: String,
    held: i64,
    feeds: Vec<FeedView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warnings: Option<Vec<String>>,
}

/// `{"role": "shop", "stream": "orders", "position": 17, "latest": 20, "behind": 3, "first_records": false,
/// "moved_at": "…"}`: how far the flow has followed a stream. While `first_records` it is shown the records
/// that were there before.
#[derive(Serialize)]
struct FeedView {
    role: String,
    stream: String,
    position: i64,
    latest: i64,
    behind: i64,
    first_records: bool,
    moved_at: Option<String>,
}

/// `{"ok": true, "findings": [{"message": "…", "pointer": "/vatRates/0/id", "breaks": true}],
/// "directions": […]}`; `ok` is false when a finding breaks the flow.
#[derive(Serialize)]
pub struct CheckView {
    ok: bool,
    findings: Vec<FindingView>,
    directions: Vec<DirectionView>,
}

#[derive(Serialize)]
struct FindingView {
    message: String,
    pointer: Option<String>,
    breaks: bool,
}

/// `{"what": "erp create-order", "state": "succeeded", "key": "1017", "changed_at": "…", "done_at": "…",
/// "latency_seconds": 12.5}`: the last that went this way; `state` is that of its run, null if none did.
#[derive(Serialize)]
struct DirectionView {
    what: String,
    state: Option<&'static str>,
    key: Option<String>,
    changed_at: Option<String>,
    done_at: Option<String>,
    latency_seconds: Option<f64>,
}

/// `{"id": 3, "role": "shop", "stream": "orders", "key": "1017", "sequence": 12, "kind": "updated",
/// "reason": "…", "held_at": "…", "due": false, "record": {…}}`; `due`: it is going to be shown again.
#[derive(Serialize)]
pub struct HeldView {
    id: i64,
    role: String,
    stream: String,
    key: String,
    sequence: i64,
    kind: &'static str,
    reason: String,
    held_at: String,
    due: bool,
    record: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    cursor: Option<String>,
    limit: Option<i64>,
}

pub async fn list(State(api): State<Api>) -> Result<Json<Page<FlowView>>, Problem> {
    let mut views = Vec::new();
    for flow in api.host.db.flows().await? {
        views.push(view(&api, flow, None).await?);
    }
    Ok(Json(Page::whole(views)))
}

pub async fn create(
    State(api): State<Api>,
    Body(input): Body<NewFlow>,
) -> Result<(StatusCode, Json<FlowView>), Problem> {
    let written = flows::create(&api.host, input).await?;
    let warnings = Some(written.advice.warnings);
    Ok((StatusCode::CREATED, Json(view(&api, written.connection, warnings).await?)))
}

pub async fn show(State(api): State<Api>, Names(name): Names<String>) -> Result<Json<FlowView>, Problem> {
    let flow = api.flow(&name).await?;
    let warnings = advice(&api.host, &flow).await?.warnings;
    Ok(Json(view(&api, flow, Some(warnings)).await?))
}

/// What was held is shown to the flow again. A stream that it begins to follow is shown from its first
/// record on; what was held of one that it follows no more is let go.
pub async fn change(
    State(api): State<Api>,
    Names(name): Names<String>,
    Body(input): Body<ChangedInput>,
) -> Result<Json<FlowView>, Problem> {
    let flow = api.flow(&name).await?;
    let written = connections::change(&api.host, &flow, input, false).await?;
    let warnings = Some(written.advice.warnings);
    Ok(Json(view(&api, written.connection, warnings).await?))
}

/// What it has asked for goes on; what it holds goes with it.
pub async fn delete(
    State(api): State<Api>,
    Names(name): Names<String>,
    Params(params): Params<DeleteParams>,
) -> Result<StatusCode, Problem> {
    let flow = api.flow(&name).await?;
    delete_at(&api, &flow, params).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn check(State(api): State<Api>, Names(name): Names<String>) -> Result<Json<CheckView>, Problem> {
    let flow = api.flow(&name).await?;
    let findings = flows::findings(&api.host, &flow).await?;
    let findings: Vec<FindingView> = findings
        .into_iter()
        .map(|found| FindingView { message: found.message, pointer: found.pointer, breaks: found.breaks })
        .collect();
    let directions = flows::directions(&api.host, &flow).await?;
    Ok(Json(CheckView {
        ok: !findings.iter().any(|finding| finding.breaks),
        findings,
        directions: directions.into_iter().map(direction).collect(),
    }))
}

pub async fn pause(state: State<Api>, name: Names<String>) -> Result<Json<FlowView>, Problem> {
    set_state(state, name, ConnectionState::Paused).await
}

pub async fn resume(state: State<Api>, name: Names<String>) -> Result<Json<FlowView>, Problem> {
    set_state(state, name, ConnectionState::Active).await
}

/// Oldest first.
pub async fn held(
    State(api): State<Api>,
    Names(name): Names<String>,
    Params(params): Params<ListParams>,
) -> Result<Json<Page<HeldView>>, Problem> {
    let (after, limit) = (number_cursor(params.cursor.as_deref())?, limit(params.limit)?);
    let flow = api.flow(&name).await?;
    let held = api.host.db.held_changes(flow.id, after.unwrap_or_default(), limit).await?;
    let next = next_of(&held, limit, |held| held.id.to_string());
    let items = held.into_iter().map(held_view).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next }))
}

/// Shows the flow one held change again.
pub async fn deliver(
    State(api): State<Api>,
    Names((name, id)): Names<(String, i64)>,
) -> Result<StatusCode, Problem> {
    let flow = api.flow(&name).await?;
    match api.host.db.held_deliver(flow.id, Some(id)).await? {
        0 => Err(not_held(&name, id)),
        _ => Ok(StatusCode::ACCEPTED),
    }
}

/// Gives up one held change: nothing shows it again.
pub async fn drop_held(
    State(api): State<Api>,
    Names((name, id)): Names<(String, i64)>,
) -> Result<StatusCode, Problem> {
    let flow = api.flow(&name).await?;
    match api.host.db.held_drop(flow.id, id).await? {
        false => Err(not_held(&name, id)),
        true => Ok(StatusCode::NO_CONTENT),
    }
}

/// Shows the flow all held changes again.
pub async fn deliver_all(
    State(api): State<Api>,
    Names(name): Names<String>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let flow = api.flow(&name).await?;
    let delivered = api.host.db.held_deliver(flow.id, None).await?;
    Ok((StatusCode::ACCEPTED, Json(serde_json::json!({ "delivered": delivered }))))
}

fn not_held(name: &str, id: i64) -> Problem {
    Problem::missing("held", id).hint(format!("`windlass flow held {name}` lists what it holds"))
}

async fn set_state(
    State(api): State<Api>,
    Names(name): Names<String>,
    state: ConnectionState,
) -> Result<Json<FlowView>, Problem> {
    flows::set_state(&api.host, &api.flow(&name).await?, state).await?;
    let flow = api.flow(&name).await?;
    Ok(Json(view(&api, flow, None).await?))
}

async fn view(api: &Api, flow: Connection, warnings: Option<Vec<String>>) -> Result<FlowView, Problem> {
    let mut connect = BTreeMap::new();
    for binding in api.host.db.flow_roles(flow.id).await? {
        let bound = api.host.db.connection_by_id(binding.connection).await?;
        connect.insert(binding.role, bound.map(|bound| bound.name).unwrap_or_default());
    }
    let feeds = api.host.db.flow_feeds(flow.id).await?.into_iter().map(|feed| FeedView {
        first_records: feed.at.shown_key.is_some(),
        behind: feed.latest - feed.at.position,
        role: feed.role,
        stream: feed.stream_name,
        position: feed.at.position,
        latest: feed.latest,
        moved_at: feed.moved_at.map(time::text),
    });
    Ok(FlowView {
        feeds: feeds.collect(),
        held: api.host.db.held_count(flow.id).await?,
        name: flow.name,
        flow: flow.connector,
        state: match flow.state {
            ConnectionState::Active => "active",
            ConnectionState::Paused => "paused",
        },
        connect,
        config: RawValue::from_string(flow.config).map_err(Problem::host)?,
        labels: serde_json::from_str(&flow.labels).map_err(Problem::host)?,
        revision: flow.revision,
        created_at: time::text(flow.created_at),
        warnings,
    })
}

fn direction(direction: Direction) -> DirectionView {
    let latency = direction.done_at.zip(direction.changed_at).map(|(done, changed)| done - changed);
    DirectionView {
        what: direction.what,
        state: direction.state.map(|state| state.as_str()),
        key: direction.key,
        changed_at: direction.changed_at.map(time::text),
        done_at: direction.done_at.map(time::text),
        latency_seconds: latency.map(|ms| ms as f64 / 1_000.0),
    }
}

fn held_view(held: HeldChange) -> Result<HeldView, Problem> {
    Ok(HeldView {
        id: held.id,
        role: held.role,
        stream: held.stream_name,
        key: held.change.key,
        sequence: held.change.sequence,
        kind: held.change.kind.as_str(),
        reason: held.reason,
        held_at: time::text(held.held_at),
        due: held.due,
        record: held.change.json.map(RawValue::from_string).transpose().map_err(Problem::host)?,
    })
}
