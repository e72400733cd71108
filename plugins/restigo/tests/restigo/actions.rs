//! Asking once, and prices of a list.

use serde_json::{Value, json};
use windlass_sdk::ErrorKind;
use windlass_sdk::testing::{Answer, TestHost};

use crate::{host, url};

fn input(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// What is sent for an input, which the vendor answers with success.
fn body_of(action: &str, given: &str, answer: &str) -> (Vec<u8>, Value) {
    let mut host = host();
    let method = if action == "remove-items" { "DELETE" } else { "POST" };
    host.expect(method, &url("pricings/items")).answer(Answer::text(201, answer));
    let output = host.act(action, "k", &input(given)).unwrap();
    (host.sent()[0].body.clone(), output)
}

/// R3: the guide's example, byte for byte.
#[test]
fn prices_are_sent_with_the_digits_and_zeros_they_were_given_with() {
    let given = r#"{"pricing_id":4515,"customer_number":"556781","items":[{"catalog_number":"100106","price_after_discount":32},{"catalog_number":"0101","price_after_discount":"55.00"},{"catalog_number":"לחמא00905","price_after_discount":21.6}]}"#;
    let answer = r#"{"message":"success","items_added":["100106"],"items_updated":["0101","\u05dc\u05d7\u05de\u05d000905"]}"#;
    let (body, output) = body_of("upsert-items", given, answer);
    assert_eq!(String::from_utf8(body).unwrap(), given.replace(r#""55.00""#, "55.00"));
    let expected =
        json!({ "items_added": ["100106"], "items_updated": ["0101", "לחמא00905"], "items_missing": [] });
    assert_eq!(output, expected);
}

/// R3
#[test]
fn what_the_answer_does_not_name_is_missing() {
    let given = r#"{"pricing_id":1,"customer_number":"1","items":[{"catalog_number":"0101","price_after_discount":1},{"catalog_number":"הבלקן8386","price_after_discount":1},{"catalog_number":"100106","price_after_discount":1}]}"#;
    // A back end may write numbers, and leave an empty list out.
    let (_, output) = body_of("upsert-items", given, r#"{"message":"success","items_updated":[100106]}"#);
    assert_eq!(output["items_missing"], json!(["0101", "הבלקן8386"]));
    assert_eq!((&output["items_added"], &output["items_updated"]), (&json!([]), &json!(["100106"])));
}

/// R3
#[test]
fn a_removal_carries_its_body() {
    let given = r#"{"pricing_id":5544,"customer_number":"123","items":["0101","100105","לחמא00905"]}"#;
    let (body, output) = body_of("remove-items", given, r#"{"message":"success","items_deleted":["0101"]}"#);
    assert_eq!(String::from_utf8(body).unwrap(), given);
    assert_eq!(output, json!({ "items_deleted": ["0101"], "items_missing": ["100105", "לחמא00905"] }));
}

fn check_refused(action: &str, given: &str, words: &str) {
    let mut host = host();
    let error = host.act(action, "k", &input(given)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Rejected, "{given}");
    assert!(error.message.contains(words), "{given}: {error}");
    assert_eq!(host.sent().len(), 0);
}

#[test]
fn bad_input_is_refused_before_any_request() {
    let priced = |price: &str| {
        format!(
            r#"{{"pricing_id":1,"customer_number":"1","items":[{{"catalog_number":"a","price_after_discount":{price}}}]}}"#
        )
    };
    for price in ["-1", "\"21,60\"", "\"\"", "\"021\"", "true"] {
        check_refused("upsert-items", &priced(price), "/items/0/price_after_discount");
    }
    let listed = |items: &str| format!(r#"{{"pricing_id":1,"customer_number":"1","items":{items}}}"#);
    check_refused("upsert-items", &listed("[]"), "/items");
    check_refused("remove-items", &listed("[]"), "/items");
    check_refused("remove-items", &listed(r#"["a",""]"#), "/items/1");
    check_refused("remove-items", &listed(r#"["0101","101","0101"]"#), "`0101` twice");
    let twice = r#"[{"catalog_number":"א1","price_after_discount":1},{"catalog_number":"א1","price_after_discount":2}]"#;
    check_refused("upsert-items", &listed(twice), "`א1` twice");
    check_refused("remove-client", r#"{"pricing_id":"1","customer_number":"1"}"#, "/pricing_id");
    check_refused("remove-client", r#"{"pricing_id":1,"customer_number":101}"#, "/customer_number");
    check_refused("get-client", "{}", "customer_number");
}

#[test]
fn an_answer_that_names_no_items_says_nothing_and_is_asked_for_again() {
    let mut host = host();
    host.expect("POST", &url("pricings/items")).answer(Answer::text(200, r#"{"message":"ok"}"#));
    let given =
        r#"{"pricing_id":1,"customer_number":"1","items":[{"catalog_number":"a","price_after_discount":1}]}"#;
    let error = host.act("upsert-items", "k", &input(given)).unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Transient, "no-items"));
}

fn repeated(action: &str, method: &str, path: &str, given: &str, answer: Answer) -> Value {
    let mut host: TestHost<_> = host();
    host.expect(method, &url(path)).answer(Answer::timeout());
    host.expect(method, &url(path)).answer(answer);
    assert_eq!(host.act(action, "k", &input(given)).unwrap_err().kind, ErrorKind::Transient);
    host.act(action, "k", &input(given)).unwrap()
}

#[test]
fn a_repeat_says_that_it_is_one() {
    let given = r#"{"pricing_id":1,"customer_number":"1","items":["a"]}"#;
    let answer = Answer::text(200, r#"{"message":"success","items_deleted":[]}"#);
    let output = repeated("remove-items", "DELETE", "pricings/items", given, answer);
    assert_eq!(output, json!({ "items_deleted": [], "items_missing": ["a"], "repeated": true }));

    let given = r#"{"pricing_id":1,"customer_number":"1"}"#;
    let gone = Answer::text(404, r#"{"message":"client is not in the pricing"}"#);
    let output = repeated("remove-client", "DELETE", "pricings/removeClient", given, gone);
    assert_eq!(output, json!({ "message": "client is not in the pricing", "repeated": true }));
}

#[test]
fn a_customer_that_was_never_on_the_list_is_the_vendors_refusal() {
    let mut host = host();
    let gone = Answer::text(404, r#"{"message":"client is not in the pricing"}"#);
    host.expect("DELETE", &url("pricings/removeClient")).answer(gone);
    let error =
        host.act("remove-client", "k", &json!({ "pricing_id": 1, "customer_number": "1" })).unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Rejected, "http-404"));
}

/// R2
#[test]
fn what_is_found_is_handed_on_as_it_came() {
    let mut host = host();
    host.expect("GET", &url("items?item_name=%D7%9E%D7%95%D7%A6%D7%A8"))
        .answer(Answer::text(200, r#"[{"item_id":1,"item_name":"מוצר 1"}]"#));
    let found = host.act("find-items", "a", &json!({ "item_name": "מוצר" })).unwrap();
    assert_eq!(found, json!({ "items": [{ "item_id": 1, "item_name": "מוצר 1" }] }));
    let list = r#"{"pricing_id":1,"pricing_name":"א","clients":[],"catalog_items":[{"item_id":1,"item_name":"ב","price_after_discount":21.60}]}"#;
    host.expect("GET", &url("pricings")).answer(Answer::text(200, &format!("[{list}]")));
    let found = host.act("find-pricings", "b", &json!({})).unwrap();
    assert_eq!(found.to_string(), format!(r#"{{"pricings":[{list}]}}"#));
    host.expect("GET", &url("clients?customer_number=1")).answer(Answer::text(200, r#"{"any":1.0}"#));
    let found = host.act("get-client", "c", &json!({ "customer_number": "1" })).unwrap();
    assert_eq!(found.to_string(), r#"{"client":{"any":1.0}}"#);
    host.expect("GET", &url("clients?customer_number=2")).answer(Answer::text(404, r#"{"message":"no"}"#));
    let error = host.act("get-client", "d", &json!({ "customer_number": "2" })).unwrap_err();
    assert_eq!(error.code, "unknown-customer");
}
