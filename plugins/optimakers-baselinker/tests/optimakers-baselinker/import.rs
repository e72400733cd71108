//! BaseLinker to Optimakers. O4

use serde_json::json;

use crate::{IMPORT, OTHER, assert_nothing, config, exact, flow, imported, only, order, order_with};

#[test]
fn an_order_in_the_status_is_created_with_everything() {
    let (role, action, input) = only(&imported(&mut flow(), &order(17)));
    assert_eq!((role.as_str(), action.as_str()), ("optimakers", "create-order"));
    let expected = exact(
        r#"{"reference":"17","status":3,"currency":61,"placed_at":1700000000,
        "customer":{"name":"Jan Żółty","company":"Firma","tax_number":"5250000000","email":"jan@sklep.pl",
            "phone":"600 100 200","attributes":[{"id":20,"value":"jan77"}]},
        "delivery":{"name":"Jan Żółty","street":"Prosta 1","postcode":"00-001","city":"Warszawa","country":"PL"},
        "invoice":{"company":"Firma","tax_number":"5250000000"},
        "lines":[{"name":"Kubek","variant":"żółty","sku":"K-1","quantity":2,"price_gross":21.60,"vat_rate":51}],
        "attributes":[{"id":11,"value":"Kurier DPD"},{"id":12,"value":"15.50"},{"id":13,"value":"Przelew"},
            {"id":14,"value":"pole 1"},{"id":16,"value":"Proszę dzwonić"}]}"#,
    );
    assert_eq!(input, expected);
}

/// Amounts go over digit by digit, as numbers and from text.
#[test]
fn no_digit_of_an_amount_is_lost() {
    let product =
        exact(r#"{"name":"Kubek","quantity":"3","price_brutto":0.1000000000000000055,"tax_rate":"23.00"}"#);
    let order = order_with(17, json!({ "products": [product], "delivery_price": "9.90" }));
    let (_, _, input) = only(&imported(&mut flow(), &order));
    let line = &input["lines"][0];
    assert_eq!(line["price_gross"].to_string(), "0.1000000000000000055");
    assert_eq!(line["quantity"].to_string(), "3");
    assert_eq!(input["attributes"][1]["value"], "9.90");
}

#[test]
fn an_order_that_becomes_the_status_is_created_then() {
    let mut flow = flow();
    assert_nothing(&imported(&mut flow, &order_with(17, json!({ "order_status_id": OTHER }))));
    only(&imported(&mut flow, &order(17)));
}

/// Ids come as numbers and as text, and people type blanks.
#[test]
fn a_status_is_known_in_every_form() {
    for (configured, sent) in [(json!(IMPORT), json!("8069")), (json!("8069 "), json!(IMPORT))] {
        let config = crate::config_with(json!({ "baselinkerOrderStatusToImport": configured }));
        let mut flow = crate::Flow::new(&config);
        only(&imported(&mut flow, &order_with(17, json!({ "order_status_id": sent }))));
    }
}

#[test]
fn attributes_that_are_not_configured_are_not_carried_over() {
    let mut config = config();
    let members = config.as_object_mut().unwrap();
    members.retain(|name, _| !name.contains("Attribute"));
    let (_, _, input) = only(&imported(&mut crate::Flow::new(&config), &order(17)));
    assert_eq!(input.get("attributes"), None);
    assert_eq!(input["customer"].get("attributes"), None);
}

/// A pick-up point, and an order without products.
#[test]
fn unusual_orders_are_created_too() {
    let point = json!({ "delivery_point_id": "WAW01A", "delivery_point_name": "Paczkomat", "products": [] });
    let (_, _, input) = only(&imported(&mut flow(), &order_with(17, point)));
    assert_eq!(input["delivery"]["point_id"], "WAW01A");
    assert_eq!(input["lines"], json!([]));
}

#[test]
fn an_order_that_is_gone_asks_for_nothing() {
    assert_nothing(&flow().deletion("baselinker", "orders", "17").unwrap());
}
