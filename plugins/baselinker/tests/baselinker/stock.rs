//! Setting stock. The numbers in comments are those of the requirements.

use baselinker::BaseLinker;
use serde_json::{Map, Value, json};
use windlass_sdk::ErrorKind;
use windlass_sdk::testing::{Answer, TestHost};

use crate::vendor::{URL, refusal, success};

fn host() -> TestHost<BaseLinker> {
    TestHost::new(json!({}))
}

/// Products `p0000` to that many, two pieces each.
fn products(count: usize) -> Map<String, Value> {
    (0..count).map(|id| (format!("p{id:04}"), json!({ "bl_205": 2 }))).collect()
}

fn input(count: usize) -> Value {
    json!({ "inventory_id": 307, "products": products(count) })
}

fn expect_chunk(host: &TestHost<BaseLinker>, range: std::ops::Range<usize>, answer: Answer) {
    let chunk: Map<_, _> = products(range.end).into_iter().skip(range.start).collect();
    host.expect("POST", URL)
        .form("method", "updateInventoryProductsStock")
        .form("parameters", json!({ "inventory_id": 307, "products": chunk }))
        .answer(answer);
}

fn written(counter: usize) -> Answer {
    success(json!({ "counter": counter, "warnings": [] }))
}

/// L4
#[test]
fn products_are_written_a_thousand_at_a_time() {
    let mut host = host();
    expect_chunk(&host, 0..1000, written(1000));
    expect_chunk(&host, 1000..2000, written(1000));
    expect_chunk(&host, 2000..2500, written(500));
    assert_eq!(host.act("update-stock", "k", &input(2500)).unwrap(), json!({ "updated": 2500 }));
}

/// L4
#[test]
fn a_full_chunk_at_the_end_needs_no_empty_one() {
    let mut host = host();
    expect_chunk(&host, 0..1000, written(1000));
    assert_eq!(host.act("update-stock", "k", &input(1000)).unwrap(), json!({ "updated": 1000 }));
}

/// L4
#[test]
fn what_was_not_written_fails_the_action_with_each_products_reason() {
    let mut host = host();
    let warned = |warnings: Value| success(json!({ "counter": 1, "warnings": warnings }));
    expect_chunk(&host, 0..1000, warned(json!({ "p0007": "Product not found" })));
    expect_chunk(&host, 1000..1500, warned(json!({ "p1400": "Warehouse cannot be written" })));
    let error = host.act("update-stock", "k", &input(1500)).unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Rejected, "partly-failed"));
    let words =
        "did not write 2 of 1500 products: p0007 (Product not found), p1400 (Warehouse cannot be written)";
    assert!(error.message.contains(words), "{error}");
    let warnings = json!({ "p0007": "Product not found", "p1400": "Warehouse cannot be written" });
    assert_eq!(*error.detail.unwrap(), json!({ "updated": 1498, "failed": 2, "warnings": warnings }));
}

/// L4
#[test]
fn a_chunk_whose_answer_was_lost_is_sent_again_and_counted_once() {
    let mut host = host();
    expect_chunk(&host, 0..1000, written(1000));
    expect_chunk(&host, 1000..1001, Answer::timeout());
    assert_eq!(host.act("update-stock", "k", &input(1001)).unwrap_err().kind, ErrorKind::Transient);
    expect_chunk(&host, 1000..1001, written(1));
    assert_eq!(host.act("update-stock", "k", &input(1001)).unwrap(), json!({ "updated": 1001 }));
}

#[test]
fn a_refused_chunk_says_what_was_written_before() {
    let mut host = host();
    expect_chunk(&host, 0..1000, written(1000));
    expect_chunk(&host, 1000..1001, refusal("ERROR_BAD_PARAMETER", "Invalid products"));
    let error = host.act("update-stock", "k", &input(1001)).unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Rejected, "ERROR_BAD_PARAMETER"));
    assert!(error.message.ends_with("Invalid products; 1000 products were written before"), "{error}");
    assert_eq!(error.detail.unwrap()["updated"], 1000);
}

#[test]
fn bad_input_is_refused_before_any_request() {
    let mut host = host();
    for products in [json!({}), json!({ "1": { "bl_205": 1.5 } }), json!({ "1": 5 }), json!([1])] {
        let error = host.act("update-stock", "k", &json!({ "inventory_id": 307, "products": products }));
        let error = error.unwrap_err();
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Rejected, "input"), "{products}");
    }
    assert_eq!(host.sent().len(), 0);
}
