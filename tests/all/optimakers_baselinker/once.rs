//! Each order once, each way. O4, O5

use serde_json::json;
use windlass_tests::simulator::{Fault, Stage, When};

use super::{CREATED, IMPORT, Integration, OTHER, SEND};

#[test]
fn orders_arrive_with_everything_and_their_status_goes_back_once() {
    let integration = Integration::open(12);
    let orders = integration.baselinker.order_ids();
    integration.settle();
    integration.assert_created_once(&orders);
    let id = integration.created(orders[0])[0];
    let order = integration.optimakers.order(id).expect("the order");
    assert_eq!((&order["statusId"], &order["currencyId"]), (&json!(CREATED), &json!(61)));
    assert_eq!(order["items"][0]["vatRateId"], 51);
    assert_eq!(order["attributes"][0], json!({ "attributeId": 11, "value": "Courier" }));
    assert_eq!(order["customer"]["attributes"][0]["attributeId"], 20);

    orders.iter().for_each(|&order| integration.set_realised(order, true));
    integration.settle();
    for &order in &orders {
        assert_eq!(integration.baselinker.order_status(order), Some(SEND), "{order}");
        assert_eq!(integration.sent(order), 1, "{order}");
    }
    // The loop is closed: what the flow set itself imports nothing.
    integration.settle();
    integration.assert_created_once(&orders);
    let check = integration.check();
    assert_eq!(check.code, 0, "{check:?}");
    assert!(
        check.stdout.contains("erp create-order") && check.stdout.contains("shop set-order-status"),
        "{check:?}"
    );
    integration.assert_lawful();
    windlass_tests::replay::assert_same(&integration.host, &["act", "react", "read"]);
}

#[test]
fn an_order_that_comes_back_or_is_realised_again_changes_nothing() {
    let integration = Integration::open(3);
    let orders = integration.baselinker.order_ids();
    integration.settle();
    integration.set_realised(orders[0], true);
    integration.settle();
    assert!(integration.baselinker.move_order(orders[0], IMPORT));
    integration.set_realised(orders[0], false);
    integration.settle();
    integration.set_realised(orders[0], true);
    integration.settle();
    integration.assert_created_once(&orders);
    assert_eq!(integration.sent(orders[0]), 1);
    assert_eq!(integration.baselinker.order_status(orders[0]), Some(IMPORT));
    assert_eq!(integration.sent(orders[1]), 0);
}

/// An order of long ago that enters the status is found by the next sync.
#[test]
fn an_old_order_that_enters_the_status_is_created() {
    let integration = Integration::open(3);
    let orders = integration.baselinker.order_ids();
    assert!(integration.baselinker.move_order(orders[1], OTHER));
    integration.settle();
    assert_eq!(integration.created(orders[1]).len(), 0);
    assert!(integration.baselinker.move_order(orders[1], IMPORT));
    integration.settle();
    integration.assert_created_once(&orders);
}

/// Answers are lost on both sides, and the host dies at each of them.
#[test]
fn lost_answers_and_kills_on_both_sides_double_nothing() {
    let integration = Integration::open(6);
    let orders = integration.baselinker.order_ids();
    integration.optimakers.fault(When::Nth("POST orders".into(), 2), Fault::AnswerLost);
    integration.optimakers.fault(When::Nth("POST orders".into(), 4), Fault::Html500);
    integration.baselinker.fault(When::Nth("setOrderStatus".into(), 2), Fault::AnswerLost);
    let host = integration.host.clone();
    integration.optimakers.watch(move |moment| {
        if moment.method == "POST orders" && moment.stage == Stage::Acted && moment.request.is_multiple_of(3)
        {
            host.kill_9();
        }
    });
    let syncing = integration.host.begin(&["sync", "shop", "orders"]);
    windlass_tests::eventually::eventually("the host dies", super::SETTLED_MAX, || {
        integration.host.is_dead().then_some(())
    });
    integration.optimakers.watch(|_| {});
    integration.host.restart();
    drop(syncing);
    integration.settle();
    integration.assert_created_once(&orders);
    orders.iter().for_each(|&order| integration.set_realised(order, true));
    integration.settle();
    let asked = integration.host.json(&["run", "list", "--connection", "shop", "--limit", "100"]);
    let asked = asked["items"].as_array().expect("a list").iter();
    let statuses = asked.filter(|run| run["action"] == "set-order-status").count();
    assert_eq!(statuses, orders.len(), "one run for each order");
    for &order in &orders {
        assert_eq!(integration.baselinker.order_status(order), Some(SEND), "{order}");
    }
    integration.assert_created_once(&orders);
    integration.assert_lawful();
}
