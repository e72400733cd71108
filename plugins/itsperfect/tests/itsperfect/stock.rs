//! The stream of stock.

use serde_json::{Value, json};
use windlass_sdk::testing::{Answer, TestHost};
use windlass_sdk::{ErrorKind, testing::Sent};

use crate::vendor::{URL, connect, listed, requests};

/// A size as on the vendor's page, with a member that it does not show.
fn size(barcode: &str, available: Value) -> Value {
    json!({ "sizeId": 61, "size": "M", "secondSize": "", "barcode": barcode, "stock": "20",
        "virtualStockReservation": "0", "availableStock": available, "expectedStock": "0.000" })
}

fn item(id: u64, warehouses: &[(Value, Vec<Value>)]) -> Value {
    let warehouse = |(id, sizes): &(Value, Vec<Value>)| {
        json!({ "warehouseId": id, "warehouse": "Main",
            "colors": [{ "colorId": 40, "colorNumber": "010", "color": "Écru", "sizes": sizes }] })
    };
    let warehouses: Vec<_> = warehouses.iter().map(warehouse).collect();
    json!({ "itemId": id, "itemNumber": format!("ST-{id}"), "warehouses": warehouses })
}

fn stock_url(page: u64, warehouse: u64) -> String {
    format!("{URL}/stock/?page={page}&limit=2&warehouseId={warehouse}")
}

/// I8
#[test]
fn a_record_is_a_size_in_the_warehouse_of_a_location() {
    let mut host =
        connect(json!({ "get_stock": true, "locations": [{ "location": "Amsterdam", "warehouse": 3 }] }));
    let rows = json!([item(1001, &[(json!(3), vec![size("871900100001", json!(-2))])])]);
    host.expect("GET", &stock_url(1, 3)).answer(listed("stock", rows, 1, 1, 1));
    let synced = host.sync("stock").unwrap();
    assert_eq!(synced.differing, Vec::<String>::new());
    assert_eq!(
        host.records("stock")["Amsterdam/871900100001"],
        json!({
            "location": "Amsterdam", "warehouseId": 3, "warehouse": "Main", "itemId": 1001, "itemNumber": "ST-1001",
            "colorId": 40, "colorNumber": "010", "color": "Écru", "sizeId": 61, "size": "M", "secondSize": "",
            "barcode": "871900100001", "stock": "20", "virtualStockReservation": "0", "availableStock": -2,
            "expectedStock": "0.000",
        })
    );
}

/// I8
#[test]
fn every_mapped_warehouse_is_asked_once_and_walked_to_its_end() {
    let locations = json!([
        { "location": "Amsterdam", "warehouse": 3 },
        { "location": "Zürich", "warehouse": "7" },
        { "location": 12, "warehouse": "3" },
    ]);
    let mut host = connect(json!({ "get_stock": true, "locations": locations }));
    let row = |id, warehouse: Value, barcode| item(id, &[(warehouse, vec![size(barcode, json!("4"))])]);
    host.expect("GET", &stock_url(1, 3)).answer(listed("stock", json!([row(1, json!("3"), "a")]), 1, 2, 2));
    host.expect("GET", &stock_url(2, 3)).answer(listed("stock", json!([row(2, json!(3), "b")]), 2, 2, 2));
    host.expect("GET", &stock_url(1, 7)).answer(listed("stock", json!([row(1, json!(7), "a")]), 1, 1, 1));
    let synced = host.sync("stock").unwrap();
    assert_eq!(synced.keys(), ["Amsterdam/a", "12/a", "Amsterdam/b", "12/b", "Zürich/a"]);
    assert_eq!(host.records("stock")["Amsterdam/a"]["warehouseId"], "3", "as it was sent");
}

/// I8
#[test]
fn other_warehouses_in_an_answer_are_dropped() {
    let mut host = connect(json!({ "get_stock": true, "locations": [{ "location": "A", "warehouse": 4 }] }));
    let both = [(json!(3), vec![size("a", json!(30))]), (json!(4), vec![size("a", json!(40))])];
    let rows = json!([item(1, &both), item(2, &both[..1])]);
    host.expect("GET", &stock_url(1, 4)).answer(listed("stock", rows, 1, 1, 2));
    assert_eq!(host.sync("stock").unwrap().keys(), ["A/a"]);
    assert_eq!(host.records("stock")["A/a"]["availableStock"], 40);
}

/// I8
#[test]
fn sizes_without_a_barcode_are_left_out() {
    let mut host = connect(json!({ "get_stock": true, "locations": [{ "location": "A", "warehouse": 3 }] }));
    let mut bare = size("", json!(1));
    bare["barcode"] = Value::Null;
    let sizes = vec![size("", json!(1)), size("b", json!(1)), bare];
    host.expect("GET", &stock_url(1, 3)).answer(listed(
        "stock",
        json!([item(1, &[(json!(3), sizes)])]),
        1,
        1,
        1,
    ));
    assert_eq!(host.sync("stock").unwrap().keys(), ["A/b"]);
}

/// G1
#[test]
fn amounts_keep_their_form() {
    let mut host = connect(json!({ "get_stock": true, "locations": [{ "location": "A", "warehouse": 3 }] }));
    let amount = serde_json::from_str("20.50").unwrap();
    let rows = json!([item(1, &[(json!(3), vec![size("a", amount)])])]);
    host.expect("GET", &stock_url(1, 3)).answer(listed("stock", rows, 1, 1, 1));
    host.sync("stock").unwrap();
    assert_eq!(host.records("stock")["A/a"]["availableStock"].to_string(), "20.50");
}

/// I8
#[test]
fn without_a_location_nothing_is_asked() {
    let mut host = connect(json!({ "get_stock": true }));
    let error = host.sync("stock").unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Config, "no-locations"));
    assert!(requests(&host).is_empty());
}

#[test]
fn an_answer_without_its_list_keeps_nothing() {
    let mut host: TestHost<_> =
        connect(json!({ "get_stock": true, "locations": [{ "location": "A", "warehouse": 3 }] }));
    let bare = |_: &Sent| {
        let names = ["current-page", "page-count", "total-count"];
        names
            .iter()
            .fold(Answer::json(json!({})), |answer, name| answer.header(&format!("x-pagination-{name}"), "1"))
    };
    host.vendor(bare);
    assert_eq!(host.sync("stock").unwrap_err().code, "unreadable-answer");
}
