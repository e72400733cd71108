//! The streams.

use serde_json::{Value, json};
use windlass_sdk::ErrorKind;
use windlass_sdk::testing::Answer;

use crate::{host, host_with, url};

/// R2, G1
#[test]
fn price_lists_stay_as_they_came() {
    let mut host = host();
    // The guide's own example, but for its trailing commas.
    let text = r#"[{"pricing_id":123,"pricing_name":"שם מחירון","clients":[{"client_id":1,"client_name":"שם לקוח 1"}],
        "catalog_items":[{"item_name":"שם מוצר 1","item_id":435,"price_after_discount":21.60}]}]"#;
    host.expect("GET", &url("pricings")).answer(Answer::text(200, text));
    let synced = host.sync("pricings").unwrap();
    assert_eq!((synced.keys(), synced.differing.len()), (vec!["123"], 0));
    assert!(host.records("pricings")["123"].to_string().contains(r#""price_after_discount":21.60}"#));
}

fn items(ids: impl Iterator<Item = u32>) -> Answer {
    Answer::json(ids.map(|id| json!({ "item_id": id, "item_name": format!("מוצר {id}") })).collect())
}

/// R2: the vendor has no pages, and a page of the host has 10,000 records at most.
#[test]
fn a_long_list_is_taken_in_pieces_and_loses_nothing_that_was_in_it_all_the_time() {
    let mut host = host();
    host.expect("GET", &url("items")).answer(items(1..=12_000));
    // Between two pieces the first items go, and all others move up.
    host.expect("GET", &url("items")).answer(items(51..=12_000));
    host.expect("GET", &url("items")).answer(items(51..=12_000));
    let synced = host.sync("items").unwrap();
    assert_eq!(synced.pages, 3);
    let stored = host.records("items");
    assert!((51..=12_000).all(|id: u32| stored.contains_key(&id.to_string())));
    host.expect("GET", &url("items")).answer(items(1..=3));
    assert_eq!(host.sync("items").unwrap().keys(), ["1", "2", "3"], "the next walk begins at the beginning");
}

#[test]
fn single_records_are_found_in_the_whole_list() {
    let mut host = host();
    host.expect("GET", &url("items")).answer(items(1..=4));
    let read = host.read_keys("items", &["3", "9"]).unwrap();
    assert_eq!((read.keys(), read.deleted.clone()), (vec!["3"], vec!["9".to_owned()]));
}

/// R2
#[test]
fn each_configured_customer_is_asked_for_and_its_answer_kept_as_it_comes() {
    let mut host = host_with(json!({ "customer_numbers": ["0123", "לק 7", "9"] }));
    let asked = |query: &str| url(&format!("clients?customer_number={query}"));
    host.expect("GET", &asked("0123")).answer(Answer::text(200, r#"{"branch": 7.10, "x": []}"#));
    let unknown = r#"{"message":"client not found"}"#;
    host.expect("GET", &asked("%D7%9C%D7%A7+7")).answer(Answer::text(404, unknown));
    host.expect("GET", &asked("9")).answer(Answer::text(200, "[1]"));
    let synced = host.sync("clients").unwrap();
    assert_eq!((synced.pages, synced.keys(), synced.differing.len()), (3, vec!["0123", "9"], 0));
    assert_eq!(host.records("clients")["0123"].to_string(), r#"{"branch":7.10,"x":[]}"#);
    assert_eq!(host.records("clients")["9"], json!([1]));
}

/// G5
#[test]
fn without_customers_none_is_asked_for() {
    let mut host = host();
    assert_eq!(host.sync("clients").unwrap().pages, 1);
    assert_eq!(host.sent().len(), 0);
}

#[test]
fn a_page_that_a_web_server_does_not_find_is_no_unknown_customer() {
    let mut host = host_with(json!({ "customer_numbers": ["1"] }));
    host.expect("GET", &url("clients?customer_number=1")).answer(Answer::text(404, "<h1>Not Found</h1>"));
    let error = host.sync("clients").unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Rejected, "http-404"));
}

#[test]
fn an_answer_about_a_customer_that_is_no_json_is_not_kept() {
    let mut host = host_with(json!({ "customer_numbers": ["1"] }));
    host.expect("GET", &url("clients?customer_number=1")).answer(Answer::text(200, r#"{"branch":"#));
    assert_eq!(host.sync("clients").unwrap_err().code, "unreadable-answer");
    assert_eq!(host.records("clients").into_values().collect::<Vec<Value>>(), Vec::<Value>::new());
}
