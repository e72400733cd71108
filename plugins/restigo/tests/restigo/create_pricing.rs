//! Creating a price list, and what a repeat of it does.

use restigo::Restigo;
use serde_json::{Value, json};
use windlass_sdk::ErrorKind;
use windlass_sdk::testing::{Answer, TestHost};

use crate::{host, url};

const ASKED: &str = "pricings?pricing_name=%D7%97%D7%93%D7%A9";

fn expect_lookup(host: &TestHost<Restigo>, lists: Value) {
    host.expect("GET", &url(ASKED)).answer(Answer::json(lists));
}

fn expect_post(host: &TestHost<Restigo>, answer: Answer) {
    host.expect("POST", &url("pricings")).json(json!({ "name": "חדש" })).answer(answer);
}

fn create(host: &mut TestHost<Restigo>) -> windlass_sdk::Result<Value> {
    host.act("create-pricing", "k", &json!({ "name": "חדש" }))
}

fn list(id: u64, name: &str) -> Value {
    json!({ "pricing_id": id, "pricing_name": name, "clients": [], "catalog_items": [] })
}

/// R3
#[test]
fn a_list_is_created_when_no_other_has_its_name() {
    let mut host = host();
    // The vendor may find names that hold the text.
    expect_lookup(&host, json!([list(1, "חדש מאוד"), list(2, "לא חדש")]));
    expect_post(&host, Answer::text(201, r#"{"pricing_id":123,"pricing_name":"חדש"}"#));
    assert_eq!(create(&mut host).unwrap(), json!({ "pricing_id": 123, "pricing_name": "חדש" }));
    assert_eq!(host.sent()[1].body, r#"{"name":"חדש"}"#.as_bytes());
}

/// R3
#[test]
fn a_list_that_was_there_before_is_named_and_not_taken_for_ours() {
    let mut host = host();
    expect_lookup(&host, json!([list(7, "חדש")]));
    let error = create(&mut host).unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Rejected, "name-exists"));
    assert_eq!(*error.detail.unwrap(), json!({ "pricings": [{ "pricing_id": 7, "pricing_name": "חדש" }] }));
}

/// R3
#[test]
fn a_list_that_a_lost_answer_made_is_found_and_said_to_be_found() {
    let mut host = host();
    expect_lookup(&host, json!([]));
    expect_post(&host, Answer::broken());
    assert_eq!(create(&mut host).unwrap_err().kind, ErrorKind::Transient);
    expect_lookup(&host, json!([list(124, "חדש")]));
    let found = json!({ "pricing_id": 124, "pricing_name": "חדש", "found_by_name": true });
    assert_eq!(create(&mut host).unwrap(), found);
}

/// R3
#[test]
fn a_list_that_is_not_there_after_a_lost_answer_is_sent_again() {
    let mut host = host();
    expect_lookup(&host, json!([]));
    expect_post(&host, Answer::timeout());
    create(&mut host).unwrap_err();
    expect_lookup(&host, json!([]));
    expect_post(&host, Answer::text(201, r#"{"pricing_id":"125","pricing_name":"חדש"}"#));
    assert_eq!(create(&mut host).unwrap(), json!({ "pricing_id": "125", "pricing_name": "חדש" }));
}

#[test]
fn two_lists_of_the_name_after_a_lost_answer_are_for_a_person() {
    let mut host = host();
    expect_lookup(&host, json!([]));
    expect_post(&host, Answer::timeout());
    create(&mut host).unwrap_err();
    expect_lookup(&host, json!([list(124, "חדש"), list(125, " חדש ")]));
    let error = create(&mut host).unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Rejected, "several-of-the-name"));
    assert!(error.message.contains("124, 125"), "{error}");
}

#[test]
fn success_without_an_id_is_an_unknown_outcome() {
    let mut host = host();
    expect_lookup(&host, json!([]));
    expect_post(&host, Answer::text(201, r#"{"message":"success"}"#));
    let error = create(&mut host).unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Transient, "no-pricing-id"));
}

#[test]
fn a_request_that_never_left_is_no_reason_to_take_what_is_there() {
    let mut host = host();
    expect_lookup(&host, json!([]));
    expect_post(&host, Answer::rate_limited(host.now_ms() + 1000));
    create(&mut host).unwrap_err();
    expect_lookup(&host, json!([list(7, "חדש")]));
    assert_eq!(create(&mut host).unwrap_err().code, "name-exists");
}

#[test]
fn a_name_that_could_not_be_found_again_is_refused() {
    let mut host = host();
    for name in ["", " a", "a ", "a\nb", &"x".repeat(256)] {
        let error = host.act("create-pricing", "k", &json!({ "name": name })).unwrap_err();
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Rejected, "input"), "{name:?}");
    }
    assert_eq!(host.sent().len(), 0);
}
