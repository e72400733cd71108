//! An action that a flow asked for and that comes to nothing: nothing is lost, and nothing is double.

use windlass_tests::eventually::eventually;
use windlass_tests::simulator::{Fault, When};

use super::{Bridge, FLOW, REACTED_MAX, TO};

const SET: &str = "setOrderStatus";

fn refusal(code: &str) -> Fault {
    Fault::Refuse { code: code.into(), message: "The order is being packed".into() }
}

/// The vendor says no to one of twenty. A person hears of it everywhere, and has it asked for again.
#[test]
fn a_refused_action_holds_its_change_until_a_person_has_it_asked_for_again() {
    let bridge = Bridge::open();
    bridge.right.fault(When::Nth(SET.into(), 4), refusal("ERROR_ORDER_LOCKED"));
    bridge.sync();
    bridge.settled();
    let held = bridge.held();
    assert_eq!(held.len(), 1, "{held:?}");
    let order: i64 = held[0]["key"].as_str().and_then(|key| key.parse().ok()).expect("an order's id");
    let failed = bridge.host.json(&["run", "list", "--state", "failed"])["items"].clone();
    let run = failed[0]["id"].clone();
    let reason = held[0]["reason"].as_str().expect("a reason");
    let expected = format!("came to nothing in run {run}: BaseLinker refused: The order is being packed");
    assert!(reason.contains(&expected), "{reason}");
    let orders = bridge.left.order_ids();
    let others: Vec<_> = orders.iter().copied().filter(|other| *other != order).collect();
    bridge.assert_copied(&others);

    let check = bridge.cli(&["flow", "check", FLOW]);
    assert!(check.code == 1 && check.stdout.contains("`windlass flow deliver bridge`"), "{check:?}");
    let doctor = bridge.cli(&["doctor"]);
    assert!(doctor.code == 1 && doctor.stdout.contains("bridge holds 1 changes"), "{doctor:?}");

    let id = held[0]["id"].to_string();
    bridge.host.ok(&["flow", "deliver", FLOW, &id]);
    eventually("it goes on", REACTED_MAX, || bridge.held().is_empty().then_some(()));
    bridge.settled();
    bridge.assert_copied(&orders);
    let runs = bridge.host.json(&["run", "list", "--connection", "right", "--limit", "100"]);
    let runs = runs["items"].as_array().expect("a list");
    assert_eq!(runs.len(), orders.len(), "it went on as the same run");
    let again = runs.iter().find(|again| again["id"] == run).expect("the run");
    assert_eq!(again["state"], "succeeded");
    assert_eq!(bridge.cli(&["flow", "check", FLOW]).code, 0);
}

/// All credentials are refused. Whoever corrects the connection need not know what was asked of it meanwhile.
#[test]
fn what_a_broken_connection_came_to_goes_on_when_the_connection_is_changed() {
    let bridge = Bridge::open();
    bridge.right.set_tokens(&["another"]);
    bridge.sync();
    bridge.settled();
    let orders = bridge.left.order_ids();
    assert_eq!((bridge.held().len(), bridge.right.effects().len()), (orders.len(), 0));
    bridge.right.set_tokens(&[windlass_tests::baselinker::TOKEN]);
    let token = bridge.host.secret_file("token", windlass_tests::baselinker::TOKEN);
    let secret = format!("token=@{}", token.display());
    bridge.host.ok(&["connection", "set", "right", "--secret", &secret]);
    eventually("they go on", REACTED_MAX, || bridge.held().is_empty().then_some(()));
    bridge.settled();
    bridge.assert_copied(&orders);
}

/// A newer change of the record comes before anybody has looked.
#[test]
fn a_record_that_changes_after_its_action_failed_is_asked_for_anew() {
    let bridge = Bridge::open();
    let order = bridge.left.order_ids()[3];
    bridge.right.fault(When::Method(SET.into()), refusal("ERROR_ORDER_LOCKED"));
    bridge.sync();
    bridge.settled();
    bridge.right.clear_faults();
    let fields = serde_json::json!({ "phone": "600 100 200" });
    assert!(bridge.left.change_order(order, fields.as_object().expect("an object").clone()));
    bridge.host.ok(&["sync", "left", "orders", "--full"]);
    eventually("it goes on", REACTED_MAX, || (bridge.right.order_status(order) == Some(TO)).then_some(()));
    bridge.settled();
    assert_eq!(bridge.times(order), 1);
    assert_eq!(bridge.held().len(), bridge.left.order_ids().len() - 1, "the others wait");

    // One of them is given up.
    let id = bridge.held()[0]["id"].to_string();
    bridge.host.ok(&["flow", "drop", FLOW, &id]);
    let ids: Vec<_> = bridge.held().iter().map(|held| held["id"].to_string()).collect();
    assert!(!ids.contains(&id), "{ids:?}");
    assert_eq!(bridge.cli(&["flow", "drop", FLOW, &id]).code, 1);
}
