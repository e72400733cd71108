//! Runs are made again from their traces, without the vendor.

use serde_json::json;
use windlass_tests::baselinker::{STATUSES, Settings};
use windlass_tests::host::component;
use windlass_tests::replay::assert_same;
use windlass_tests::shop::{NAME, Shop};

#[test]
fn what_was_read_and_done_is_the_same_again_and_with_the_next_version() {
    let shop = Shop::open(Settings::default());
    shop.sync_ok();
    assert!(shop.vendor.move_order(shop.vendor.order_ids()[0], STATUSES[1].0));
    shop.sync_ok();
    let status = json!({ "order_id": shop.vendor.order_ids()[1], "status_id": STATUSES[1].0 });
    let done = shop.act("set-order-status", &status, "k");
    assert_eq!(done.code, 0, "{done:?}");
    let asked = shop.vendor.requests().len();
    assert_same(&shop.host, &["read", "act"]);
    let next = component("baselinker-next");
    let next = next.to_str().expect("paths of tests are UTF-8");
    for run in shop.runs() {
        let replay = shop.host.json(&["run", "replay", &run["id"].to_string(), "--with", next]);
        assert_eq!(
            (&replay["result"], &replay["with"]["version"]),
            (&json!("same"), &json!("0.2.0")),
            "{replay}"
        );
    }
    let installed = shop.host.json(&["connector", "install", next, "--yes"]);
    assert_eq!(installed["replay"]["differs"], json!([]), "{installed}");
    assert!(installed["replay"]["same"].as_u64() > Some(0), "{installed}");
    assert_eq!(shop.vendor.requests().len(), asked, "a replay asks nobody; {NAME} is read by nobody else");
}
