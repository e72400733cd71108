//! What cannot go on waits, says why, and keeps nothing else. O4, O5

use serde_json::{Value, json};

use super::{FLOW, IMPORT, Integration};

fn reasons(integration: &Integration) -> Vec<String> {
    let held = integration.held();
    held.iter().map(|held| held["reason"].as_str().expect("a reason").to_owned()).collect()
}

#[test]
fn an_unmapped_vat_rate_holds_its_order_until_the_row_is_there() {
    let integration = Integration::without_flow(4);
    let orders = integration.baselinker.order_ids();
    let line = json!([{ "name": "Książka", "quantity": 1, "price_brutto": 10.50, "tax_rate": 5 }]);
    let fields: Value = json!({ "products": line });
    assert!(integration.baselinker.change_order(orders[1], fields.as_object().expect("an object").clone()));
    integration.create(&json!({}));
    integration.settle();
    let reasons = reasons(&integration);
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    for words in [&orders[1].to_string()[..], "VAT rate 5 ", "line 1 (Książka)", "`vatRates`"] {
        assert!(reasons[0].contains(words), "{words}: {}", reasons[0]);
    }
    integration.assert_created_once(&[orders[0], orders[2], orders[3]]);
    assert_eq!(integration.created(orders[1]).len(), 0);

    // Nothing waits for it: what comes later goes on.
    let later = integration.baselinker.add_order(IMPORT, integration.baselinker.unix_now());
    integration.settle();
    integration.assert_created_once(&[later]);

    let rows = r#"vatRates=[{"baselinker":23,"optimakers":51},{"baselinker":"5","optimakers":53}]"#;
    let before = integration.optimakers.calls("POST orders").len();
    integration.host.ok(&["flow", "set", FLOW, "--set", rows]);
    windlass_tests::eventually::eventually("the order goes on", super::SETTLED_MAX, || {
        (integration.created(orders[1]).len() == 1).then_some(())
    });
    integration.settled();
    assert_eq!(integration.held().len(), 0);
    integration.assert_created_once(&orders);
    // In its turn: it alone is shown again, once, and nothing that has its order is sent anew.
    assert_eq!(integration.optimakers.calls("POST orders").len(), before + 1);
    let id = integration.created(orders[1])[0];
    let order = integration.optimakers.order(id).expect("the order");
    assert_eq!(order["items"][0]["vatRateId"], 53);
}

#[test]
fn several_held_orders_go_on_in_their_turn() {
    let integration = Integration::without_flow(6);
    let orders = integration.baselinker.order_ids();
    integration.create(&json!({ "vatRates": [] }));
    integration.settle();
    assert_eq!(reasons(&integration).len(), orders.len());
    let held: Vec<_> = integration.held().iter().map(|held| held["key"].clone()).collect();
    let rows = r#"vatRates=[{"baselinker":23,"optimakers":51}]"#;
    integration.host.ok(&["flow", "set", FLOW, "--set", rows]);
    windlass_tests::eventually::eventually("they go on", super::SETTLED_MAX, || {
        integration.held().is_empty().then_some(())
    });
    integration.settled();
    integration.assert_created_once(&orders);
    // Asked for in the order in which they were held.
    let runs = integration.host.json(&["run", "list", "--connection", "erp", "--limit", "100"]);
    let runs = runs["items"].as_array().expect("a list").iter().rev();
    let asked = runs.filter(|run| run["action"] == "create-order");
    let references: Vec<_> = asked
        .map(|run| {
            integration.host.json(&["run", "show", &run["id"].to_string()])["input"]["reference"].clone()
        })
        .collect();
    assert_eq!(references, held);
}

#[test]
fn a_missing_currency_holds_its_order_and_is_named() {
    let integration = Integration::without_flow(2);
    let orders = integration.baselinker.order_ids();
    let fields = json!({ "currency": "HUF" });
    assert!(integration.baselinker.change_order(orders[0], fields.as_object().expect("an object").clone()));
    integration.create(&json!({}));
    integration.settle();
    let reasons = reasons(&integration);
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    assert!(reasons[0].contains("the currency HUF has no row in `currencies`"), "{}", reasons[0]);
    integration.assert_created_once(&orders[1..]);
}

#[test]
fn one_status_for_both_ways_is_refused_by_name() {
    let integration = Integration::without_flow(2);
    integration.create(&json!({ "baselinkerOrderStatusToSend": IMPORT }));
    integration.settle();
    let reasons = reasons(&integration);
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert!(reasons[0].contains("`baselinkerOrderStatusToSend`"), "{reasons:?}");
    assert_eq!(integration.optimakers.calls("POST orders").len(), 0);
}

#[test]
fn a_rate_with_two_rows_is_refused_when_it_is_set() {
    let integration = Integration::open(1);
    let rows = r#"vatRates=[{"baselinker":23,"optimakers":51},{"baselinker":"23","optimakers":53}]"#;
    let output = integration.host.cli(&["flow", "set", FLOW, "--set", rows]);
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("a rate has one row"), "{output:?}");
}
