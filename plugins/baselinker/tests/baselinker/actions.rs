//! The actions, and what a repeat of them does.

use baselinker::BaseLinker;
use serde_json::{Value, json};
use windlass_sdk::ErrorKind;
use windlass_sdk::testing::{Answer, TestHost};

use crate::vendor::{URL, methods, refusal, success};

fn host() -> TestHost<BaseLinker> {
    TestHost::new(json!({}))
}

fn expect(host: &TestHost<BaseLinker>, method: &str, parameters: Value, answer: Answer) {
    let expected = host.expect("POST", URL).form("method", method);
    expected.form("parameters", parameters).answer(answer);
}

/// What the search of a repeat asks: two hours before the first attempt, at midnight.
fn search(second: u64) -> Value {
    json!({ "date_from": 1_704_060_000, "get_unconfirmed_orders": true, "date_confirmed_from": second })
}

/// L4
#[test]
fn a_status_is_set_with_ids_in_the_form_they_came() {
    let mut host = host();
    let input = json!({ "order_id": "17", "status_id": 8070 });
    expect(&host, "setOrderStatus", input.clone(), success(json!({})));
    assert_eq!(host.act("set-order-status", "k", &input).unwrap(), json!({}));
}

/// L4
#[test]
fn a_repeat_looks_at_the_order_before_it_sets_the_status_again() {
    for (present, sent) in [(json!(8069), true), (json!("8070"), false)] {
        let mut host = host();
        let input = json!({ "order_id": 17, "status_id": 8070 });
        expect(&host, "setOrderStatus", input.clone(), Answer::timeout());
        assert_eq!(host.act("set-order-status", "k", &input).unwrap_err().kind, ErrorKind::Transient);
        let orders = json!({ "orders": [{ "order_id": 17, "order_status_id": present }] });
        expect(&host, "getOrders", json!({ "order_id": 17 }), success(orders));
        if sent {
            expect(&host, "setOrderStatus", input.clone(), success(json!({})));
        }
        let left = if sent { json!({}) } else { json!({ "left_in": "8070" }) };
        assert_eq!(host.act("set-order-status", "k", &input).unwrap(), left);
    }
}

#[test]
fn an_order_in_another_status_than_said_is_left_alone() {
    let input = json!({ "order_id": 17, "status_id": 8070, "only_from": [8069, "8068"] });
    for (present, sent) in [(8068, true), (8069, true), (8070, false), (8071, false)] {
        let mut host = host();
        let orders = json!({ "orders": [{ "order_id": "17", "order_status_id": present }] });
        expect(&host, "getOrders", json!({ "order_id": 17 }), success(orders));
        if sent {
            let parameters = json!({ "order_id": 17, "status_id": 8070 });
            expect(&host, "setOrderStatus", parameters, success(json!({})));
        }
        let left = if sent { json!({}) } else { json!({ "left_in": present }) };
        assert_eq!(host.act("set-order-status", "k", &input).unwrap(), left);
    }
    let mut host = host();
    expect(&host, "getOrders", json!({ "order_id": 17 }), success(json!({ "orders": [] })));
    assert_eq!(host.act("set-order-status", "k", &input).unwrap_err().code, "no-order");
}

/// L4
#[test]
fn many_statuses_are_set_at_once() {
    let mut host = host();
    let input = json!({ "order_ids": [1, 2], "status_id": 8070 });
    expect(&host, "setOrderStatuses", input.clone(), success(json!({})));
    host.act("set-order-statuses", "k", &input).unwrap();
}

/// L4
#[test]
fn an_order_is_added_with_the_key_in_its_field() {
    let mut host = host();
    let sent = json!({ "order_status_id": 1, "delivery_price": 12.50, "extra_field_1": "k-1" });
    expect(&host, "addOrder", sent, success(json!({ "order_id": 77 })));
    let output = host.act("add-order", "k-1", &json!({ "order_status_id": 1, "delivery_price": 12.50 }));
    assert_eq!(output.unwrap(), json!({ "order_id": 77 }));
}

