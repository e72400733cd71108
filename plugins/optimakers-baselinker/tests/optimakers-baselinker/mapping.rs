//! What has no row stops its order, by name, and no other. O4

use serde_json::{Value, json};

use crate::{Flow, assert_held, config_with, exact, flow, imported, only, order, order_with};

fn product(rate: &str) -> Value {
    exact(&format!(r#"{{"name":"Kubek","quantity":1,"price_brutto":5.00,"tax_rate":{rate}}}"#))
}

fn order_of(id: u64, rates: &[&str]) -> Value {
    order_with(id, json!({ "products": rates.iter().map(|rate| product(rate)).collect::<Value>() }))
}

#[test]
fn a_vat_rate_without_a_row_holds_the_order_and_names_rate_line_and_setting() {
    let mut flow = flow();
    let reaction = imported(&mut flow, &order_of(17, &["23", "8"]));
    assert_held(
        &reaction,
        &["BaseLinker order 17", "line 2 (Kubek)", "VAT rate 8 ", "`vatRates`", "Stawki VAT"],
    );
    only(&imported(&mut flow, &order(18)));
}

#[test]
fn a_currency_without_a_row_holds_the_order() {
    let reaction = imported(&mut flow(), &order_with(17, json!({ "currency": "CZK" })));
    assert_held(&reaction, &["currency CZK", "`currencies`", "Waluty"]);
    let reaction = imported(&mut flow(), &order_with(17, json!({ "currency": "" })));
    assert_held(&reaction, &["no currency"]);
}

/// The row is added and the change shown again.
#[test]
fn a_held_order_is_created_once_the_row_is_there() {
    let missing = json!({ "vatRates": [] });
    assert_held(&imported(&mut Flow::new(&config_with(missing)), &order(17)), &["VAT rate 23 "]);
    only(&imported(&mut flow(), &order(17)));
}

/// Nothing is noted of an order that waits: shown again it is asked for.
#[test]
fn what_is_held_is_not_taken_for_created() {
    let mut flow = flow();
    assert_held(&imported(&mut flow, &order_of(17, &["8"])), &["VAT rate 8 "]);
    only(&imported(&mut flow, &order_of(17, &["23"])));
}

/// Rates that are none: exempt, NP and reverse charge are no 0 % and no 23 %.
#[test]
fn special_rates_need_their_own_rows() {
    for (rate, words) in [("-0.02", "-0.02 (NP)"), ("-0.03", "-0.03 (reverse charge)"), ("0", "VAT rate 0 ")]
    {
        assert_held(&imported(&mut flow(), &order_of(17, &[rate])), &[words]);
    }
    let all = json!({ "vatRates": [
        { "baselinker": "-1", "optimakers": 1 }, { "baselinker": -0.02, "optimakers": 2 },
        { "baselinker": "-0.03", "optimakers": 3 }, { "baselinker": "0", "optimakers": 4 },
    ] });
    let mut flow = Flow::new(&config_with(all));
    let (_, _, input) =
        only(&imported(&mut flow, &order_of(17, &["-1", "-0.02", "-0.03", "0", "\"-0.020\""])));
    let rates: Vec<_> =
        input["lines"].as_array().unwrap().iter().map(|line| line["vat_rate"].clone()).collect();
    assert_eq!(rates, [1, 2, 3, 4, 2]);
}

#[test]
fn rates_and_currencies_are_known_in_every_form() {
    for rate in ["23", "23.00", "\"23\"", "\" 23.0\""] {
        let (_, _, input) = only(&imported(&mut flow(), &order_of(17, &[rate])));
        assert_eq!(input["lines"][0]["vat_rate"], 51, "{rate}");
    }
    let (_, _, input) = only(&imported(&mut flow(), &order_with(17, json!({ "currency": "eur" }))));
    assert_eq!(input["currency"], 62, "typed as text");
    let typed = json!({ "currencies": [{ "baselinker": "PLN", "optimakers": "eu-1" }], "optimesOrderStatus": " 007" });
    let (_, _, input) = only(&imported(&mut Flow::new(&config_with(typed)), &order(17)));
    assert_eq!((&input["currency"], &input["status"]), (&json!("eu-1"), &json!("007")));
}

/// Everything that is missing is told at once.
#[test]
fn all_that_is_missing_is_named() {
    let order = order_with(17, json!({ "currency": "CZK", "products": [product("8"), product("5")] }));
    assert_held(&imported(&mut flow(), &order), &["CZK", "line 1", "VAT rate 8 ", "line 2", "VAT rate 5 "]);
}

#[test]
fn rows_that_contradict_each_other_hold_the_order() {
    let rows = |id: u64| json!({ "vatRates": [{ "baselinker": "23", "optimakers": 51 }, { "baselinker": "23.0", "optimakers": id }] });
    assert_held(&imported(&mut Flow::new(&config_with(rows(52))), &order(17)), &["different ids"]);
    only(&imported(&mut Flow::new(&config_with(rows(51))), &order(17)));
}

#[test]
fn a_line_that_cannot_be_read_holds_the_order() {
    for (line, words) in [
        (json!({ "name": "a", "quantity": 1, "price_brutto": 1 }), "no `tax_rate`"),
        (json!({ "name": "a", "quantity": 1, "tax_rate": 23 }), "no `price_brutto`"),
        (json!({ "name": "a", "quantity": "two", "price_brutto": 1, "tax_rate": 23 }), "`quantity` is `two`"),
        (json!({ "name": "a", "quantity": 1, "price_brutto": 1, "tax_rate": "zw" }), "`zw` is no number"),
    ] {
        let reaction = imported(&mut flow(), &order_with(17, json!({ "products": [line] })));
        assert_held(&reaction, &["line 1 (a)", words]);
    }
}
