//! What the API's answers say about the health of a host.

use serde_json::{Value, json};

use crate::cli::{folder, table::cell};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub check: &'static str,
    pub state: State,
    pub detail: String,
    pub hint: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Ok,
    /// Somebody should know, and nobody must act.
    Note,
    /// It passes by itself.
    Waits,
    NeedsPerson,
    /// Nothing more can be asked.
    Failed,
}

impl State {
    pub fn word(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Note => "note",
            State::Waits => "waits",
            State::NeedsPerson => "needs you",
            State::Failed => "FAILED",
        }
    }
}

impl Finding {
    pub fn new(check: &'static str, state: State, detail: impl Into<String>) -> Self {
        Finding { check, state, detail: detail.into(), hint: None }
    }

    pub fn ok(check: &'static str, detail: impl Into<String>) -> Self {
        Finding::new(check, State::Ok, detail)
    }

    fn needs_you(check: &'static str, detail: String, hint: String) -> Self {
        Finding { hint: Some(hint), ..Finding::new(check, State::NeedsPerson, detail) }
    }

    /// `{"check": "streams", "ok": false, "state": "needs-person", "detail": "…", "hint": "…"}`; state is
    /// `ok`, `note`, `waits`, `needs-person` or `failed`.
    pub fn to_json(&self) -> Value {
        let state = match self.state {
            State::Ok => "ok",
            State::Note => "note",
            State::Waits => "waits",
            State::NeedsPerson => "needs-person",
            State::Failed => "failed",
        };
        let ok = matches!(self.state, State::Ok | State::Note | State::Waits);
        json!({ "check": self.check, "ok": ok, "state": state, "detail": self.detail, "hint": self.hint })
    }
}

pub fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.get("items").and_then(Value::as_array).into_iter().flatten()
}

/// One word when there is nothing to tell.
pub fn or_ok(found: Vec<Finding>, check: &'static str, detail: &str) -> Vec<Finding> {
    if found.is_empty() { vec![Finding::ok(check, detail)] } else { found }
}

pub fn connectors(list: &Value) -> Vec<Finding> {
    let active = items(list).filter(|connector| !cell(connector, "/active").is_empty()).count();
    let waiting = items(list).flat_map(|connector| {
        let name = cell(connector, "/name");
        let versions = connector.get("versions").and_then(Value::as_array).into_iter().flatten();
        let waits = versions.filter(|version| cell(version, "/state").starts_with("waits"));
        waits.map(move |version| {
            let version = cell(version, "/version");
            let hint = format!("`windlass connector approve {name} {version}` makes it active");
            Finding::needs_you("connectors", format!("{name} {version} waits for approval"), hint)
        })
    });
    std::iter::once(Finding::ok("connectors", format!("{active} active"))).chain(waiting).collect()
}

/// Files in the watched folder that nobody will install as they are.
pub fn folder(folder: &Value) -> Vec<Finding> {
    let refused = folder::refusals(folder).into_iter();
    refused.map(|(detail, hint)| Finding::needs_you("folder", detail, hint)).collect()
}

pub fn connections(list: &Value) -> Vec<Finding> {
    let paused = items(list).filter(|connection| cell(connection, "/state") == "paused").count();
    let detail = format!("{}, {paused} of them paused", items(list).count());
    let failing = items(list).filter(|connection| !cell(connection, "/check_error").is_empty());
    let failing = failing.map(|connection| {
        let name = cell(connection, "/name");
        let detail = format!("{name} failed its last check: {}", cell(connection, "/check_error"));
        let hint = format!(
            "correct it with `windlass connection set {name}`, then `windlass connection check {name}`"
        );
        Finding::needs_you("connections", detail, hint)
    });
    std::iter::once(Finding::ok("connections", detail)).chain(failing).collect()
}

