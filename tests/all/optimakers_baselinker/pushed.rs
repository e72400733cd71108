//! What Optimakers pushes: products and orders, verified, once, and what the flow makes of it. O2, O5

use serde_json::{Value, json};
use windlass_tests::connection::records;
use windlass_tests::eventually::eventually;
use windlass_tests::optimakers::{Simulator, WEBHOOK_TOKEN};

use super::{FLOW, Integration, SEND, SETTLED_MAX};
use crate::webhooks::hooked::{Told, paths, post};

/// Pushes an event as the stand-in words it; the token stands in its header.
fn push_as(integration: &Integration, token: &str, event: &str, id: u64) -> Told {
    let url = format!("{}{}", integration.host.url(), paths(&integration.host, "erp")["events"]);
    post(&url, &[("X-Webhook-Token", token)], Simulator::delivery(event, id).as_bytes())
}

#[track_caller]
fn push(integration: &Integration, event: &str, id: u64) {
    let told = push_as(integration, WEBHOOK_TOKEN, event, id).map(|(status, _)| status);
    assert_eq!(told, Some(200), "{event} {id}");
}

/// A stored record by its id.
fn stored(integration: &Integration, stream: &str, id: u64) -> Option<Value> {
    let mut records = records(&integration.host, "erp", stream).into_iter();
    records.find_map(|record| {
        let record: Value = serde_json::from_str(&record).expect("a record is JSON");
        (record["id"] == id).then_some(record)
    })
}

#[track_caller]
fn soon(what: &str, is: impl Fn() -> bool) {
    eventually(what, SETTLED_MAX, || is().then_some(()));
}

/// O2
#[test]
fn products_follow_what_is_pushed_and_nobody_without_the_token_is_heard() {
    let integration = Integration::without_flow(1);
    let vendor = &integration.optimakers;
    let [changed, gone] = vendor.product_ids()[..2] else { panic!("two products") };
    for token in ["", "a security token", &WEBHOOK_TOKEN[1..]] {
        let told = push_as(&integration, token, "product.updated", changed);
        assert_eq!(told.map(|(status, _)| status), Some(401), "`{token}`");
    }
    assert_eq!(vendor.requests().len(), 0, "nothing is asked for what nobody vouches for");

    push(&integration, "product.created", changed);
    push(&integration, "product.created", gone);
    soon("both are read", || {
        [changed, gone].iter().all(|&id| stored(&integration, "products", id).is_some())
    });
    vendor.change(|instance| instance.products.get_mut(&changed).expect("a product")["price"] = json!(7));
    push(&integration, "product.updated", changed);
    soon("the price is read", || {
        stored(&integration, "products", changed).is_some_and(|product| product["price"] == 7)
    });
    vendor.change(|instance| instance.products.remove(&gone));
    let before = vendor.requests().len();
    push(&integration, "product.deleted", gone);
    soon("it is gone", || stored(&integration, "products", gone).is_none());
    assert_eq!(vendor.requests().len(), before, "a deletion is believed");
    let deliveries = integration.host.json(&["delivery", "list", "erp"]);
    assert_eq!(
        deliveries["items"].as_array().map(Vec::len),
        Some(4),
        "forged ones are not kept: {deliveries}"
    );
    assert!(vendor.violations().is_empty(), "{:?}", vendor.violations());
}

/// O5: the guide's own trigger. Pushed twice and again, the status is set once; back to no changes nothing,
/// and is logged.
#[test]
fn an_order_that_is_pushed_as_realised_gets_its_status_once() {
    let integration = Integration::open(2);
    let orders = integration.baselinker.order_ids();
    integration.settle();
    let id = integration.created(orders[0])[0];
    integration.set_realised(orders[0], true);
    push(&integration, "order.updated", id);
    push(&integration, "order.updated", id);
    soon("the status is set", || integration.baselinker.order_status(orders[0]) == Some(SEND));
    integration.settled();
    push(&integration, "order.updated", id);
    integration.settled();

    integration.set_realised(orders[0], false);
    push(&integration, "order.updated", id);
    let words = format!("Optimakers order {id} is no longer realised; BaseLinker order {} keeps", orders[0]);
    soon("it is logged", || {
        let (_, log) = integration.host.get(&format!("flows/{FLOW}/log"));
        let lines = log["items"].as_array().expect("a list");
        lines.iter().any(|line| line["message"].as_str().is_some_and(|said| said.contains(&words)))
    });
    integration.set_realised(orders[0], true);
    push(&integration, "order.updated", id);
    soon("it is read", || stored(&integration, "orders", id).is_some_and(|order| order["realised"] == true));
    integration.settled();
    assert_eq!((integration.sent(orders[0]), integration.sent(orders[1])), (1, 0));
    assert_eq!(integration.baselinker.order_status(orders[0]), Some(SEND));
    integration.assert_lawful();
}
