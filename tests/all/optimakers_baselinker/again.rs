//! A vendor that says no, and a flow that is deleted and made again: each order once all the same. O4, O5

use serde_json::json;
use windlass_tests::eventually::eventually;
use windlass_tests::simulator::{Fault, When};

use super::{FLOW, Integration, SEND, SETTLED_MAX, is_at_rest};

/// Optimakers refuses one order, BaseLinker one status. Each waits with its reason, and goes on as soon as
/// somebody says so.
#[test]
fn what_a_vendor_refuses_waits_and_goes_on() {
    let integration = Integration::open(5);
    let orders = integration.baselinker.order_ids();
    let at_rest = || eventually("at rest", SETTLED_MAX, || is_at_rest(&integration.host).then_some(()));
    let refusal = |code: &str| Fault::Refuse { code: code.into(), message: "not now".into() };
    integration.optimakers.fault(When::Nth("POST orders".into(), 2), refusal("422"));
    integration.host.ok(&["sync", "shop", "orders"]);
    at_rest();
    assert_held_for(&integration, "create-order came to nothing");
    integration.host.ok(&["flow", "deliver", FLOW]);
    eventually("it goes on", SETTLED_MAX, || integration.held().is_empty().then_some(()));
    at_rest();
    integration.assert_created_once(&orders);

    integration.baselinker.fault(When::Nth("setOrderStatus".into(), 3), refusal("ERROR_LOCKED"));
    orders.iter().for_each(|&order| integration.set_realised(order, true));
    integration.host.ok(&["sync", "erp", "orders"]);
    at_rest();
    assert_held_for(&integration, "set-order-status came to nothing");
    integration.host.ok(&["flow", "deliver", FLOW]);
    eventually("it goes on", SETTLED_MAX, || integration.held().is_empty().then_some(()));
    integration.settle();
    orders.iter().for_each(|&order| assert_eq!(integration.sent(order), 1, "{order}"));
}

#[track_caller]
fn assert_held_for(integration: &Integration, words: &str) {
    let held = integration.held();
    assert_eq!(held.len(), 1, "{held:?}");
    assert!(held[0]["reason"].as_str().expect("a reason").contains(words), "{held:?}");
    let check = integration.check();
    assert!(check.code == 1 && check.stdout.contains("since an action came to nothing"), "{check:?}");
}

/// Its storage is gone, and the records that the connections have do not tell what it did.
#[test]
fn a_flow_that_is_made_again_sends_nothing_twice_and_forgets_nothing() {
    let integration = Integration::open(4);
    let orders = integration.baselinker.order_ids();
    integration.settle();
    integration.set_realised(orders[0], true);
    integration.settle();
    assert_eq!(integration.sent(orders[0]), 1);
    integration.host.ok(&["flow", "delete", FLOW]);
    // Realised while there is no flow.
    integration.set_realised(orders[1], true);
    integration.host.ok(&["sync", "erp", "orders"]);
    integration.create(&json!({}));
    integration.settle();
    integration.set_realised(orders[2], true);
    integration.settle();
    integration.assert_created_once(&orders);
    let sent: Vec<_> = orders.iter().map(|&order| integration.sent(order)).collect();
    assert_eq!(sent, [1, 1, 1, 0]);
    assert_eq!(integration.baselinker.order_status(orders[1]), Some(SEND));
    integration.assert_lawful();
}
