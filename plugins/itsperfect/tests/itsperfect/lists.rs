//! The vendor's own lists.

use serde_json::json;
use windlass_sdk::testing::{Answer, TestHost};

use crate::vendor::{URL, connect, listed, requests};

/// I9
#[test]
fn a_list_is_walked_by_its_headers() {
    let mut host = connect(json!({}));
    let page = |number: u64| format!("{URL}/items/?page={number}&limit=2");
    let item = |id: u64| json!({ "id": id, "itemNumber": "ST" });
    host.expect("GET", &page(1)).answer(listed("items", json!([item(1), item(2)]), 1, 3, 5));
    // Fewer rows than asked for are no end.
    host.expect("GET", &page(2)).answer(listed("items", json!([item(3)]), 2, 3, 5));
    host.expect("GET", &page(3)).answer(listed("items", json!([item(4), item(5)]), 3, 3, 5));
    let synced = host.sync("items").unwrap();
    assert_eq!((synced.keys(), synced.pages), (vec!["1", "2", "3", "4", "5"], 3));
}

/// I9
#[test]
fn an_empty_list_has_no_page_at_all() {
    let mut host = connect(json!({}));
    host.expect("GET", &format!("{URL}/countries/?page=1&limit=2")).answer(listed(
        "countries",
        json!([]),
        1,
        0,
        0,
    ));
    assert_eq!(host.sync("countries").unwrap().pages, 1);
}

/// I9
#[test]
fn an_answer_without_its_headers_is_an_error_and_not_the_last_page() {
    let mut host = connect(json!({}));
    let bare = Answer::json(json!({ "items": [{ "id": 1, "itemNumber": "ST" }] }));
    host.expect("GET", &format!("{URL}/items/?page=1&limit=2")).answer(bare);
    let error = host.sync("items").unwrap_err();
    assert_eq!(error.code, "no-pagination", "{error}");
    assert!(host.records("items").is_empty() && host.checkpoint("items").is_none());
}

/// I9
#[test]
fn another_page_than_the_one_asked_for_ends_the_walk() {
    let mut host = connect(json!({}));
    let first = || listed("items", json!([{ "id": 1, "itemNumber": "ST" }]), 1, 2, 2);
    host.expect("GET", &format!("{URL}/items/?page=1&limit=2")).answer(first());
    host.expect("GET", &format!("{URL}/items/?page=2&limit=2")).answer(first());
    assert_eq!(host.sync("items").unwrap_err().code, "unexpected-page");
}

/// G1, I7
#[test]
fn records_stay_as_they_came_and_are_held_against_their_schema() {
    let mut host = connect(json!({}));
    let good = json!({ "id": 3, "active": 1, "warehouse": "Main", "retail": "0", "country": { "id": 1, "iso": "NL" } });
    let odd = json!({ "id": "4", "active": "1", "warehouse": "Outlet" });
    let rows = json!([good, odd]);
    host.expect("GET", &format!("{URL}/warehouses/?page=1&limit=2")).answer(listed(
        "warehouses",
        rows,
        1,
        1,
        2,
    ));
    let synced = host.sync("warehouses").unwrap();
    assert_eq!(host.records("warehouses")["3"], good);
    assert_eq!(host.records("warehouses")["4"], odd);
    assert_eq!(synced.differing.len(), 1, "{:?}", synced.differing);
    assert!(synced.differing[0].starts_with("4:"), "{:?}", synced.differing);
}

/// G1
#[test]
fn prices_keep_their_decimals() {
    let mut host = connect(json!({}));
    let body = r#"{"items": [{"id": 1, "itemNumber": "ST", "salesListPrice": 21.60}]}"#;
    let mut answer = Answer::text(200, body);
    for name in ["current-page", "page-count", "total-count"] {
        answer = answer.header(&format!("x-pagination-{name}"), "1");
    }
    host.expect("GET", &format!("{URL}/items/?page=1&limit=2")).answer(answer);
    host.sync("items").unwrap();
    assert_eq!(host.records("items")["1"]["salesListPrice"].to_string(), "21.60");
}

/// G3
#[test]
fn base_url_comes_before_the_tenant_and_loses_its_slash() {
    let mut host = connect(json!({ "base_url": "http://127.0.0.1:9/erp/" }));
    host.expect("GET", "http://127.0.0.1:9/erp/api/v2/countries/?page=1&limit=2").answer(listed(
        "countries",
        json!([]),
        1,
        0,
        0,
    ));
    host.sync("countries").unwrap();
    drop(host);
    let mut host =
        TestHost::<itsperfect::ItsPerfect>::new(json!({ "base_url": "http://127.0.0.1:9", "active": true }));
    host.expect("GET", "http://127.0.0.1:9/api/v2/countries/?page=1&limit=100").answer(listed(
        "countries",
        json!([]),
        1,
        0,
        0,
    ));
    host.sync("countries").unwrap();
}

/// I2
#[test]
fn a_check_asks_for_the_warehouses_alone_and_only_when_active() {
    let mut host = connect(json!({}));
    host.expect("GET", &format!("{URL}/warehouses/?page=1&limit=2")).answer(listed(
        "warehouses",
        json!([]),
        1,
        2,
        4,
    ));
    assert_eq!(host.check().unwrap().message.unwrap(), "the ERP has 4 warehouses");
    host.configure(&json!({ "tenant": "acme" }));
    let error = host.check().unwrap_err();
    assert_eq!(error.code, "switched-off");
    assert!(error.message.contains("`active`"), "{error}");
    assert_eq!(requests(&host).len(), 1);
}
