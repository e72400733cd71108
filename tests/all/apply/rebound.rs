//! A role of a flow that is bound to another connection.

use std::time::Duration;

use windlass_tests::baselinker::{STATUSES, Simulator};
use windlass_tests::eventually::eventually;

use super::{Applied, account, connection, flow};

/// A flow reacts within seconds; the machine may be busy.
const REACTED_MAX: Duration = Duration::from_secs(60);

#[test]
fn a_role_bound_anew_is_followed_from_its_first_record() {
    let applied = Applied::new();
    applied.host.install_guest("flow-guest");
    let (left, right) = (account(3), account(5));
    let connections = connection("left", &left.url(), "") + &connection("right", &right.url(), "");
    applied.declare(&(connections.clone() + &flow("left", "right")));
    applied.done();
    applied.host.ok(&["sync", "left", "orders"]);
    copied(&right, &left.order_ids());
    applied.host.ok(&["sync", "right", "orders"]);
    let before = right.effects().len();

    applied.declare(&(connections + &flow("right", "left")));
    let plan = applied.apply(&["--plan"]).stdout;
    for line in ["connect.from  left → right", "orders of right is followed from its first record on"] {
        assert!(plan.contains(line), "{line}: {plan}");
    }
    applied.done();
    // Of the five orders there, three have the other status by now.
    let rest: Vec<i64> = right.order_ids().into_iter().skip(3).collect();
    eventually("the flow has caught up", REACTED_MAX, || {
        let flow = applied.host.json(&["flow", "show", "bridge"]);
        let feed = &flow["feeds"][0];
        (feed["behind"] == 0 && feed["first_records"] == false).then_some(())
    });
    let flow = applied.host.json(&["flow", "show", "bridge"]);
    assert_eq!((&flow["connect"]["from"], &flow["connect"]["to"]), (&"right".into(), &"left".into()));
    let asked = applied.host.json(&["run", "list", "--connection", "left"]);
    let asked = asked["items"].as_array().expect("a list of runs");
    let actions = asked.iter().filter(|run| run["kind"] == "action").count();
    assert_eq!(actions, rest.len(), "{asked:?}");
    assert_eq!(right.effects().len(), before, "nothing goes the former way any more");
    applied.assert_settled();
    // Whoever binds it by hand is seen by the next plan.
    applied.host.ok(&["flow", "set", "bridge", "--connect", "to=right"]);
    let plan = applied.apply(&["--plan"]).stdout;
    assert!(
        plan.contains("connect.to  right → left") && plan.contains("1 to change, 2 as declared"),
        "{plan}"
    );
}

#[track_caller]
fn copied(vendor: &Simulator, orders: &[i64]) {
    eventually("the orders are copied", REACTED_MAX, || {
        orders.iter().all(|&order| vendor.order_status(order) == Some(STATUSES[1].0)).then_some(())
    });
}
