//! Deliveries: what came to a connection's webhooks, and what became of it.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use windlass_db::{Delivery, DeliveryFilter, DeliveryLine, DeliveryState};

use super::{
    Api,
    extract::{Names, Params, choice},
    page::{Page, limit, next_of, number_cursor},
    runs::{BodyView, ErrorView},
    time, webhooks,
};
use crate::{problem::Problem, webhooks::MOST_BODY_BYTES};

/// `{"id": 7, "webhook": "orders", "state": "failed", "event_id": "evt-1", "ordering": "12", "bytes": 812,
/// "received_at": "…", "due_at": null, "attempt": 3, "run": 12, "error": ERROR, "ended_at": "…"}`; state is
/// `waiting`, `processed` or `failed`; `due_at` is told while it waits, `run` is the last that received it.
#[derive(Serialize)]
pub struct DeliveryView {
    id: i64,
    webhook: String,
    state: &'static str,
    event_id: Option<String>,
    ordering: Option<String>,
    bytes: i64,
    received_at: String,
    due_at: Option<String>,
    attempt: i64,
    run: Option<i64>,
    error: Option<ErrorView>,
    ended_at: Option<String>,
}

/// A delivery as in lists, and `method`, `query`, `headers` (pairs) and `body`. Secrets were cut out before
/// it was kept.
#[derive(Serialize)]
pub struct DeliveryDetail {
    #[serde(flatten)]
    line: DeliveryView,
    method: String,
    query: String,
    headers: Option<Box<RawValue>>,
    body: BodyView,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    webhook: Option<String>,
    state: Option<String>,
    cursor: Option<String>,
    limit: Option<i64>,
}

/// Newest first.
pub async fn list(
    State(api): State<Api>,
    Names(name): Names<String>,
    Params(params): Params<ListParams>,
) -> Result<Json<Page<DeliveryView>>, Problem> {
    let connection = api.connection(&name).await?;
    let mut kept = api.host.db.webhooks(connection.id).await?;
    if let Some(wanted) = &params.webhook {
        kept.retain(|webhook| webhook.name == *wanted);
        if kept.is_empty() {
            return Err(webhooks::missing(&connection, wanted));
        }
    }
    let filter = DeliveryFilter {
        state: choice("state", params.state.as_deref(), DeliveryState::WORDS, DeliveryState::parse)?,
        before: number_cursor(params.cursor.as_deref())?,
        limit: limit(params.limit)?,
    };
    let ids: Vec<i64> = kept.iter().map(|webhook| webhook.id).collect();
    let lines = api.host.db.deliveries(&ids, &filter).await?;
    let next = next_of(&lines, filter.limit, |line| line.id.to_string());
    Ok(Json(Page { items: lines.into_iter().map(view).collect(), next }))
}

pub async fn show(
    State(api): State<Api>,
    Names((name, id)): Names<(String, i64)>,
) -> Result<Json<DeliveryDetail>, Problem> {
    let connection = api.connection(&name).await?;
    let delivery = api.host.db.delivery(connection.id, id).await?.ok_or_else(|| missing(&name, id))?;
    let Delivery { line, method, query, headers, body } = delivery;
    let body = BodyView::of(&body, MOST_BODY_BYTES);
    let headers = RawValue::from_string(headers).ok();
    Ok(Json(DeliveryDetail { line: view(line), method, query, headers, body }))
}

/// Receives it again, whatever became of it before.
pub async fn replay(
    State(api): State<Api>,
    Names((name, id)): Names<(String, i64)>,
) -> Result<Json<DeliveryView>, Problem> {
    let connection = api.connection(&name).await?;
    let now = api.host.db.now().await?;
    let line = api.host.db.delivery_replay(now, connection.id, id).await;
    let line = line.map_err(|error| Problem::refused("delivery.waiting", error))?;
    api.host.webhooks.kept.notify_one();
    Ok(Json(view(line)))
}

fn missing(connection: &str, id: i64) -> Problem {
    Problem::missing("delivery", id).hint(format!("`windlass delivery list {connection}` lists deliveries"))
}

fn view(line: DeliveryLine) -> DeliveryView {
    DeliveryView {
        id: line.id,
        webhook: line.webhook_name,
        state: line.state.as_str(),
        event_id: line.event_id,
        ordering: line.ordering,
        bytes: line.size,
        received_at: time::text(line.received_at),
        due_at: (line.state == DeliveryState::Waiting).then(|| time::text(line.due_at)),
        attempt: line.attempt,
        run: line.run,
        error: line.error.as_ref().map(ErrorView::new),
        ended_at: line.ended_at.map(time::text),
    }
}
