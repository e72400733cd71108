//! Switches: off means refused before any request.

use std::time::Duration;

use serde_json::{Value, json};
use windlass_tests::eventually::eventually;

use super::{NAME, ON, Shop, assert_says, refusal};

#[test]
fn off_is_refused_before_any_request() {
    let shop = Shop::open(&[]);
    let create = || shop.host.cli(&["act", NAME, "create-order", "--input", "{}"]);
    let sync = |stream: &str| shop.host.cli(&["sync", NAME, stream]);
    let check = || shop.host.cli(&["connection", "check", NAME]);
    let hint = |switch: &str| format!("windlass connection set shop --set {switch}=true");
    for refused in [create(), sync("stock"), sync("warehouses"), check()] {
        assert_says(refusal(&refused), &["switched-off", "`active`", &hint("active")]);
    }
    assert_eq!(shop.vendor.requests(None), 0);
    let (_, connection) = shop.host.get("connections/shop");
    assert_eq!(connection["check_error"], Value::Null, "what was not asked has not failed");
    // One of the two switches that each of these has.
    shop.set_ok("active=true");
    assert_says(refusal(&create()), &["switched-off", "`create_orders`", &hint("create_orders")]);
    assert_says(refusal(&sync("stock")), &["switched-off", "`get_stock`", &hint("get_stock")]);
    assert_eq!(shop.vendor.requests(None), 0);
    assert_eq!((sync("warehouses").code, check().code), (0, 0));
    assert_eq!((shop.vendor.requests(Some("warehouses")), shop.vendor.requests(Some("check"))), (1, 1));
    shop.set_ok("create_orders=true");
    assert_eq!(create().code, 0);
}

#[test]
fn turning_on_starts_the_schedule_and_turning_off_stops_it() {
    let shop = Shop::open(&["get_stock=true"]);
    let state = || {
        let stream = shop.stream("stock");
        (stream["enabled"].clone(), stream["switched_off_by"].clone(), stream["due_at"].is_string())
    };
    assert_eq!(state(), (json!(false), json!("active"), false));
    assert_says(&shop.host.ok(&["stream", "show", NAME, "stock"]), &["switched off by     active"]);
    shop.set_ok("active=true");
    assert_eq!(state(), (json!(true), Value::Null, true));
    shop.set_ok("get_stock=false");
    assert_eq!(state(), (json!(false), json!("get_stock"), false));
    assert!(shop.stream("warehouses")["due_at"].is_string(), "the other stream goes on");
    shop.host.ok(&["stream", "set", NAME, "stock", "--every", "1s"]);
    assert_eq!(state(), (json!(false), json!("get_stock"), false), "an interval turns nothing on");
    assert_eq!(shop.host.get("runs").1["items"], json!([]), "no run was made");
    shop.set_ok("get_stock=true");
    eventually("the schedule runs", Duration::from_secs(30), || {
        (shop.vendor.requests(Some("stock")) > 0).then_some(())
    });
}

#[test]
fn a_parked_run_of_what_is_switched_off_ends() {
    let shop = Shop::open(&[ON, &["requests=5"]].concat());
    shop.vendor.set_pages(20);
    // Nothing of it comes back for long, so that the run is surely parked.
    shop.vendor.tell(1, "9");
    shop.host.cli(&["sync", NAME, "stock", "--wait", "0"]);
    eventually("the run is parked", Duration::from_secs(30), || {
        shop.run()["waits_for"].is_object().then_some(())
    });
    let asked = shop.vendor.requests(None);
    shop.set_ok("get_stock=false");
    let ended = eventually("the run ends", Duration::from_secs(5), || {
        let run = shop.run();
        (run["state"] == "failed").then_some(run)
    });
    assert_eq!(ended["error"]["code"], "switched-off");
    assert_says(ended["error"]["hint"].as_str().unwrap(), &["--set get_stock=true"]);
    assert_eq!(shop.vendor.requests(None), asked, "nothing was asked any more");
}
