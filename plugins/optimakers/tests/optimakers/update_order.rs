//! Changing orders.

use serde_json::json;
use windlass_sdk::ErrorKind;
use windlass_sdk::testing::Answer;

use crate::{data, host, host_with, url};

/// O2
#[test]
fn only_what_is_given_is_sent() {
    let mut host = host();
    host.expect("PATCH", &url("orders/7"))
        .json(
            json!({ "statusId": 4, "realised": true, "attributes": [{ "attributeId": 11, "value": "DPD" }] }),
        )
        .answer(data(json!({})));
    let changes =
        json!({ "id": 7, "status": 4, "realised": true, "attributes": [{ "id": 11, "value": "DPD" }] });
    assert_eq!(host.act("update-order", "k", &changes).unwrap(), json!({}));
}

#[test]
fn the_method_is_the_profiles() {
    for method in ["PUT", "POST"] {
        let mut host = host_with(json!({ "update_method": method }));
        host.expect(method, &url("orders/7")).json(json!({ "statusId": 4 })).answer(data(json!({})));
        host.act("update-order", "k", &json!({ "id": 7, "status": 4 })).unwrap();
    }
}

#[test]
fn a_change_of_nothing_and_an_unknown_order_are_refused() {
    assert_eq!(host().act("update-order", "k", &json!({ "id": 7 })).unwrap_err().code, "input");
    let mut host = host();
    host.expect("PATCH", &url("orders/8")).answer(Answer::text(404, r#"{"error":"no such order"}"#));
    let error = host.act("update-order", "k", &json!({ "id": "8", "status": 1 })).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Rejected);
    assert!(error.message.contains("no such order"), "{error}");
}
