//! Each change is answered once, whatever happens.

use std::sync::Arc;

use windlass_test_postgres::Database;
use windlass_tests::simulator::Stage;

use super::{Bridge, FLOW, FROM};
use crate::pair::Pair;

#[test]
fn records_that_were_there_and_what_changes_later_are_each_asked_for_once() {
    let bridge = Bridge::unbound();
    bridge.sync();
    bridge.host.ok(&bridge.create(&[]));
    bridge.settled();
    let orders = bridge.left.order_ids();
    bridge.assert_copied(&orders);
    let late = bridge.left.add_order(FROM, bridge.left.unix_now());
    assert_eq!(bridge.right.add_order(FROM, bridge.right.unix_now()), late, "both accounts count alike");
    bridge.sync();
    bridge.settled();
    bridge.assert_copied(&[&orders[..], &[late]].concat());
    let checked = bridge.host.json(&["flow", "check", FLOW]);
    assert_eq!((&checked["ok"], &checked["directions"][0]["state"]), (&true.into(), &"succeeded".into()));
    assert!(checked["directions"][0]["latency_seconds"].as_f64().expect("a latency") >= 0.0);
    windlass_tests::replay::assert_same(&bridge.host, &["act", "react", "read"]);
}

#[test]
fn a_flow_that_dies_at_any_moment_asks_for_everything_once() {
    let bridge = Bridge::open();
    let host = bridge.host.clone();
    // Killed four times, at every fifth order.
    bridge.right.watch(move |moment| {
        if moment.stage == Stage::Acted && moment.request.is_multiple_of(5) {
            host.kill_9();
        }
    });
    let syncing = bridge.host.begin(&["sync", "left", "orders"]);
    for _ in 0..4 {
        windlass_tests::eventually::eventually("the host dies", super::REACTED_MAX, || {
            bridge.host.is_dead().then_some(())
        });
        bridge.host.restart();
    }
    drop(syncing);
    bridge.right.watch(|_| {});
    bridge.settled();
    for order in bridge.left.order_ids() {
        assert_eq!(bridge.right.order_status(order), Some(super::TO));
        // A status that is set again is set once: the action says so, and each kill may repeat what was
        // under way.
        assert!((1..=5).contains(&bridge.times(order)), "order {order}: {}", bridge.times(order));
    }
    let asked = bridge.host.json(&["run", "list", "--connection", "right", "--limit", "100"]);
    assert_eq!(asked["items"].as_array().expect("a list").len(), 20, "one run for each order");
}

#[test]
fn two_hosts_work_on_a_flow_together() {
    let pair = Pair::of(Database::create(), |setup| setup, |setup| setup);
    pair.first.install("baselinker");
    let bridge = Bridge::on(pair.first.clone());
    bridge.host.ok(&bridge.create(&[]));
    let first: Arc<_> = pair.first.clone();
    bridge.right.watch(move |moment| {
        if (moment.request, moment.stage) == (7, Stage::Answered) {
            first.kill_9();
        }
    });
    pair.second.ok(&["sync", "left", "orders"]);
    let bridge = Bridge { host: pair.second.clone(), ..bridge };
    bridge.settled();
    for order in bridge.left.order_ids() {
        assert_eq!(bridge.right.order_status(order), Some(super::TO));
    }
    let asked = bridge.host.json(&["run", "list", "--connection", "right", "--limit", "100"]);
    assert_eq!(asked["items"].as_array().expect("a list").len(), 20, "one run for each order");
}
