//! Deliveries. O2

use serde_json::{Value, json};
use windlass_sdk::{Delivery, DeliveryOutcome, Error, ErrorKind};

use crate::host;

fn receive(body: &str) -> Result<DeliveryOutcome, Error> {
    let delivery = Delivery { webhook: "events".into(), body: body.into(), ..Delivery::default() };
    host().receive(&delivery)
}

#[track_caller]
fn check(body: Value, expected: DeliveryOutcome) {
    assert_eq!(receive(&body.to_string()).unwrap(), expected, "{body}");
}

fn read(stream: &str, key: &str) -> DeliveryOutcome {
    DeliveryOutcome::new().read_keys(stream, vec![key.into()])
}

#[test]
fn what_changed_is_read_again() {
    check(json!({ "event": "product.created", "id": 5 }), read("products", "5"));
    check(json!({ "event": "product.updated", "id": "5" }), read("products", "5"));
    check(json!({ "event": "order.updated", "id": 7 }), read("orders", "7"));
}

/// Deliveries come in any order: the record in one may be older than what is stored.
#[test]
fn a_delivery_with_the_whole_record_is_read_again_too() {
    let whole = json!({ "event": "order.updated", "data": { "id": 7, "realised": true } });
    check(whole, read("orders", "7"));
}

#[test]
fn a_deleted_product_is_removed() {
    let removed = || DeliveryOutcome::new().deleted("products", "5");
    check(json!({ "event": "product.deleted", "id": 5 }), removed());
    check(json!({ "event": "product.deleted", "data": { "id": 5 } }), removed());
}

#[test]
fn what_cannot_be_understood_fails_and_says_what_to_set() {
    for (body, code, words) in [
        (r#"{"event":"order.deleted","id":1}"#, "unknown-event", "`order.deleted`"),
        (r#"{"id":1}"#, "no-event", "`/event`"),
        (r#"{"event":"order.updated"}"#, "no-id", "`/id`"),
        (r#"{"event":"order.updated","id":" "}"#, "no-id", "`/id`"),
        ("event=order.updated", "body", "does not fit"),
    ] {
        let error = receive(body).unwrap_err();
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Rejected, code), "{body}");
        assert!(error.message.contains(words), "{error}");
    }
}