/// L4
#[test]
fn an_order_that_a_lost_answer_made_is_found_and_not_sent_again() {
    let mut host = host();
    let order = json!({ "order_status_id": 1 });
    expect(&host, "addOrder", json!({ "order_status_id": 1, "extra_field_1": "k" }), Answer::timeout());
    assert_eq!(host.act("add-order", "k", &order).unwrap_err().kind, ErrorKind::Transient);

    host.advance_seconds(60);
    let others = json!({ "orders": [
        { "order_id": 5, "date_confirmed": 0, "extra_field_1": "" },
        { "order_id": "6", "date_confirmed": "1704067200", "extra_field_1": "k" },
    ] });
    expect(&host, "getOrders", search(0), success(others));
    assert_eq!(host.act("add-order", "k", &order).unwrap(), json!({ "order_id": "6" }));
}

/// L4
#[test]
fn an_order_that_is_nowhere_is_sent_after_every_page_was_searched() {
    let mut host = host();
    let order = json!({ "order_status_id": 1 });
    let sent = json!({ "order_status_id": 1, "extra_field_1": "k" });
    expect(&host, "addOrder", sent.clone(), Answer::broken());
    host.act("add-order", "k", &order).unwrap_err();

    let page: Vec<_> = (0..100)
        .map(|id| json!({ "order_id": id, "date_confirmed": 10 + id, "extra_field_1": "" }))
        .collect();
    expect(&host, "getOrders", search(0), success(json!({ "orders": page })));
    expect(&host, "getOrders", search(109), success(json!({ "orders": [page[99]] })));
    expect(&host, "addOrder", sent, success(json!({ "order_id": 200 })));
    assert_eq!(host.act("add-order", "k", &order).unwrap(), json!({ "order_id": 200 }));
}

/// L4
#[test]
fn a_request_sent_after_the_search_makes_it_begin_again() {
    let mut host = host();
    let order = json!({ "order_status_id": 1 });
    let nothing = || success(json!({ "orders": [] }));
    let add = |host: &TestHost<BaseLinker>, answer| {
        expect(host, "addOrder", json!({ "order_status_id": 1, "extra_field_1": "k" }), answer);
    };
    add(&host, Answer::timeout());
    host.act("add-order", "k", &order).unwrap_err();
    expect(&host, "getOrders", search(0), nothing());
    add(&host, Answer::timeout());
    host.act("add-order", "k", &order).unwrap_err();
    let found = success(json!({ "orders": [{ "order_id": 6, "date_confirmed": 1, "extra_field_1": "k" }] }));
    expect(&host, "getOrders", search(0), found);
    assert_eq!(host.act("add-order", "k", &order).unwrap(), json!({ "order_id": 6 }));
}

#[test]
fn what_was_never_sent_needs_no_search() {
    let mut host = host();
    let order = json!({ "order_status_id": 1 });
    let sent = json!({ "order_status_id": 1, "extra_field_1": "k" });
    expect(&host, "addOrder", sent.clone(), Answer::denied());
    host.act("add-order", "k", &order).unwrap_err();
    expect(&host, "addOrder", sent, success(json!({ "order_id": 1 })));
    host.act("add-order", "k", &order).unwrap();
    assert_eq!(methods(&host.sent()), ["addOrder", "addOrder"]);
}

#[test]
fn success_without_an_id_is_an_unknown_outcome() {
    let mut host = host();
    expect(&host, "addOrder", json!({ "order_status_id": 1, "extra_field_1": "k" }), success(json!({})));
    let error = host.act("add-order", "k", &json!({ "order_status_id": 1 })).unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Transient, "no-order-id"));
}

#[test]
fn the_field_of_the_key_is_not_the_callers() {
    let mut host = host();
    let input = json!({ "order_status_id": 1, "extra_field_1": "mine" });
    let error = host.act("add-order", "k", &input).unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Rejected, "reserved-field"));
    assert!(error.message.contains("extra_field_1"), "{error}");
}

#[test]
fn a_refusal_keeps_the_vendors_code() {
    let mut host = host();
    expect(
        &host,
        "setOrderStatus",
        json!({ "order_id": 1, "status_id": 2 }),
        refusal("ERROR_BAD_PARAMETER", "Invalid status_id"),
    );
    let error = host.act("set-order-status", "k", &json!({ "order_id": 1, "status_id": 2 }));
    assert_eq!(error.unwrap_err().code, "ERROR_BAD_PARAMETER");
}
