//! What answers are taken for, and what a check says.

use serde_json::json;
use windlass_sdk::ErrorKind;
use windlass_sdk::testing::Answer;

use crate::{data, host, host_with, url};

#[track_caller]
fn check(answer: Answer, kind: ErrorKind, code: &str) {
    let mut host = host();
    host.expect("GET", &url("orders?page=1&limit=100")).answer(answer);
    let error = host.sync("orders").unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (kind, code), "{error}");
}

/// G2
#[test]
fn success_is_two_hundred_without_an_error() {
    let words = r#"{"error":"not for you","data":[]}"#;
    check(Answer::text(200, words), ErrorKind::Rejected, "refused");
    check(Answer::text(401, words), ErrorKind::Auth, "http-401");
    check(Answer::text(403, words), ErrorKind::Auth, "http-403");
    check(Answer::text(404, words), ErrorKind::Rejected, "http-404");
    check(Answer::text(429, words), ErrorKind::RateLimited, "http-429");
    check(Answer::text(500, "<html>"), ErrorKind::Transient, "http-500");
    check(Answer::text(200, "<html>"), ErrorKind::Transient, "unreadable-answer");
    check(Answer::text(302, ""), ErrorKind::Config, "http-302");
    check(Answer::timeout(), ErrorKind::Transient, "timeout");
}

/// G2: a flag at the place of an error that says no is no error; a second hundred is as good.
#[test]
fn no_error_is_none_in_every_form() {
    for answer in [r#"{"error":false,"data":[]}"#, r#"{"error":null,"data":[]}"#, r#"{"error":"","data":[]}"#]
    {
        let mut host = host();
        host.expect("GET", &url("orders?page=1&limit=100")).answer(Answer::text(201, answer));
        host.sync("orders").unwrap();
    }
}

#[test]
fn a_check_tries_whether_orders_are_found_by_their_reference() {
    let orders = || data(json!([{ "id": 1 }, { "id": 2, "externalId": "17" }]));
    let first = url("orders?page=1&limit=100");
    let select = url("orders?externalId=17");
    let mut host = host();
    host.expect("GET", &first).answer(orders());
    host.expect("GET", &select).answer(data(json!([{ "id": 2, "externalId": "17" }])));
    assert!(host.check().unwrap().message.unwrap().contains("are found"));
    for wrong in [data(json!([])), orders_of_others()] {
        host.expect("GET", &first).answer(orders());
        host.expect("GET", &select).answer(wrong);
        let error = host.check().unwrap_err();
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Config, "lookup-parameter"));
    }
}

fn orders_of_others() -> Answer {
    data(json!([{ "id": 1, "externalId": "1" }]))
}

#[test]
fn a_check_of_an_instance_without_orders_says_so() {
    let mut host = host();
    host.expect("GET", &url("orders?page=1&limit=100")).answer(data(json!([])));
    assert!(host.check().unwrap().message.unwrap().contains("no order has a reference"));
}

#[test]
fn a_check_without_a_parameter_asks_once() {
    let mut host = host_with(json!({ "lookup_parameter": "" }));
    host.expect("GET", &url("orders?page=1&limit=100"))
        .answer(data(json!([{ "id": 2, "externalId": "17" }])));
    host.check().unwrap();
}
