//! What is sent as an order, and what its answers mean.

use serde_json::{Value, json};
use windlass_sdk::testing::Answer;
use windlass_sdk::{Error, ErrorKind};

use crate::vendor::{Orders, URL, connect, connect_orders, requests};

fn input(reference: &str) -> Value {
    json!({ "account": "shop", "reference": reference, "order": { "customerId": 9, "amount": "12.50" } })
}

/// The body that goes out for an order, under settings.
fn sent(config: Value, input: &Value) -> Value {
    let (mut host, _) = connect_orders(Orders::default(), config);
    host.act("create-order", "k", input).unwrap();
    host.sent()[0].json()
}

#[track_caller]
fn refused(config: Value, input: &Value, kind: ErrorKind, code: &str, named: &str) {
    let (mut host, _) = connect_orders(Orders::default(), config);
    let error = host.act("create-order", "k", input).unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (kind, code), "{error}");
    assert!(error.message.contains(named), "{error}");
    assert!(requests(&host).is_empty(), "nothing is asked of the vendor");
}

/// I10, I5
#[test]
fn an_order_carries_the_reference_and_the_warehouse_of_its_account() {
    let (mut host, orders) = connect_orders(Orders::default(), json!({}));
    let output = host.act("create-order", "k", &input("A-1")).unwrap();
    assert_eq!(output, json!({ "insertId": 1 }));
    assert_eq!(requests(&host), ["POST /orders"]);
    assert_eq!(
        host.sent()[0].json(),
        json!({ "customerId": 9, "amount": "12.50", "reference": "A-1", "warehouseId": "3" })
    );
    assert_eq!(orders.borrow().references, [json!("A-1")]);
}

/// G1
#[test]
fn numbers_of_an_order_go_out_as_they_came_in() {
    let price = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let mut order = input("A-1");
    order["order"]["items"] = json!([{ "quantity": 2, "price": price("21.60") }]);
    assert_eq!(sent(json!({}), &order)["items"][0]["price"].to_string(), "21.60");
}

/// I5
#[test]
fn an_account_without_a_row_is_rejected_and_named() {
    let mut order = input("A-1");
    order["account"] = json!("elsewhere");
    refused(json!({}), &order, ErrorKind::Rejected, "unknown-account", "`elsewhere`");
    order["account"] = json!(17);
    let accounts = json!({ "accounts": [{ "account": "17", "warehouse": "4" }] });
    assert_eq!(sent(accounts, &order)["warehouseId"], "4", "a number and its text are one account");
}

