//! Limits whose numbers come from the configuration, and are lowered by a person.

use std::time::Duration;

use serde_json::{Value, json};
use windlass_tests::eventually::eventually;

use super::{NAME, ON, Shop, assert_says, refusal};

/// The limit's window.
const WINDOW: Duration = Duration::from_secs(10);

#[test]
fn a_parked_run_says_why_and_until_when_and_goes_on_by_itself() {
    let shop = Shop::open(&[ON, &["requests=10"]].concat());
    shop.vendor.set_pages(14);
    shop.host.cli(&["sync", NAME, "stock", "--wait", "0"]);
    let parked = eventually("the run is parked", WINDOW, || {
        let run = shop.run();
        run["waits_for"].is_object().then_some(run)
    });
    assert_eq!(parked["waits_for"]["code"], "limit");
    let listed = shop.host.ok(&["run", "list"]);
    let until = parked["waits_for"]["until"].as_str().unwrap();
    assert_says(&listed, &["limit window is used up: 10 requests in 10 s", until]);
    shop.host.ok(&["sync", NAME, "stock"]);
    assert_eq!(shop.stream("stock")["records"], 14);
    assert_eq!(shop.run()["attempt"], 1, "waiting is no attempt");
    assert!(shop.vendor.most_in(WINDOW) <= 10, "{}", shop.vendor.most_in(WINDOW));
}

#[test]
fn a_number_of_the_configuration_holds_at_the_next_booking() {
    let shop = Shop::open(&[ON, &["requests=10"]].concat());
    shop.vendor.set_pages(25);
    shop.host.cli(&["sync", NAME, "stock", "--wait", "0"]);
    eventually("the run is parked", WINDOW, || shop.run()["waits_for"].is_object().then_some(()));
    let limit = shop.limit();
    assert_eq!(
        (&limit["max"], &limit["max_from"], &limit["property"]),
        (&json!(10), &json!("configuration"), &json!("requests"))
    );
    // More room: it goes on at once, and what was used stays counted.
    shop.set_ok("requests=100");
    shop.host.ok(&["sync", NAME, "stock", "--wait", "5"]);
    assert_eq!(shop.stream("stock")["records"], 25);
    assert!(shop.limit()["used"].as_i64().unwrap() >= 20);
    // Less: what was used counts against it.
    shop.set_ok("requests=20");
    assert_eq!((&shop.limit()["max"], &shop.limit()["left"]), (&json!(20), &json!(0)));
    let refused = shop.host.cli(&["act", NAME, "create-order", "--input", "{}", "--wait", "0"]);
    assert_eq!(refused.code, 4, "accepted, and waits: {refused:?}");
    let refused = shop.set("requests=0");
    assert_says(refusal(&refused), &["limit `window` needs a whole number above 0 here"]);
    let refused = shop.set("for_others=19");
    assert_says(refusal(&refused), &["19 being left to others", "/config/requests"]);
}

/// What the host cannot see, a connector counts by itself.
#[test]
fn a_connector_asks_what_is_left_and_counts_more_and_is_parked_without_room() {
    let shop = Shop::open(&[ON, &["requests=20", "cost=7"]].concat());
    shop.host.ok(&["sync", NAME, "costs"]);
    let stored = shop.host.ok(&["records", NAME, "costs", "--format", "ndjson"]);
    let seen: Value = serde_json::from_str(&stored).expect("one record");
    let left = |moment: &str| seen[moment].as_i64().expect("a number");
    assert_eq!((left("before") - left("after"), &seen["unknown"]), (7, &json!("unknown-limit")), "{seen}");
    assert_eq!(shop.limit()["used"], 7, "{}", shop.limit());
    shop.set_ok("cost=19");
    shop.host.cli(&["sync", NAME, "costs", "--wait", "0"]);
    let parked = eventually("the run is parked", WINDOW, || {
        let run = shop.run();
        run["waits_for"].is_object().then_some(run)
    });
    assert_says(&parked["waits_for"].to_string(), &["limit window is used up"]);
    assert_eq!(shop.vendor.requests(None), 0);
}

