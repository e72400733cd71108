//! Streams: pages, whole lists, single records.

use serde_json::{Value, json};
use windlass_sdk::ErrorKind;
use windlass_sdk::testing::{Answer, Sent};

use crate::{data, exact, host, host_with, url};

fn page(number: u64) -> String {
    url(&format!("vat-rates?page={number}&limit=100"))
}

/// O2, G3
#[test]
fn a_list_is_read_to_the_page_without_rows() {
    let mut host = host();
    host.expect("GET", &page(1)).answer(data(json!([{ "id": 1, "name": "23%" }, { "id": "2b" }])));
    host.expect("GET", &page(2)).answer(data(json!([{ "id": 3 }])));
    host.expect("GET", &page(3)).answer(data(json!([])));
    let synced = host.sync("vat-rates").unwrap();
    assert_eq!(synced.keys(), ["1", "2b", "3"]);
    assert_eq!(synced.pages, 3);
}

/// O2
#[test]
fn every_list_has_its_path() {
    for stream in ["orders", "products", "statuses", "attributes", "vat-rates", "currencies"] {
        let mut host = host();
        host.expect("GET", &url(&format!("{stream}?page=1&limit=100"))).answer(data(json!([])));
        assert!(host.sync(stream).unwrap().records.is_empty());
    }
}

/// G1
#[test]
fn records_stay_as_they_came() {
    let mut host = host();
    let row = r#"{"id":7,"total":21.60,"rate":0.1000000000000000055,"own":{"b":1,"a":null}}"#;
    host.vendor({
        let row = row.to_owned();
        move |sent: &Sent| {
            let rows = if sent.url.contains("page=1") { row.as_str() } else { "" };
            Answer::text(200, &format!(r#"{{"data":[{rows}]}}"#))
        }
    });
    assert_eq!(host.sync("orders").unwrap().records[0].1.to_string(), row);
}

#[test]
fn a_vendor_that_ignores_pages_is_found_out() {
    let mut host = host();
    host.vendor(|_| data(json!([{ "id": 1 }, { "id": 2 }])));
    let error = host.sync("orders").unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Config, "paging"));
    assert!(error.message.contains("`page`"), "{error}");
    assert_eq!(host.sent().len(), 2);
}

#[test]
fn a_list_without_pages_is_read_in_one_answer_and_committed_in_parts() {
    let mut host = host_with(json!({ "paging": { "page_parameter": "" } }));
    let rows: Vec<Value> = (0..5_001).map(|id| json!({ "id": format!("{id:04}") })).collect();
    host.vendor(move |sent| {
        assert_eq!(sent.url, url("products"));
        data(json!(rows))
    });
    let synced = host.sync("products").unwrap();
    assert_eq!((synced.records.len(), synced.pages), (5_001, 2));
}

/// O2
#[test]
fn single_records_are_read_and_what_is_gone_is_said_to_be() {
    let mut host = host();
    let record = r#"{"data":{"id":7,"price":1.50}}"#;
    host.expect("GET", &url("products/7")).answer(Answer::text(200, record));
    host.expect("GET", &url("products/8")).answer(Answer::text(404, r#"{"error":"no such product"}"#));
    // One call reads one record, as it says.
    let found = host.read_keys("products", &["7"]).unwrap();
    assert_eq!(found.records, [("7".into(), exact(r#"{"id":7,"price":1.50}"#))]);
    assert_eq!(host.read_keys("products", &["8"]).unwrap().deleted, ["8"]);
}

/// A wrong address must not empty the stream.
#[test]
fn a_web_servers_page_deletes_nothing() {
    let mut host = host();
    host.expect("GET", &url("orders/7")).answer(Answer::text(404, "<html>Not Found</html>"));
    assert_eq!(host.read_keys("orders", &["7"]).unwrap_err().code, "http-404");
    host.expect("GET", &url("orders/7")).answer(Answer::json(json!({ "id": 7 })));
    let error = host.read_keys("orders", &["7"]).unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Config, "no-record"));
}

#[test]
fn an_id_that_is_none_is_asked_nowhere() {
    for key in ["", "../users", "7?x=1", "a b"] {
        let error = host().read_keys("orders", &[key]).unwrap_err();
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Rejected, "id"), "{key}");
    }
}
