//! R5: documents in, files of days, files out. The test's clock begins at 2024-01-01, two o'clock at night
//! in Jerusalem.

mod deliver;
mod files;
mod push;

use restigo::Restigo;
use serde_json::{Value, json};
use windlass_sdk::storage;
use windlass_sdk::testing::{Synced, TestHost};

const DAY_SECONDS: u64 = 86_400;

/// A connection with the customer of the guide's example and one more.
fn host() -> TestHost<Restigo> {
    host_with(json!({}))
}

fn host_with(more: Value) -> TestHost<Restigo> {
    TestHost::new(config(more))
}

fn config(more: Value) -> Value {
    let mut config = json!({ "customers": ["23101", "556"], "documents_url": "https://files.example/in/" });
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    config
}

/// The document of the guide's two lines.
fn guide() -> Value {
    serde_json::from_str(
        r#"{"doc_type":11,"doc_num":193320,"document_date":"2020-12-07","value_date":"2020-12-07",
        "supply_date":"2020-12-08","remarks":"הערה להזמנה : זאת הזמנה לתת לאוריאל במפעל",
        "lines":[{"package":3,"quantity":27,"item_sku":"לחמא00905","price":10},
        {"package":1,"quantity":40,"item_sku":"הבלקן8386"}]}"#,
    )
    .unwrap()
}

/// A document of a number and a date, with one line.
fn document(number: u64, date: &str) -> Value {
    json!({
        "doc_type": 11, "doc_num": number, "document_date": date, "value_date": "2023-12-30",
        "supply_date": "2023-12-31", "lines": [{ "package": 1, "quantity": 2, "item_sku": "0101" }],
    })
}

fn push(host: &mut TestHost<Restigo>, documents: &[Value]) -> Value {
    push_of(host, "23101", documents)
}

#[track_caller]
fn push_of(host: &mut TestHost<Restigo>, account_code: &str, documents: &[Value]) -> Value {
    let input = json!({ "account_code": account_code, "documents": documents });
    host.act("push-documents", &format!("{input}"), &input).unwrap()
}

#[track_caller]
fn sync(host: &mut TestHost<Restigo>) -> Synced {
    let synced = host.sync("daily-documents").unwrap();
    assert!(synced.differing.is_empty(), "{:?}", synced.differing);
    synced
}

/// The XML of a day's file.
#[track_caller]
fn xml(host: &TestHost<Restigo>, key: &str) -> String {
    let records = host.records("daily-documents");
    let record = records.get(key).unwrap_or_else(|| panic!("no {key} among {:?}", records.keys()));
    record["xml"].as_str().unwrap().to_owned()
}

/// The keys of what is kept in the connection's storage.
fn kept(prefix: &str) -> Vec<String> {
    let entries = storage::list(prefix, None, 1_000).unwrap();
    entries.into_iter().map(|(key, _)| key).collect()
}