/// What it takes is known from the last walk or not at all, and which limit it runs into.
#[test]
fn a_long_sync_says_before_what_it_will_take() {
    let shop = Shop::open(&[ON, &["requests=10"]].concat());
    let warehouses: Vec<_> = (0..3).map(|id| json!({ "id": id, "name": "W", "active": true })).collect();
    shop.vendor.set_warehouses(&warehouses);
    let first = shop.host.cli(&["sync", NAME, "warehouses"]);
    assert_says(
        &first.stderr,
        &["warehouses: it cannot be known how much there is to read; limit window has room for"],
    );
    shop.vendor.set_pages(12);
    let stock = shop.host.cli(&["sync", NAME, "stock", "--wait", "0"]);
    assert_says(&stock.stderr, &["stock: it cannot be known"]);
    eventually("the run is parked", WINDOW, || shop.run()["waits_for"].is_object().then_some(()));
    let second = shop.host.cli(&["sync", NAME, "warehouses", "--wait", "0"]);
    assert_says(
        &second.stderr,
        &["warehouses: about 1 pages, 1 requests; limit window has room for 0 now; ends "],
    );
}

#[test]
fn a_person_takes_less_than_was_approved_and_never_more() {
    let shop = Shop::open(&[ON, &["requests=100"]].concat());
    let set = |arguments: &[&str]| shop.host.cli(&[&["limit", "set", NAME, "window"], arguments].concat());
    let numbers = || {
        let limit = shop.limit();
        ["max", "max_from", "left_to_others", "kept_for_actions"].map(|name| limit[name].clone())
    };
    assert_eq!(numbers(), [json!(100), json!("configuration"), json!(0), json!(10)]);
    let changed = set(&["--max", "40", "--leave", "5"]);
    assert_says(&changed.stdout, &["max               40 (set)", "approved          100"]);
    assert_eq!(numbers(), [json!(40), json!("set"), json!(5), json!(4)]);
    assert_eq!(set(&["--keep-for-actions", "0"]).code, 0);
    assert_eq!(numbers(), [json!(40), json!("set"), json!(5), json!(0)]);
    assert_says(
        refusal(&set(&["--max", "101"])),
        &["allows at most 100", "limit.number", "--set requests=…"],
    );
    assert_says(refusal(&set(&["--leave", "40"])), &["one call may need 1", "40 being left to others"]);
    assert_says(refusal(&set(&["--max", "0"])), &["would let nothing through"]);
    assert_eq!(set(&["--max", "many"]).code, 2);
    assert_says(
        refusal(&shop.host.cli(&["limit", "set", NAME, "hour", "--max", "1"])),
        &["limit.missing", "there is no limit hour"],
    );
    // A version later, and back, it is still what was set.
    shop.host.ok(&["connector", "install", &loose(), "--yes"]);
    assert_eq!(numbers(), [json!(40), json!("set"), json!(5), json!(0)]);
    // The configuration was lowered below it: then that binds.
    shop.set_ok("requests=30");
    assert_eq!(numbers(), [json!(30), json!("configuration"), json!(5), json!(0)]);
    shop.set_ok("requests=100");
    assert_eq!(set(&["--max", "default", "--leave", "default", "--keep-for-actions", "default"]).code, 0);
    assert_eq!(numbers(), [json!(100), json!("configuration"), json!(0), json!(10)]);
}

fn loose() -> String {
    windlass_tests::host::guest("switches-loose").display().to_string()
}

#[test]
fn the_lowest_number_of_those_who_share_a_limit_binds_all() {
    let shop = Shop::open(&[ON, &["requests=100"]].concat());
    shop.connect_ok("other", &[ON, &["requests=30"]].concat());
    let limit = shop.limit();
    assert_eq!(
        (&limit["max"], &limit["max_from"], &limit["own_max"]),
        (&json!(30), &json!("shared"), &json!(100))
    );
    assert_eq!(limit["shared_with"][0]["connection"], "other");
    let doctor = shop.host.cli(&["doctor"]);
    assert_says(&doctor.stdout, &["shop: limit window is shared with other, which allows 30", "binds both"]);
    shop.host.ok(&["connection", "set", "other", "--set", "requests=200"]);
    assert_eq!(shop.limit()["max"], 100);
    shop.host.ok(&["limit", "set", "other", "window", "--max", "20"]);
    assert_eq!(shop.limit()["max"], 20);
    shop.host.ok(&["connection", "delete", "other"]);
    assert_eq!((&shop.limit()["max"], &shop.limit()["max_from"]), (&json!(100), &json!("configuration")));
}
