//! A change that waits keeps no other from going on.

use super::{Bridge, FLOW};

#[test]
fn a_held_change_names_its_reason_and_goes_on_when_the_configuration_changes() {
    let bridge = Bridge::unbound();
    let orders = bridge.left.order_ids();
    let waiting = format!("waiting=[{},{}]", orders[2], orders[5]);
    let create: Vec<&str> = bridge.create(&[]).into_iter().chain(["--set", &waiting]).collect();
    bridge.host.ok(&create);
    bridge.sync();
    bridge.settled();
    let held = bridge.held();
    let keys: Vec<_> = held.iter().map(|held| held["key"].as_str().expect("a key").to_owned()).collect();
    assert_eq!(keys, [orders[2].to_string(), orders[5].to_string()]);
    assert!(held[0]["reason"].as_str().expect("a reason").contains("take it out of `waiting`"));
    assert_eq!(held[0]["record"]["order_id"].to_string().trim_matches('"'), orders[2].to_string());
    assert_eq!((bridge.times(orders[2]), bridge.times(orders[3])), (0, 1), "the others went on");
    let checked = bridge.host.json(&["flow", "check", FLOW]);
    assert!(checked["findings"].to_string().contains("2 changes are held"), "{checked}");

    let fewer = format!("waiting=[{}]", orders[5]);
    bridge.host.ok(&["flow", "set", FLOW, "--set", &fewer]);
    windlass_tests::eventually::eventually("one goes on", super::REACTED_MAX, || {
        (bridge.times(orders[2]) == 1).then_some(())
    });
    bridge.settled();
    assert_eq!(bridge.held().len(), 1);
    // A person may say so too; the flow still says no.
    let id = bridge.held()[0]["id"].to_string();
    bridge.host.ok(&["flow", "deliver", FLOW, &id]);
    windlass_tests::eventually::eventually("it was shown again", super::REACTED_MAX, || {
        (bridge.held()[0]["due"] == false).then_some(())
    });
    assert_eq!(bridge.times(orders[5]), 0);
    bridge.host.ok(&["flow", "set", FLOW, "--unset", "waiting"]);
    windlass_tests::eventually::eventually("the last goes on", super::REACTED_MAX, || {
        bridge.held().is_empty().then_some(())
    });
    bridge.settled();
    bridge.assert_copied(&orders);
}

#[test]
fn a_change_that_breaks_the_flow_is_held_and_the_others_go_on() {
    let bridge = Bridge::unbound();
    let orders = bridge.left.order_ids();
    let panics = format!("panics_at={}", orders[7]);
    let create: Vec<&str> = bridge.create(&[]).into_iter().chain(["--set", &panics]).collect();
    bridge.host.ok(&create);
    bridge.sync();
    bridge.settled();
    let held = bridge.held();
    assert_eq!(held.len(), 1, "{held:?}");
    let reason = held[0]["reason"].as_str().expect("a reason");
    assert!(reason.contains(&format!("told to panic at order {}", orders[7])), "{reason}");
    let others: Vec<_> = orders.iter().copied().filter(|order| *order != orders[7]).collect();
    bridge.assert_copied(&others);
    bridge.host.ok(&["flow", "set", FLOW, "--unset", "panics_at"]);
    windlass_tests::eventually::eventually("it goes on", super::REACTED_MAX, || {
        bridge.held().is_empty().then_some(())
    });
    bridge.settled();
    bridge.assert_copied(&orders);
}

/// The flow has noted by then that it asked; that note goes with the refusal.
#[test]
fn a_change_whose_action_is_refused_is_held_and_asked_for_later() {
    let bridge = Bridge::unbound();
    let orders = bridge.left.order_ids();
    let unfit = format!("unfit=[{},{}]", orders[2], orders[5]);
    let create: Vec<&str> = bridge.create(&[]).into_iter().chain(["--set", &unfit]).collect();
    bridge.host.ok(&create);
    bridge.sync();
    bridge.settled();
    let held = bridge.held();
    assert_eq!(held.len(), 2, "{held:?}");
    let reason = held[0]["reason"].as_str().expect("a reason");
    assert!(reason.contains("the input of set-order-status does not fit at `/order_id`"), "{reason}");
    let others: Vec<_> =
        orders.iter().copied().filter(|order| ![orders[2], orders[5]].contains(order)).collect();
    bridge.assert_copied(&others);
    bridge.host.ok(&["flow", "set", FLOW, "--unset", "unfit"]);
    windlass_tests::eventually::eventually("they go on", super::REACTED_MAX, || {
        bridge.held().is_empty().then_some(())
    });
    bridge.settled();
    bridge.assert_copied(&orders);
}

#[test]
fn a_paused_flow_is_shown_nothing_and_goes_on_where_it_stopped() {
    let bridge = Bridge::open();
    bridge.host.ok(&["flow", "pause", FLOW]);
    bridge.sync();
    assert_eq!(bridge.flow()["feeds"][0]["behind"], 20);
    assert_eq!(bridge.right.effects().len(), 0);
    bridge.host.ok(&["flow", "resume", FLOW]);
    bridge.settled();
    bridge.assert_copied(&bridge.left.order_ids());
}
