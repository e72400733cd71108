//! B3, B5: being told.

use serde_json::{Value, json};
use windlass_sdk::testing::{Answer, TestHost};
use windlass_sdk::{Delivery, DeliveryOutcome, ErrorKind};

use crate::{API, host};

const OURS: &str = "{webhook-url:events}";

fn listed(webhooks: &[(u64, &str, &str)]) -> Answer {
    let webhooks: Vec<_> = webhooks
        .iter()
        .map(|(id, kind, url)| json!({ "id": id, "event_type": kind, "webhook_url": url }))
        .collect();
    Answer::json(json!({ "webhook_urls": webhooks }))
}

fn expect_list(host: &TestHost<brani::Brani>, webhooks: &[(u64, &str, &str)]) {
    host.expect("GET", &format!("{API}/webhook")).answer(listed(webhooks));
}

fn expect_registration(host: &TestHost<brani::Brani>, kind: &str, answer: Answer) {
    host.expect("POST", &format!("{API}/webhook"))
        .json(json!({ "event_type": kind, "url": OURS }))
        .answer(answer);
}

fn saved() -> Answer {
    Answer::json(json!({ "detail": "Uspesne ulozeno" }))
}

#[test]
fn only_what_is_missing_is_added_with_our_address() {
    let mut host = host();
    let there = [(1, "status_change", OURS), (2, "balic_packed", "https://else.example/hook")];
    expect_list(&host, &there);
    expect_registration(&host, "balic_packed", saved());
    expect_list(&host, &[&there[..], &[(3, "balic_packed", OURS)]].concat());
    let input = json!({ "events": ["package_packed", "status_change", "balic_packed"] });
    let output = host.act("register-webhooks", "k", &input).unwrap();
    assert_eq!(
        output,
        json!({
            "webhooks": [
                { "event": "balic_packed", "webhook_id": 3 },
                { "event": "status_change", "webhook_id": 1 },
            ],
            "added": ["balic_packed"],
        })
    );
}

#[test]
fn a_repeat_after_a_lost_answer_lists_first() {
    let mut host = host();
    let input = json!({ "events": ["order_history"] });
    expect_list(&host, &[]);
    expect_registration(&host, "order_history", Answer::timeout());
    assert_eq!(host.act("register-webhooks", "k", &input).unwrap_err().kind, ErrorKind::Transient);
    expect_list(&host, &[(9, "order_history", OURS)]);
    let output = host.act("register-webhooks", "k", &input).unwrap();
    assert_eq!(output["webhooks"], json!([{ "event": "order_history", "webhook_id": 9 }]));
}

#[test]
fn what_is_never_listed_is_not_added_again_and_again() {
    let mut host = host();
    expect_list(&host, &[]);
    expect_registration(&host, "package_number", saved());
    host.expect("GET", &format!("{API}/webhook")).answer(Answer::json(json!({ "webhook_urls": null })));
    let error = host.act("register-webhooks", "k", &json!({ "events": ["package_number"] })).unwrap_err();
    assert_eq!(error.code, "not-listed");
}

#[test]
fn an_event_that_brani_does_not_have_is_refused() {
    let refused =
        |events: Value| host().act("register-webhooks", "k", &json!({ "events": events })).unwrap_err();
    assert_eq!(refused(json!(["order_packed"])).kind, ErrorKind::Rejected);
    assert_eq!(refused(json!([])).kind, ErrorKind::Rejected);
}

/// Nobody knows what a push holds, so nothing of it is used.
#[test]
fn a_push_makes_no_record_and_asks_for_a_walk() {
    for body in [&b""[..], b"{\"id\":1,\"order_code\":\"7\"}", b"<xml/>", b"\xff"] {
        let delivery = Delivery {
            webhook: "events".into(),
            method: "POST".into(),
            body: body.into(),
            ..Delivery::default()
        };
        let outcome = host().receive(&delivery).unwrap();
        assert_eq!(outcome, DeliveryOutcome::new().walk("webhook-events"));
    }
}
