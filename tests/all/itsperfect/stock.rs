//! Stock of our locations.

use std::collections::BTreeMap;

use serde_json::Value;
use windlass_tests::itsperfect::{SHOP_WAREHOUSE, Settings};

use super::erp::{Erp, NAME};

const LOCATIONS: &str =
    r#"locations=[{"location":"Amsterdam","warehouse":3},{"location":"Zürich","warehouse":"7"}]"#;

/// Amount by barcode, as stored for a location.
fn stored(erp: &Erp, location: &str) -> BTreeMap<String, i64> {
    let number = |value: &Value| value.as_i64().or_else(|| value.as_str()?.parse().ok()).expect("an amount");
    let of =
        |record: &Value| (record["barcode"].as_str().unwrap().to_owned(), number(&record["availableStock"]));
    let records = erp.records("stock").into_iter();
    records.filter(|record| record["location"] == location).map(|record| of(&record)).collect()
}

#[track_caller]
fn assert_whole(erp: &Erp) {
    for (location, warehouse) in [("Amsterdam", 3), ("Zürich", SHOP_WAREHOUSE)] {
        let there: BTreeMap<_, _> = erp.vendor.stock_of(warehouse).into_iter().collect();
        assert_eq!(stored(erp, location), there, "{location}");
    }
}

/// I8
#[test]
fn every_location_has_the_stock_of_its_own_warehouse() {
    for mixed_stock in [true, false] {
        let settings = Settings { items: 45, mixed_stock, ..Settings::default() };
        let erp = Erp::open(settings, &["get_stock=true", LOCATIONS, "page_size=20"]);
        erp.sync_ok("stock");
        assert_whole(&erp);
        let asked: Vec<_> =
            erp.vendor.calls("GET stock").iter().map(|call| call.parameters.clone()).collect();
        let pairs: Vec<_> = asked.iter().map(|asked| [&asked["warehouseId"], &asked["page"]]).collect();
        assert_eq!(pairs, [["3", "1"], ["3", "2"], ["3", "3"], ["7", "1"], ["7", "2"], ["7", "3"]]);
        assert!(
            asked.iter().all(|asked| asked.get("updateTimeStamp").is_none()),
            "a full pull, never by time"
        );
        assert_eq!(erp.newest_run()["schema_mismatches"], 0);
        erp.assert_lawful();
        windlass_tests::replay::assert_same(&erp.host, &["read"]);
    }
}

/// I8
#[test]
fn a_record_carries_its_location_its_warehouse_and_the_ids() {
    let erp = Erp::open(Settings { items: 1, ..Settings::default() }, &["get_stock=true", LOCATIONS]);
    erp.sync_ok("stock");
    let records = erp.records("stock");
    let record = records.iter().find(|record| record["location"] == "Zürich").unwrap();
    for member in [
        "warehouseId",
        "barcode",
        "availableStock",
        "itemId",
        "itemNumber",
        "colorId",
        "sizeId",
        "expectedStock",
    ] {
        assert!(!record[member].is_null(), "{member}: {record}");
    }
    assert_eq!(record["warehouseId"], SHOP_WAREHOUSE);
    let key = format!("Zürich/{}", record["barcode"].as_str().unwrap());
    let one = erp.host.ok(&["records", NAME, "stock", "--key", &key, "--format", "ndjson"]);
    assert_eq!(serde_json::from_str::<Value>(&one).unwrap(), *record);
}

/// I8
#[test]
fn a_change_of_one_amount_is_one_change() {
    let erp = Erp::open(Settings::default(), &["get_stock=true", LOCATIONS]);
    erp.sync_ok("stock");
    let before = windlass_tests::connection::changes(&erp.host, NAME, "stock").len();
    let (barcode, _) = erp.vendor.stock_of(3)[4].clone();
    // The same barcode in a warehouse that no location has changes nothing.
    erp.vendor.set_stock(4, &barcode, 500);
    erp.sync_ok("stock");
    erp.vendor.set_stock(3, &barcode, 501);
    erp.sync_ok("stock");
    let changes = windlass_tests::connection::changes(&erp.host, NAME, "stock");
    assert_eq!(changes.len(), before + 1);
    assert_eq!(changes[before].key, format!("Amsterdam/{barcode}"));
    assert_whole(&erp);
}

/// I8
#[test]
fn without_a_location_the_setting_is_named_and_nothing_is_asked() {
    let erp = Erp::open(Settings::default(), &["get_stock=true"]);
    let output = erp.sync("stock");
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("`locations`"), "{output:?}");
    assert_eq!(erp.vendor.calls("GET stock").len(), 0);
    // Setting it is all that is needed.
    erp.host.ok(&["connection", "set", NAME, "--set", LOCATIONS]);
    erp.sync_ok("stock");
    assert_whole(&erp);
}