/// I6
#[test]
fn extension_attributes_stand_at_the_top_and_win() {
    let attributes = json!({ "extension_attributes": [
        { "name": "brandId", "value": "1" },
        { "name": "orderType", "value": "2", "json": true },
        { "name": "labels", "value": "[\"a\", 1.50]", "json": true },
        { "name": "warehouseId", "value": "99" },
        { "name": "amount", "value": "0.00" },
    ] });
    let body = sent(attributes, &input("A-1"));
    assert_eq!(body["brandId"], "1");
    assert_eq!(
        (body["orderType"].to_string(), body["labels"].to_string()),
        ("2".into(), r#"["a",1.50]"#.into())
    );
    assert_eq!((&body["warehouseId"], &body["amount"]), (&json!("99"), &json!("0.00")));
    assert_eq!(body["reference"], "A-1");
}

/// I6
#[test]
fn an_attribute_named_as_the_lookup_field_is_refused_with_that_hint() {
    let row = |name: &str| json!({ "extension_attributes": [{ "name": name, "value": "x" }] });
    refused(row("reference"), &input("A-1"), ErrorKind::Config, "reserved-attribute", "`lookup_field`");
    let mut other = row("orderNumber");
    other["lookup_field"] = json!("orderNumber");
    refused(other, &input("A-1"), ErrorKind::Config, "reserved-attribute", "`orderNumber`");
    let mut host = connect(row("reference"));
    assert_eq!(host.check().unwrap_err().code, "reserved-attribute");
}

/// I6
#[test]
fn an_attribute_that_says_json_and_is_none_is_refused() {
    let row = json!({ "extension_attributes": [{ "name": "labels", "value": "[1", "json": true }] });
    refused(row, &input("A-1"), ErrorKind::Config, "attribute-json", "`labels`");
}

/// I6
#[test]
fn the_reference_stands_in_the_lookup_field_too() {
    let body = sent(json!({ "lookup_field": "orderNumber" }), &input("A-1"));
    assert_eq!((&body["reference"], &body["orderNumber"]), (&json!("A-1"), &json!("A-1")));
}

#[test]
fn members_that_are_not_the_callers_are_refused_unless_they_say_the_same() {
    for name in ["reference", "warehouseId"] {
        let mut order = input("A-1");
        order["order"][name] = json!("other");
        refused(json!({}), &order, ErrorKind::Rejected, "reserved-field", name);
    }
    let mut order = input("A-1");
    order["order"]["warehouseId"] = json!(3);
    assert_eq!(sent(json!({}), &order)["warehouseId"], "3");
}

#[test]
fn bad_input_is_refused_before_the_connector_sees_it() {
    for bad in [
        json!({ "reference": "A", "order": {} }),
        json!({ "account": "shop", "reference": "", "order": {} }),
        json!({ "account": "shop", "reference": " A", "order": {} }),
        json!({ "account": "shop", "reference": "A", "order": [] }),
        json!({ "account": "shop", "reference": "A", "order": {}, "referense": 1 }),
    ] {
        refused(json!({}), &bad, ErrorKind::Rejected, "input", "");
    }
}

/// What the first answer to an order makes of the action, and how many requests there were.
fn after(answer: Answer) -> (Result<Value, Error>, usize) {
    let (mut host, _) =
        connect_orders(Orders { lost: vec![(answer, false)], ..Orders::default() }, json!({}));
    let result = host.act("create-order", "k", &input("A-1"));
    (result, requests(&host).len())
}

/// I10
#[test]
fn the_new_id_may_be_a_number_or_text() {
    for id in [json!(7), json!("7")] {
        let (output, sent) = after(Answer::json(json!({ "ok": 1, "insertId": id })));
        assert_eq!((output.unwrap(), sent), (json!({ "insertId": id }), 1));
    }
}

/// I10
#[test]
fn two_hundred_without_an_id_is_an_unknown_outcome() {
    for body in [
        json!({ "ok": 1 }),
        json!({ "insertId": "" }),
        json!({ "insertId": 0 }),
        json!([]),
        json!({ "insertId": null }),
    ] {
        let (error, sent) = after(Answer::json(body.clone()));
        let error = error.unwrap_err();
        assert_eq!(
            (error.kind, error.code.as_str(), sent),
            (ErrorKind::Transient, "no-insert-id", 1),
            "{body}"
        );
    }
    let (error, _) = after(Answer::text(200, "created 7"));
    assert_eq!(error.unwrap_err().kind, ErrorKind::Transient);
}

/// I10
#[test]
fn a_refusal_in_the_vendors_words_is_believed_when_the_order_is_nowhere() {
    for status in [200, 404, 500] {
        let (error, sent) = after(Answer::text(status, r#"{"error": "countryId is not correct"}"#));
        let error = error.unwrap_err();
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Rejected, "refused"), "{status}: {error}");
        assert!(error.message.contains("countryId is not correct"), "{error}");
        // The order, a filter that finds nothing, and the first page of all orders, which is empty.
        assert_eq!(sent, 3, "{status}");
    }
}

/// I10
#[test]
fn a_refusal_that_made_the_order_all_the_same_is_seen_through() {
    let answer = Answer::text(500, r#"{"error": "The mail could not be sent"}"#);
    let (mut host, _) = connect_orders(Orders { lost: vec![(answer, true)], ..Orders::default() }, json!({}));
    assert_eq!(host.act("create-order", "k", &input("A-1")).unwrap(), json!({ "insertId": 1 }));
    assert_eq!(requests(&host).iter().filter(|sent| sent.starts_with("POST")).count(), 1);
}

#[test]
fn refused_credentials_and_the_limit_are_no_verdict_on_the_order() {
    let (error, sent) = after(Answer::text(401, r#"{"error": "The token is not correct"}"#));
    assert_eq!((error.unwrap_err().kind, sent), (ErrorKind::Auth, 1));
    let over = Answer::text(500, r#"{"error": "No"}"#).header("x-request-limit-remaining", "0");
    let (error, sent) = after(over);
    assert_eq!((error.unwrap_err().kind, sent), (ErrorKind::RateLimited, 1));
}

#[test]
fn the_address_of_orders_has_no_slash_at_its_end() {
    let (mut host, _) = connect_orders(Orders::default(), json!({}));
    host.act("create-order", "k", &input("A-1")).unwrap();
    assert_eq!(host.sent()[0].url, format!("{URL}/orders"));
}