/// What is odd about a connection, and works all the same.
pub fn warnings(connection: &Value) -> Vec<Finding> {
    let name = cell(connection, "/name");
    let warnings = connection.get("warnings").and_then(Value::as_array).into_iter().flatten();
    let found = warnings
        .filter_map(Value::as_str)
        .map(|warning| Finding::new("connections", State::Note, format!("{name}: {warning}")));
    found.collect()
}

pub fn streams(connection: &str, list: &Value) -> Vec<Finding> {
    let find = |stream: &Value| {
        let name = cell(stream, "/name");
        let (code, message) = (cell(stream, "/stopped/code"), cell(stream, "/stopped/message"));
        let stopped = (!code.is_empty()).then(|| {
            let detail = format!("{connection}/{name} is stopped: {message} ({code})");
            let hint = format!(
                "`windlass connection set {connection}` with what is right, or `windlass stream resume {connection} {name}`"
            );
            Finding::needs_you("streams", detail, hint)
        });
        let deletions = cell(stream, "/withheld_deletions");
        let withheld = (!deletions.is_empty()).then(|| {
            let detail = format!("{connection}/{name} withholds {deletions} deletions");
            let hint =
                format!("if they are really gone: `windlass stream accept-deletions {connection} {name}`");
            Finding::needs_you("streams", detail, hint)
        });
        let is_told = stopped.is_some() || withheld.is_some();
        let failing = failing(connection, stream).filter(|_| !is_told);
        stopped.into_iter().chain(withheld).chain(failing)
    };
    items(list).flat_map(find).collect()
}

/// A stream whose last run failed, or is tried again and again.
fn failing(connection: &str, stream: &Value) -> Option<Finding> {
    let of = |member: &str| cell(stream, &format!("/failing/{member}"));
    let (name, code, message, run) = (cell(stream, "/name"), of("code"), of("message"), of("run"));
    let gave_up = of("state") == "failed";
    let goes_on = if gave_up { "" } else { ", and is tried again" };
    let found = (!code.is_empty()).then(|| {
        let state = if gave_up { State::NeedsPerson } else { State::Waits };
        Finding::new("streams", state, format!("{connection}/{name} fails{goes_on}: {message} ({code})"))
    })?;
    Some(Finding { hint: Some(format!("`windlass run show {run}` shows its calls")), ..found })
}

/// Actions that were given up lately; whoever asked was told.
pub fn failed_actions(list: &Value, since: &str) -> Vec<Finding> {
    let lately: Vec<&Value> = items(list).filter(|run| cell(run, "/finished_at").as_str() >= since).collect();
    let Some(last) = lately.first() else { return Vec::new() };
    let (id, what) = (cell(last, "/id"), format!("{} {}", cell(last, "/connection"), cell(last, "/action")));
    let more = match lately.len() {
        1 => String::new(),
        several => format!(", and {} more in a day", several - 1),
    };
    let detail = format!("run {id} ({what}) failed{more}: {}", cell(last, "/error/message"));
    let hint = format!("`windlass run retry {id}`, or `windlass run list --state failed --kind action`");
    vec![Finding { hint: Some(hint), ..Finding::new("runs", State::Note, detail) }]
}

/// `moment` puts a time into words.
pub fn limits(connection: &str, list: &Value, moment: impl Fn(&str) -> String) -> Vec<Finding> {
    let blocked = items(list).filter(|limit| !cell(limit, "/blocked_until").is_empty());
    let found = blocked.map(|limit| {
        let (name, reason) = (cell(limit, "/name"), cell(limit, "/blocked_reason"));
        let frees = moment(&cell(limit, "/blocked_until"));
        let detail = format!("{connection}: limit {name} is blocked and frees {frees}: {reason}");
        Finding::new("limits", State::Waits, detail)
    });
    found.chain(items(list).filter_map(|limit| shared(connection, limit))).collect()
}

