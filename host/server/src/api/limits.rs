//! What a connection's limits have left.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use windlass_db::{LedgerRow, LimitUse};

use super::{
    Api,
    extract::{Names, Params},
    page::{Page, limit},
    time,
};
use crate::{problem::Problem, run::CallContext};

/// `{"name": "minute", "max": 100, "window_seconds": 60, "used": 12, "booked": 2, "left": 88,
/// "left_to_others": 0, "kept_for_actions": 10, "frees_at": "…", "blocked_until": null,
/// "blocked_reason": null, "ledger": [{"run": 7, "permits": 1, "booked_at": "…", "counts_until": "…",
/// "settled": true}]}`. `used` counts what is booked; the ledger's newest rows come first.
#[derive(Serialize)]
pub struct LimitView {
    name: String,
    max: i64,
    window_seconds: i64,
    used: i64,
    booked: i64,
    left: i64,
    left_to_others: i64,
    kept_for_actions: i64,
    frees_at: Option<String>,
    blocked_until: Option<String>,
    blocked_reason: Option<String>,
    ledger: Vec<LedgerView>,
}

#[derive(Serialize)]
struct LedgerView {
    run: Option<i64>,
    permits: i64,
    booked_at: String,
    counts_until: String,
    settled: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    /// Ledger rows of each limit.
    limit: Option<i64>,
}

pub async fn list(
    State(api): State<Api>,
    Names(name): Names<String>,
    Params(params): Params<ListParams>,
) -> Result<Json<Page<LimitView>>, Problem> {
    let rows = limit(params.limit)?;
    let connection = api.connection(&name).await?;
    let context = CallContext::build(&api.host, connection).await;
    let context = context.map_err(|error| Problem::conflict("connection.unusable", error.message))?;
    let ids: Vec<i64> = context.limits.iter().map(|limit| limit.row.id).collect();
    let mut views = Vec::new();
    for used in api.host.db.limits(api.host.db.now().await?, &ids).await? {
        let ledger = api.host.db.ledger(used.row.id, None, rows).await?;
        views.push(view(used, ledger));
    }
    Ok(Json(Page::whole(views)))
}

fn view(limit: LimitUse, ledger: Vec<LedgerRow>) -> LimitView {
    let LimitUse { row, used, booked, frees_at } = limit;
    LimitView {
        name: row.name,
        max: row.max,
        window_seconds: row.window_ms / 1_000,
        used,
        booked,
        left: (row.max - row.leave_to_others - used).max(0),
        left_to_others: row.leave_to_others,
        kept_for_actions: row.keep_for_actions,
        frees_at: frees_at.map(time::text),
        blocked_until: row.blocked_until.map(time::text),
        blocked_reason: row.blocked_reason,
        ledger: ledger.into_iter().map(ledger_view).collect(),
    }
}

fn ledger_view(row: LedgerRow) -> LedgerView {
    LedgerView {
        run: row.run,
        permits: row.permits,
        booked_at: time::text(row.booked_at),
        counts_until: time::text(row.counts_until),
        settled: row.settled,
    }
}
