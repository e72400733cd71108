//! What the vendor's answers are taken for.

use serde_json::json;
use windlass_sdk::testing::Answer;
use windlass_sdk::{Error, ErrorKind};

use crate::vendor::{URL, connect, listed};

const HOUR_MS: u64 = 3_600_000;

struct Verdict {
    error: Error,
    /// How long the limit is blocked.
    blocked_ms: Option<u64>,
}

fn verdict(answer: Answer, limit_status: Option<u16>) -> Verdict {
    let mut host = connect(limit_status.map_or(json!({}), |status| json!({ "limit_status": status })));
    host.expect("GET", &format!("{URL}/items/?page=1&limit=2")).answer(answer);
    let error = host.sync("items").unwrap_err();
    Verdict { error, blocked_ms: host.blocked_until("requests").map(|until| until - host.now_ms()) }
}

#[track_caller]
fn check(answer: Answer, kind: ErrorKind, code: &str) {
    let Verdict { error, blocked_ms } = verdict(answer, None);
    assert_eq!((error.kind, error.code.as_str(), blocked_ms), (kind, code, None), "{error}");
}

/// G2
#[test]
fn success_is_two_hundred_without_an_error() {
    let refusal = |status| Answer::text(status, r#"{"error": "The page is not correct"}"#);
    check(refusal(200), ErrorKind::Rejected, "refused");
    check(refusal(404), ErrorKind::Rejected, "http-404");
    check(refusal(405), ErrorKind::Rejected, "http-405");
    check(refusal(401), ErrorKind::Auth, "http-401");
    check(refusal(500), ErrorKind::Transient, "http-500");
    check(Answer::text(500, "<html>oops</html>"), ErrorKind::Transient, "http-500");
    check(Answer::text(200, "ready"), ErrorKind::Transient, "unreadable-answer");
    check(Answer::text(200, r#"{"items": [{"id""#), ErrorKind::Transient, "unreadable-answer");
    check(Answer::timeout(), ErrorKind::Transient, "timeout");
    check(Answer::text(302, ""), ErrorKind::Config, "http-302");
}

#[test]
fn the_vendors_words_are_told() {
    let error = verdict(Answer::text(404, r#"{"error": "No such page"}"#), None).error;
    assert!(error.message.contains("No such page"), "{error}");
}

/// I11
#[test]
fn an_error_when_nothing_is_left_is_the_limit() {
    for status in [200, 401, 404, 500] {
        let answer = Answer::text(status, r#"{"error": "No"}"#).header("x-request-limit-remaining", "0");
        let Verdict { error, blocked_ms } = verdict(answer, None);
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::RateLimited, "request-limit"), "{error}");
        assert_eq!(blocked_ms, None, "the host has read the header and blocks by itself");
    }
}

/// I11
#[test]
fn a_refusal_that_names_no_time_closes_the_limit_for_an_hour() {
    let check = |answer: Answer, limit_status| {
        let Verdict { error, blocked_ms } = verdict(answer, limit_status);
        assert_eq!((error.kind, blocked_ms), (ErrorKind::RateLimited, Some(HOUR_MS)), "{error}");
    };
    check(Answer::text(429, ""), None);
    check(Answer::text(503, "busy"), Some(503));
}

/// I11
#[test]
fn the_last_request_of_an_hour_is_a_good_one() {
    let mut host = connect(json!({}));
    let answer = listed("items", json!([]), 1, 0, 0).header("x-request-limit-remaining", "0");
    host.expect("GET", &format!("{URL}/items/?page=1&limit=2")).answer(answer);
    host.sync("items").unwrap();
}
