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

    let rows = r#"vatRates=[{"baselinker":23,"optimakers":51},{"baselinker":"5","optimakers":53}]"#;
    integration.host.ok(&["flow", "set", FLOW, "--set", rows]);
    windlass_tests::eventually::eventually("the order goes on", super::SETTLED_MAX, || {
        (integration.created(orders[1]).len() == 1).then_some(())
    });
    integration.settled();
    assert_eq!(integration.held().len(), 0);
    integration.assert_created_once(&orders);
    let id = integration.created(orders[1])[0];
    let order = integration.optimakers.order(id).expect("the order");
    assert_eq!(order["items"][0]["vatRateId"], 53);
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