/// Webhooks with deliveries that were given up, as long as these are kept.
pub fn webhooks(connection: &str, list: &Value) -> Vec<Finding> {
    let failed = items(list).filter(|webhook| webhook.get("failed").and_then(Value::as_i64) > Some(0));
    let find = |webhook: &Value| {
        let (name, failed) = (cell(webhook, "/name"), cell(webhook, "/failed"));
        let detail = format!("{connection}: deliveries to {name} were given up: {failed}");
        let hint = format!("`windlass delivery list {connection} --state failed`, then `delivery replay`");
        Finding { hint: Some(hint), ..Finding::new("webhooks", State::Note, detail) }
    };
    failed.map(find).collect()
}

/// Connections that share a limit and say different numbers.
fn shared(connection: &str, limit: &Value) -> Option<Finding> {
    let (name, own, binds) = (cell(limit, "/name"), cell(limit, "/own_max"), cell(limit, "/max"));
    let sharers = limit.get("shared_with").and_then(Value::as_array)?;
    let other = sharers.iter().find(|sharer| cell(sharer, "/max") != own)?;
    let (other, theirs) = (cell(other, "/connection"), cell(other, "/max"));
    let detail = format!(
        "{connection}: limit {name} is shared with {other}, which allows {theirs} where this one allows {own}: \
         the lowest, {binds}, binds both"
    );
    Some(Finding::new("limits", State::Note, detail))
}

/// Flows that wait for a person, or for another configuration.
pub fn flows(list: &Value) -> Vec<Finding> {
    let holding = items(list).filter(|flow| flow.get("held").and_then(Value::as_i64) > Some(0));
    let find = |flow: &Value| {
        let (name, held) = (cell(flow, "/name"), cell(flow, "/held"));
        let hint = format!("`windlass flow held {name}` says why");
        Finding::needs_you("flows", format!("{name} holds {held} changes"), hint)
    };
    holding.map(find).collect()
}

