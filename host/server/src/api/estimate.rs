//! What a sync that was just asked for will take.

use serde::Serialize;
use windlass_db::{Connection, DbError, Run, RunKind, Side, Stream};
use windlass_sandbox::spec::{self, StreamKind};

use super::{Api, time};
use crate::{
    estimate::{Estimate, Room, Work, estimate, scaled, work},
    run::CallContext,
};

/// `{"pages": 240, "requests": 240, "limits": [{"name": "minute", "room": 88}], "limit": "minute",
/// "ends_at": "…"}`. `pages` and `requests` are null where it cannot be known how much there is to read,
/// `ends_at` where it cannot be known when it ends. `limit` is the one that binds.
#[derive(Serialize)]
pub struct EstimateView {
    pages: Option<i64>,
    requests: Option<i64>,
    limits: Vec<RoomView>,
    limit: Option<String>,
    ends_at: Option<String>,
}

/// Permits that a limit has left for syncs.
#[derive(Serialize)]
struct RoomView {
    name: String,
    room: i64,
}

/// Of a sync; none of any other run.
pub async fn of_run(api: &Api, run: &Run) -> Result<Option<EstimateView>, DbError> {
    let db = &api.host.db;
    let Some(id) = run.stream.filter(|_| run.kind == RunKind::Sync) else { return Ok(None) };
    let (Some(connection), Some(stream)) =
        (db.connection_by_id(run.connection).await?, db.stream_by_id(id).await?)
    else {
        return Ok(None);
    };
    let Ok(connector) = api.connector(&connection).await else { return Ok(None) };
    match connector.spec.stream(&stream.name) {
        Some(declared) => of(api, connection, &stream, declared, run).await,
        None => Ok(None),
    }
}

/// None if the connection is not usable: its run will say why.
pub async fn of(
    api: &Api,
    connection: Connection,
    stream: &Stream,
    declared: &spec::Stream,
    run: &Run,
) -> Result<Option<EstimateView>, DbError> {
    let Ok(context) = CallContext::build(&api.host, connection).await else { return Ok(None) };
    let now = api.host.db.now().await?;
    let ids: Vec<i64> = context.limits.iter().map(|limit| limit.row.id).collect();
    let mut rooms = Vec::new();
    for used in api.host.db.limits(now, &ids).await? {
        let cost = context.limits.iter().find(|limit| limit.row.id == used.row.id);
        let most = used.row.max - used.row.leave_to_others - used.row.keep_for_actions;
        rooms.push(Room {
            now: used.room(Side::Sync).max(0),
            most,
            window_ms: used.row.window_ms,
            blocked_until: used.row.blocked_until.filter(|until| *until > now),
            cost: cost.map_or(1, |limit| limit.most_cost.into()),
            limit: used.row.name,
        });
    }
    let known = expected_pages(stream, declared.kind, run);
    let pace = api.host.db.stream_pace(stream.id).await?;
    let work = known.map(|pages| work(pages, declared.max_requests, pace));
    Ok(Some(view(estimate(work, &rooms, now), rooms)))
}

/// Single keys are one page; what the connector has counted is as many pages as so many records were in so far;
/// else a walk is as long as the last one, and what is new since the last sync is not known before it is asked
/// for.
fn expected_pages(stream: &Stream, kind: StreamKind, run: &Run) -> Option<i64> {
    if let (None, Some(left)) = (&run.input, run.records_left)
        && run.records_seen > 0
    {
        return Some(scaled(run.pages, left, run.records_seen).max(1));
    }
    match (kind, &run.input) {
        (_, Some(_)) => Some(1),
        (StreamKind::Snapshot, None) => stream.last_walk_pages.map(|pages| (pages - run.pages).max(1)),
        (StreamKind::Incremental, None) => None,
    }
}

fn view(estimate: Estimate, rooms: Vec<Room>) -> EstimateView {
    EstimateView {
        pages: estimate.work.map(|Work { pages, .. }| pages),
        requests: estimate.work.map(|Work { requests, .. }| requests),
        limits: rooms.into_iter().map(|room| RoomView { name: room.limit, room: room.now }).collect(),
        limit: estimate.binds,
        ends_at: estimate.ends_at.map(time::text),
    }
}
