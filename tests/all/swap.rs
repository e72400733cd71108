//! A connector is swapped again and again while it works.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;
use windlass_tests::baselinker::{Seed, Settings};
use windlass_tests::eventually::eventually;
use windlass_tests::host::component;
use windlass_tests::shop::{NAME, Shop};
use windlass_tests::simulator::{Fault, When};

const SWAPS: usize = 20;

#[test]
fn twenty_swaps_in_one_long_sync_lose_double_and_fail_nothing() {
    let seed = Seed { orders: 6_000, ..Seed::default() };
    let shop = Shop::open(Settings { seed, ..Settings::default() });
    // A page takes a while, so that swaps fall into calls as well as between them.
    shop.vendor.fault(When::Always, Fault::SlowBody(60));
    let mut sync = shop.host.begin(&["sync", NAME, "orders"]);
    let next = component("baselinker-next");
    let next = next.to_str().expect("paths of tests are UTF-8");
    for swap in 0..SWAPS {
        let seen = shop.vendor.requests().len();
        eventually("the sync goes on", Duration::from_secs(60), || {
            (shop.vendor.requests().len() > seen).then_some(())
        });
        if swap % 2 == 0 {
            shop.host.ok(&["connector", "install", next, "--yes"]);
        } else {
            shop.host.ok(&["connector", "rollback", "baselinker"]);
        }
    }
    assert!(sync.runs(), "the sync is longer than the swaps");
    assert!(sync.end());
    shop.assert_whole();
    assert_eq!(shop.changes().len(), 6_000);
    assert_both_versions_worked(&shop);
}

/// One run, in one attempt, whose calls name two digests.
fn assert_both_versions_worked(shop: &Shop) {
    let runs = shop.runs();
    assert_eq!(runs.len(), 1, "{runs:?}");
    assert_eq!((&runs[0]["state"], &runs[0]["attempt"]), (&Value::from("succeeded"), &Value::from(1)));
    let run = shop.run(&runs[0]["id"]);
    let calls = run["calls"].as_array().expect("a run shows its calls");
    let digests: BTreeSet<_> = calls.iter().map(|call| call["digest"].to_string()).collect();
    assert_eq!(digests.len(), 2, "every call names the version that ran it");
}
