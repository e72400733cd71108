//! Actions with an equal ordering value.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::json;

use super::{Place, order, vendor::Turn};

/// Of several actions of the connector, too: the value is what orders them.
#[test]
fn actions_of_one_order_keep_their_order_and_never_overlap() {
    let place = Place::open();
    place.vendor.next("/pay", Turn::Wait);
    for number in 0..12 {
        let action = if number % 3 == 0 { "pay" } else { "phone" };
        place.ask(action, &order(&format!("O{}", number % 2)), &format!("k{number:02}"));
    }
    // The first of one order waits at the vendor, and holds up that order alone.
    for number in [1, 3, 5, 7, 9, 11] {
        place.reach(&format!("k{number:02}"), "succeeded");
    }
    for number in [2, 4, 6, 8, 10] {
        assert_eq!(place.run(&format!("k{number:02}"))["state"], "queued");
    }
    place.vendor.open_gate();
    place.reach("k10", "succeeded");
    let mut ends: BTreeMap<String, (Instant, String)> = BTreeMap::new();
    let seen = place.vendor.seen("/");
    assert_eq!(seen.len(), 12);
    for seen in seen {
        let (order, key) = (seen.body["order"].to_string(), seen.body["key"].to_string());
        let to = seen.to.expect("it was answered");
        if let Some((end, before)) = ends.insert(order, (to, key.clone())) {
            assert!(end <= seen.from && before < key, "{before} before {key}");
        }
    }
}

#[test]
fn a_held_action_holds_up_its_own_order_alone() {
    let place = Place::open();
    place.vendor.next("/phone", Turn::Lost);
    place.ask("phone", &order("A"), "held");
    place.reach("held", "held");
    let waits = place.ask("pay", &order("A"), "behind");
    assert_eq!(place.act("pay", &order("B"), "beside").code, 0);
    let (_, run) = place.host.get(&format!("runs/{waits}?wait=1"));
    assert_eq!(run["state"], "queued", "{run}");
    place.host.ok(&["run", "resolve", &place.number("held"), "--drop"]);
    place.reach("behind", "succeeded");
    let paid: Vec<_> = place.vendor.seen("/pay").iter().map(|seen| seen.body["order"].clone()).collect();
    assert_eq!(paid, [json!("B"), json!("A")]);
}
