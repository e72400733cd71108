//! What a connection's limits have left, and taking less of them.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use windlass_db::{Connection, LedgerRow, LimitUse, Millis, Sharer, Side};

use super::{
    Api,
    extract::{Body, Names, Params},
    page::{Page, limit},
    time,
};
use crate::{
    limits::{self, LimitInput, Number, Numbers, Origin, SetNumbers},
    problem::Problem,
    run::{CallContext, Unbuilt},
};

/// `{"name": "minute", "max": 100, "max_from": "spec", "property": null, "approved_max": 100,
/// "window_seconds": 60, "used": 12, "booked": 2, "left": 88, "left_to_others": 0,
/// "left_to_others_from": "spec", "kept_for_actions": 10, "kept_for_actions_from": "spec",
/// "reported": {"left": 60, "until": "…"}, "frees_at": "…", "blocked_until": null, "blocked_reason": null,
/// "own_max": 100, "set": {"max": null, "leave_to_others": null, "keep_for_actions": null}, "shared_with": [SHARER], "ledger": [{"run": 7, "permits": 1, "booked_at": "…",
/// "counts_until": "…", "settled": true}]}`. `used` counts what is booked; the ledger's newest rows come
/// first.
///
/// A number comes from the `spec`, the `configuration` (`property` names that of `max`), was `set`, or is
/// `shared`: then another connection of the same account says a lower one, which binds all. `own_max` is
/// what this connection says, `set` what a person has set. `left` is what actions may still use: syncs leave what is kept for actions.
/// `reported` is what the vendor said is left, if that binds.
#[derive(Serialize)]
pub struct LimitView {
    name: String,
    max: i64,
    max_from: &'static str,
    property: Option<String>,
    approved_max: i64,
    own_max: i64,
    set: SetNumbers,
    window_seconds: i64,
    used: i64,
    booked: i64,
    left: i64,
    left_to_others: i64,
    left_to_others_from: &'static str,
    kept_for_actions: i64,
    kept_for_actions_from: &'static str,
    reported: Option<ReportedView>,
    frees_at: Option<String>,
    blocked_until: Option<String>,
    blocked_reason: Option<String>,
    shared_with: Vec<SharerView>,
    ledger: Vec<LedgerView>,
}

#[derive(Serialize)]
struct ReportedView {
    left: i64,
    until: String,
}

/// `{"connection": "other", "max": 600, "left_to_others": 0, "kept_for_actions": 60}`.
#[derive(Serialize)]
struct SharerView {
    connection: String,
    max: i64,
    left_to_others: i64,
    kept_for_actions: i64,
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
    Ok(Json(Page::whole(views(&api, connection, rows).await?)))
}

pub async fn show(
    State(api): State<Api>,
    Names((name, limit_name)): Names<(String, String)>,
    Params(params): Params<ListParams>,
) -> Result<Json<LimitView>, Problem> {
    let rows = limit(params.limit)?;
    let connection = api.connection(&name).await?;
    find(views(&api, connection, rows).await?, &limit_name)
}

/// Takes less of a limit than was approved, or as much again.
pub async fn set(
    State(api): State<Api>,
    Names((name, limit_name)): Names<(String, String)>,
    Body(input): Body<LimitInput>,
) -> Result<Json<LimitView>, Problem> {
    let connection = api.connection(&name).await?;
    limits::set(&api.host, &connection, &limit_name, input).await?;
    find(views(&api, connection, limit(None)?).await?, &limit_name)
}

fn find(views: Vec<LimitView>, name: &str) -> Result<Json<LimitView>, Problem> {
    let found = views.into_iter().find(|view| view.name == name);
    found.map(Json).ok_or_else(|| Problem::missing("limit", name))
}

async fn views(api: &Api, connection: Connection, ledger_rows: i64) -> Result<Vec<LimitView>, Problem> {
    let name = connection.name.clone();
    let context = CallContext::build(&api.host, connection).await;
    let context = context.map_err(|error| match error {
        Unbuilt::Unusable(error) => Problem::conflict("connection.unusable", error.message),
        Unbuilt::Db(error) => error.into(),
    })?;
    let db = &api.host.db;
    let now = db.now().await?;
    let settings = db.limit_settings(context.connection.id).await?;
    let mut views = Vec::new();
    for limit in &context.limits {
        for used in db.limits(now, &[limit.row.id]).await? {
            let mut sharers = db.limit_sharers(used.row.id).await?;
            sharers.retain(|sharer| sharer.connection != name);
            let ledger = db.ledger(used.row.id, None, ledger_rows).await?;
            let set = settings.iter().find(|set| set.name == used.row.name).map(SetNumbers::from);
            views.push(view(now, used, &limit.numbers, set.unwrap_or_default(), sharers, ledger));
        }
    }
    Ok(views)
}

fn view(
    now: Millis,
    limit: LimitUse,
    numbers: &Numbers,
    set: SetNumbers,
    sharers: Vec<Sharer>,
    ledger: Vec<LedgerRow>,
) -> LimitView {
    let left = limit.room(Side::Action).max(0);
    let reported = limit.reported.iter().min_by_key(|reported| reported.left);
    let reported = reported
        .map(|reported| ReportedView { left: reported.left.max(0), until: time::text(reported.until) });
    let LimitUse { row, used, booked, frees_at, .. } = limit;
    let blocked_until = row.blocked_until.filter(|until| *until > now);
    let own = (numbers.max.value, numbers.leave_to_others.value, numbers.keep_for_actions.value);
    let is_shared = own != (row.max, row.leave_to_others, row.keep_for_actions);
    let from = |number: &Number| if is_shared { "shared" } else { origin(&number.origin) };
    LimitView {
        name: row.name,
        max: row.max,
        max_from: from(&numbers.max),
        property: match &numbers.max.origin {
            Origin::Configuration(property) => Some(property.clone()),
            Origin::Spec | Origin::Set => None,
        },
        approved_max: numbers.approved_max,
        own_max: numbers.max.value,
        set,
        window_seconds: row.window_ms / 1_000,
        used,
        booked,
        left,
        left_to_others: row.leave_to_others,
        left_to_others_from: from(&numbers.leave_to_others),
        kept_for_actions: row.keep_for_actions,
        kept_for_actions_from: from(&numbers.keep_for_actions),
        reported,
        frees_at: frees_at.map(time::text),
        blocked_until: blocked_until.map(time::text),
        blocked_reason: row.blocked_reason.filter(|_| blocked_until.is_some()),
        shared_with: sharers.into_iter().map(sharer_view).collect(),
        ledger: ledger.into_iter().map(ledger_view).collect(),
    }
}

fn origin(origin: &Origin) -> &'static str {
    match origin {
        Origin::Spec => "spec",
        Origin::Configuration(_) => "configuration",
        Origin::Set => "set",
    }
}

fn sharer_view(sharer: Sharer) -> SharerView {
    SharerView {
        connection: sharer.connection,
        max: sharer.max,
        left_to_others: sharer.leave_to_others,
        kept_for_actions: sharer.keep_for_actions,
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
