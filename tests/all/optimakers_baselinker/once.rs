//! Each order once, each way. O4, O5

use serde_json::json;

use super::{CREATED, FLOW, IMPORT, Integration, OTHER, SEND};

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
    // The guide's "how to check that it works": the last order each way, and how long it took.
    let directions = integration.host.json(&["flow", "check", FLOW])["directions"].clone();
    let directions = directions.as_array().expect("a list");
    assert_eq!(directions.len(), 2, "{directions:?}");
    for direction in directions {
        assert!(direction["key"].is_string() && direction["state"] == "succeeded", "{direction}");
        assert!(direction["latency_seconds"].as_f64().is_some_and(|seconds| seconds >= 0.0), "{direction}");
    }
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
