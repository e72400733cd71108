//! Another wire than the stand-in's, without new code. O1

use serde_json::{Value, json};
use windlass_sdk::testing::Answer;

use crate::{data, host_with, url};

fn order() -> Value {
    json!({
        "reference": "17",
        "customer": { "name": "Jan", "attributes": [{ "id": 20, "value": "jan77" }] },
        "lines": [{ "name": "Kubek", "quantity": 1, "price_gross": 5, "vat_rate": 2 }],
    })
}

#[test]
fn paths_pages_and_pointers_are_the_profiles() {
    let mut host = host_with(json!({
        "prefix": "rest/",
        "paths": { "orders": "zamowienia?typ=sprzedaz" },
        "paging": { "page_parameter": "strona", "first_page": 0, "size_parameter": "" },
        "answer": { "rows": "", "id": "/ident" },
    }));
    let page = |number: u64| format!("https://test.syneo.pl/rest/zamowienia?typ=sprzedaz&strona={number}");
    host.expect("GET", &page(0)).answer(Answer::json(json!([{ "ident": 5 }])));
    host.expect("GET", &page(1)).answer(Answer::json(json!([])));
    assert_eq!(host.sync("orders").unwrap().keys(), ["5"]);
}

#[test]
fn names_are_the_profiles_and_an_empty_one_is_left_out() {
    let mut host = host_with(json!({
        "lookup_parameter": "numer",
        "names": { "reference": "numer", "lines": "pozycje", "lines.vat_rate": "stawka", "customer": "" },
    }));
    host.expect("GET", &url("orders?numer=17")).answer(data(json!([])));
    host.expect("POST", &url("orders"))
        .json(json!({ "numer": "17", "pozycje": [{ "name": "Kubek", "quantity": 1, "grossPrice": 5, "stawka": 2 }] }))
        .answer(data(json!({ "id": 1 })));
    host.act("create-order", "k", &order()).unwrap();
}

#[test]
fn the_customers_attributes_may_stand_on_the_order() {
    let mut host = host_with(json!({ "customer_attributes": "order" }));
    host.expect("GET", &url("orders?externalId=17")).answer(data(json!([])));
    host.expect("POST", &url("orders")).answer(data(json!({ "id": 1 })));
    host.act("create-order", "k", &order()).unwrap();
    let sent = host.sent()[1].json();
    assert_eq!(sent["attributes"], json!([{ "attributeId": 20, "value": "jan77" }]));
    assert_eq!(sent["customer"], json!({ "name": "Jan" }));
}

/// Where orders have no field for our reference, an attribute holds it.
#[test]
fn the_reference_may_stand_in_an_attribute() {
    let mut host = host_with(json!({ "reference_attribute": 31, "lookup_parameter": "" }));
    host.expect("POST", &url("orders")).answer(Answer::timeout());
    host.act("create-order", "k", &order()).unwrap_err();
    let sent = host.sent()[0].json();
    assert_eq!(sent["attributes"], json!([{ "attributeId": 31, "value": "17" }]));
    assert_eq!(sent.get("externalId"), None);
    let row = |id: u64, attributes: Value| json!({ "id": id, "attributes": attributes });
    let other = row(8, json!([{ "attributeId": 30, "value": "17" }, { "attributeId": 31, "value": "170" }]));
    let ours = row(9, json!([{ "attributeId": "31", "value": 17 }]));
    host.expect("GET", &url("orders?page=1&limit=100")).answer(data(json!([
        row(7, Value::Null),
        other,
        ours
    ])));
    assert_eq!(host.act("create-order", "k", &order()).unwrap(), json!({ "id": 9, "found": true }));
}

#[test]
fn events_are_called_what_the_profile_says() {
    let webhook =
        json!({ "event": "/typ", "id": "/obiekt/id", "order_updated": "Zamówienie – Aktualizacja" });
    let mut host = host_with(json!({ "webhook": webhook }));
    let delivery = windlass_sdk::Delivery {
        webhook: "events".into(),
        body: json!({ "typ": "Zamówienie – Aktualizacja", "obiekt": { "id": 5 } }).to_string().into_bytes(),
        ..Default::default()
    };
    let outcome = host.receive(&delivery).unwrap();
    assert_eq!(outcome.reads, [("orders".into(), vec!["5".into()])]);
}
