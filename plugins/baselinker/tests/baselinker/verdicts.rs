//! What the vendor's answers are taken for.

use baselinker::BaseLinker;
use serde_json::{Value, json};
use windlass_sdk::testing::{Answer, TestHost};
use windlass_sdk::{Error, ErrorKind};

use crate::vendor::{URL, refusal, success};

fn verdict_with(config: Value, answer: Answer) -> (Error, Option<u64>, u64) {
    let mut host = TestHost::<BaseLinker>::new(config);
    host.expect("POST", URL).form("method", "getOrderStatusList").answer(answer);
    let error = host.sync("order-statuses").unwrap_err();
    (error, host.blocked_until("requests"), host.now_ms())
}

fn check(answer: Answer, kind: ErrorKind, code: &str) {
    let (error, blocked, _) = verdict_with(json!({}), answer);
    assert_eq!((error.kind, error.code.as_str(), blocked), (kind, code, None), "{error}");
}

/// G2
#[test]
fn success_is_judged_by_the_status_in_the_body() {
    check(refusal("ERROR_UNKNOWN_METHOD", "no"), ErrorKind::Rejected, "ERROR_UNKNOWN_METHOD");
    check(Answer::json(json!({ "statuses": [] })), ErrorKind::Transient, "no-status");
    check(Answer::text(500, "<html>oops</html>"), ErrorKind::Transient, "http-500");
    check(Answer::text(200, "{\"status\":\"SUCC"), ErrorKind::Transient, "unreadable-answer");
    check(Answer::text(404, "not here"), ErrorKind::Rejected, "http-404");
    check(Answer::timeout(), ErrorKind::Transient, "timeout");
}

#[test]
fn codes_that_name_the_token_or_the_account_are_about_credentials() {
    for code in ["ERROR_AUTH_TOKEN", "ERROR_BAD_TOKEN", "ERROR_USER_ACCOUNT_BLOCKED"] {
        check(refusal(code, "no"), ErrorKind::Auth, code);
    }
}

fn check_block(config: Value, code: &str, message: &str, seconds: u64) {
    let (error, blocked, now) = verdict_with(config, refusal(code, message));
    let until = Some(now + seconds * 1000);
    assert_eq!((error.kind, error.until_ms, blocked), (ErrorKind::RateLimited, until, until));
}

/// L5, L1. The test's clock stands at 2024-01-01 00:00:00 UTC, which is 01:00:00 in Warsaw.
#[test]
fn a_block_keeps_the_limit_closed_until_the_stated_time() {
    let message = |moment: &str| format!("Query limit exceeded, token blocked until {moment}");
    let soon = message("2024-01-01 01:07:30");
    check_block(json!({}), "ERROR_BLOCKED_TOKEN", &soon, 450);
    check_block(json!({}), "ERROR_OF_ANOTHER_NAME", &soon, 450);
    check_block(json!({}), "", &format!("ERROR_BLOCKED_TOKEN: {soon}."), 450);
    let utc = json!({ "time_zone": "UTC" });
    check_block(utc, "ERROR_BLOCKED_TOKEN", &message("2024-01-01 00:00:10"), 10);
}

/// L1
#[test]
fn a_moment_that_makes_no_sense_means_ten_minutes() {
    let message = |moment: &str| format!("Query limit exceeded, token blocked until {moment}");
    for moment in ["2024-01-01 00:59:59", "2024-01-02 01:00:01", "tomorrow", ""] {
        check_block(json!({}), "ERROR_BLOCKED_TOKEN", &message(moment), 600);
    }
    let nowhere = json!({ "time_zone": "Europe/Nowhere" });
    check_block(nowhere, "ERROR_BLOCKED_TOKEN", &message("2024-01-01 01:07:30"), 600);
}

/// G3
#[test]
fn a_slash_at_the_end_of_the_address_is_ignored() {
    let mut host = TestHost::<BaseLinker>::new(json!({ "base_url": "http://127.0.0.1:9/sim//" }));
    host.expect("POST", "http://127.0.0.1:9/sim/connector.php")
        .answer(success(json!({ "inventories": [{ "inventory_id": 307, "name": "Default" }] })));
    assert_eq!(host.sync("inventories").unwrap().keys(), ["307"]);
}

#[test]
fn a_check_says_what_it_saw() {
    let mut host = TestHost::<BaseLinker>::new(json!({}));
    host.expect("POST", URL)
        .answer(success(json!({ "statuses": [{ "id": 1, "name": "New" }, { "id": "2", "name": "Sent" }] })));
    let message = host.check().unwrap().message.unwrap();
    assert_eq!(message, "the account has 2 order statuses");
}

#[test]
fn a_check_names_a_wrong_time_zone_before_any_request() {
    let mut host = TestHost::<BaseLinker>::new(json!({ "time_zone": "Warsaw" }));
    let error = host.check().unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Config, "unknown-time-zone"));
}

/// L3
#[test]
fn statuses_are_read_whole() {
    let mut host = TestHost::<BaseLinker>::new(json!({}));
    host.expect("POST", URL)
        .form("method", "getOrderStatusList")
        .answer(success(json!({ "statuses": [{ "id": 8069, "name": "New", "color": "#f90" }] })));
    let synced = host.sync("order-statuses").unwrap();
    assert_eq!((synced.keys(), synced.differing.len()), (vec!["8069"], 0));
}