pub fn held(list: &Value) -> Vec<Finding> {
    let find = |run: &Value| {
        let id = cell(run, "/id");
        let what = format!("{} {}", cell(run, "/connection"), cell(run, "/action"));
        let detail = format!("run {id} ({what}) is held: {}", cell(run, "/error/message"));
        let hint = cell(run, "/error/hint");
        let hint = if hint.is_empty() { format!("`windlass run show {id}`") } else { hint };
        Finding::needs_you("runs", detail, hint)
    };
    let more = !cell(list, "/next").is_empty();
    let more = more.then(|| {
        let hint = "`windlass run list --state held` lists them".to_owned();
        Finding::needs_you("runs", "and more are held".to_owned(), hint)
    });
    items(list).map(find).chain(more).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Finding, State, connections, connectors, held, limits, or_ok, streams, warnings, webhooks};

    #[track_caller]
    fn check(found: Vec<Finding>, expected: &[(State, &str)]) {
        let found: Vec<_> = found.iter().map(|finding| (finding.state, finding.detail.as_str())).collect();
        assert_eq!(found, expected);
    }

    fn list(items: Value) -> Value {
        json!({ "items": items, "next": null })
    }

    #[test]
    fn deliveries_that_were_given_up_are_told() {
        let list = json!({ "items": [{ "name": "orders", "failed": 3 }, { "name": "stock", "failed": 0 }] });
        check(webhooks("shop", &list), &[(State::Note, "shop: deliveries to orders were given up: 3")]);
    }

    #[test]
    fn a_version_that_waits_needs_a_person() {
        let versions = json!([{ "version": "1.1.0", "state": "waits-for-approval" }]);
        let shop = json!({ "name": "shop", "active": "1.0.0", "versions": versions });
        let expected = [(State::Ok, "1 active"), (State::NeedsPerson, "shop 1.1.0 waits for approval")];
        check(connectors(&list(json!([shop]))), &expected);
    }

    #[test]
    fn a_check_that_failed_needs_a_person() {
        let list = list(json!([
            { "name": "a", "state": "paused", "check_error": null },
            { "name": "b", "state": "active", "check_error": "auth: no" },
        ]));
        let expected =
            [(State::Ok, "2, 1 of them paused"), (State::NeedsPerson, "b failed its last check: auth: no")];
        check(connections(&list), &expected);
    }

    #[test]
    fn stopped_streams_and_withheld_deletions_need_a_person() {
        let list = list(json!([
            { "name": "orders", "stopped": { "code": "auth", "message": "no" }, "withheld_deletions": null },
            { "name": "items", "stopped": null, "withheld_deletions": 7 },
            { "name": "prices", "stopped": null, "withheld_deletions": null,
                "failing": { "run": 7, "state": "failed", "code": "transient", "message": "gone" } },
            { "name": "stock", "failing": { "run": 8, "state": "queued", "code": "transient", "message": "gone" } },
            { "name": "customers", "failing": null },
        ]));
        let expected = [
            (State::NeedsPerson, "shop/orders is stopped: no (auth)"),
            (State::NeedsPerson, "shop/items withholds 7 deletions"),
            (State::NeedsPerson, "shop/prices fails: gone (transient)"),
            (State::Waits, "shop/stock fails, and is tried again: gone (transient)"),
        ];
        check(streams("shop", &list), &expected);
    }

    #[test]
    fn a_block_passes_by_itself() {
        let list = list(json!([
            { "name": "minute", "blocked_until": "12:00", "blocked_reason": "the vendor said so" },
            { "name": "hour", "blocked_until": null, "blocked_reason": null },
        ]));
        let expected = "shop: limit minute is blocked and frees at 12:00: the vendor said so";
        check(limits("shop", &list, |at| format!("at {at}")), &[(State::Waits, expected)]);
    }

    #[test]
    fn what_is_odd_is_told_and_asks_nobody() {
        let connection = json!({ "name": "shop", "warnings": ["/w: `7` is none of the options"] });
        check(warnings(&connection), &[(State::Note, "shop: /w: `7` is none of the options")]);
        let limit = |theirs: i64| {
            let shared = json!([{ "connection": "other", "max": theirs }]);
            list(json!([{ "name": "hour", "max": 600, "own_max": 750, "shared_with": shared }]))
        };
        let expected = "shop: limit hour is shared with other, which allows 600 where this one allows 750: \
                        the lowest, 600, binds both";
        check(limits("shop", &limit(600), str::to_owned), &[(State::Note, expected)]);
        check(limits("shop", &limit(750), str::to_owned), &[]);
    }

    #[test]
    fn what_a_flow_holds_needs_a_person() {
        let flows = json!([{ "name": "a", "held": 0 }, { "name": "b", "held": 3 }]);
        check(super::flows(&list(flows)), &[(State::NeedsPerson, "b holds 3 changes")]);
    }

    #[test]
    fn actions_that_failed_lately_are_told() {
        let run = |id: i64, at: &str| {
            json!({ "id": id, "connection": "shop", "action": "ship", "finished_at": at,
                "error": { "message": "gone" } })
        };
        let runs = list(json!([run(9, "2026-02-02T10"), run(8, "2026-02-02T09"), run(7, "2026-01-01T00")]));
        let expected = [(State::Note, "run 9 (shop ship) failed, and 1 more in a day: gone")];
        check(super::failed_actions(&runs, "2026-02-01T12"), &expected);
        check(super::failed_actions(&runs, "2026-02-03T00"), &[]);
    }

    #[test]
    fn held_runs_need_a_person() {
        let run =
            json!({ "id": 7, "connection": "shop", "action": "ship", "error": { "message": "who knows" } });
        let expected = [
            (State::NeedsPerson, "run 7 (shop ship) is held: who knows"),
            (State::NeedsPerson, "and more are held"),
        ];
        check(held(&json!({ "items": [run], "next": "7" })), &expected);
        check(or_ok(held(&list(json!([]))), "runs", "none is held"), &[(State::Ok, "none is held")]);
    }
}
