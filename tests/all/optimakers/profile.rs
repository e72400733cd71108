//! Another wire than the stand-in's is met by the profile alone. O1

use serde_json::json;
use windlass_tests::optimakers::{Dialect, KeyPlace, Settings};

use super::{Erp, NAME};

#[test]
fn another_wire_needs_another_profile_and_no_new_code() {
    let dialect = Dialect::other();
    let profile = format!("profile={}", dialect.profile());
    let settings = Settings { dialect, key_place: KeyPlace::Header, page_max: 2, ..Settings::default() };
    let erp = Erp::open_with(settings, &[&profile]);
    erp.host.ok(&["sync", NAME]);
    assert_eq!((erp.records("orders").len(), erp.records("products").len()), (3, 250));
    let order = r#"{"reference":"17","status":3,
        "lines":[{"name":"Kubek","quantity":2,"price_gross":21.60,"vat_rate":51}]}"#;
    let id = erp.done("create-order", order, "k")["id"].as_u64().expect("an id");
    assert_eq!(erp.vendor.orders_with("17"), [id]);
    assert_eq!(erp.done("create-order", order, "other"), json!({ "id": id, "found": true }));
    erp.done("update-order", &format!(r#"{{"id":{id},"status":4}}"#), "k2");
    assert_eq!(erp.vendor.order(id).expect("the order")["status"], 4);
    erp.host.ok(&["connection", "check", NAME]);
    erp.assert_lawful();
}

#[test]
fn a_profile_that_does_not_fit_is_refused_when_it_is_set() {
    let erp = Erp::open(Settings::default());
    let output = erp.host.cli(&["connection", "set", NAME, "--set", r#"profile={"pfad":"/"}"#]);
    assert_ne!(output.code, 0, "{output:?}");
    assert!(output.stderr.contains("pfad"), "{output:?}");
}
