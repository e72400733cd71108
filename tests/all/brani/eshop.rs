//! B1: the e-shop information.

use serde_json::json;
use windlass_tests::brani::Settings;
use windlass_tests::simulator::{Fault, When};

use super::Shop;

const POST: &str = "POST /eshop/info";

/// B1
#[test]
fn nothing_sent_is_no_record_and_no_error_and_equal_lists_are_sent_once() {
    let shop = Shop::open(Settings::default());
    shop.sync_ok("eshop-info");
    assert_eq!(shop.records("eshop-info"), [""; 0]);
    let lists = json!({
        "orderStatuses": { "statuses": [{ "id": -1, "name": "Zabaleno" }, { "id": -2, "name": "K expedici" }] },
        "shippingMethods": { "retail": { "methods": [{ "guid": 12345, "name": "PPL" }] } },
    });
    assert_eq!(shop.done("set-eshop-info", &lists, "one"), json!({ "sent": true }));
    assert_eq!(shop.done("set-eshop-info", &lists, "two"), json!({ "sent": false }));
    assert_eq!((shop.vendor.api.calls(POST).len(), shop.vendor.eshop()), (1, Some(lists.clone())));
    shop.sync_ok("eshop-info");
    let records = shop.records("eshop-info");
    assert_eq!((records.len(), &records[0]["data"]), (1, &lists));
    assert_eq!(records[0]["summary"]["eshop_name"], "Čajovna U Kočky");
    shop.assert_lawful();
    windlass_tests::replay::assert_same(&shop.host, &["act"]);
}

/// B1, G2: the answer to a success has a status of its own, and so could a failure under HTTP 200.
#[test]
fn a_failure_inside_a_200_is_a_failure_and_is_sent_again() {
    let shop = Shop::open(Settings::default());
    let body = r#"{"status_code":422,"detail":"guid neni platny","headers":null}"#.to_owned();
    shop.vendor.api.fault(When::Nth(POST.into(), 1), Fault::Instead { acts: false, status: 200, body });
    let lists = json!({ "orderStatuses": { "statuses": [] } });
    let output = shop.act("set-eshop-info", &lists, "one");
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("guid neni platny"), "{output:?}");
    assert_eq!(shop.done("set-eshop-info", &lists, "two"), json!({ "sent": true }));
    assert_eq!(shop.vendor.eshop(), Some(lists));
}
