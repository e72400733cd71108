//! An order is created once, whatever is lost and whoever dies.

use serde_json::json;
use windlass_tests::cases::check_all;
use windlass_tests::optimakers::{Lookup, Settings};
use windlass_tests::simulator::{Fault, Stage, When};

use super::{Erp, NAME};
use crate::kill::{Kills, Point};

const CREATE: &str = "create-order";
const POST: &str = "POST orders";
const LOOKUP: &str = "GET orders";
const ORDER: &str = r#"{"reference":"1234567","status":3,"currency":61,
    "customer":{"name":"Jan Żółty","attributes":[{"id":20,"value":"jan77"}]},
    "lines":[{"name":"Kubek","sku":"K-1","quantity":2,"price_gross":21.60,"vat_rate":51}],
    "attributes":[{"id":11,"value":"Kurier DPD"}]}"#;

/// O2
#[test]
fn an_order_arrives_with_all_that_it_was_given() {
    let erp = Erp::open(Settings::default());
    let output = erp.done(CREATE, ORDER, "k");
    let ids = erp.vendor.orders_with("1234567");
    assert_eq!(output, json!({ "id": ids[0] }));
    let order = erp.vendor.order(ids[0]).expect("the order");
    assert_eq!(
        order["items"].to_string(),
        r#"[{"name":"Kubek","sku":"K-1","quantity":2,"grossPrice":21.60,"vatRateId":51}]"#
    );
    assert_eq!(order["customer"]["attributes"], json!([{ "attributeId": 20, "value": "jan77" }]));
    assert_eq!((&order["statusId"], &order["currencyId"]), (&json!(3), &json!(61)));
    erp.assert_lawful();
}

/// O5: whoever asks, under whatever key.
#[test]
fn a_reference_that_is_there_is_found_and_not_sent_again() {
    let erp = Erp::open(Settings::default());
    let first = erp.done(CREATE, ORDER, "k");
    assert_eq!(erp.done(CREATE, ORDER, "another"), json!({ "id": first["id"], "found": true }));
    assert_eq!(erp.vendor.calls(POST).len(), 1);
    assert_eq!(erp.vendor.orders_with("1234567").len(), 1);
}

/// O5: the vendor acted or it did not, and the answer did not come.
#[test]
fn an_order_whose_answer_was_lost_is_looked_up_and_there_is_one() {
    let no_id = Fault::Instead { acts: true, status: 201, body: "{}".into() };
    let faults =
        [Fault::AnswerLost, Fault::ResetMidBody, Fault::TruncatedJson, Fault::Reset, Fault::Html500, no_id];
    // All at a time: they mostly wait for the settle time.
    check_all(&faults, faults.len(), |fault| {
        let erp = Erp::open(Settings::default());
        erp.vendor.fault(When::Nth(POST.into(), 1), fault.clone());
        let output = erp.done(CREATE, ORDER, "k");
        assert_eq!(erp.vendor.orders_with("1234567"), [output["id"].as_u64().expect("an id")]);
        assert_eq!(output["found"] == true, fault.acts(), "{output}");
        erp.assert_lawful();
    });
}

/// O5: also where the vendor cannot select orders by their reference.
#[test]
fn without_a_parameter_all_orders_are_looked_through() {
    check_all(&[Fault::AnswerLost, Fault::Reset], 2, |fault| {
        let profile = r#"profile={"lookup_parameter":""}"#;
        let settings = Settings { page_max: 2, orders: 9, ..Settings::default() };
        let erp = Erp::open_with(settings, &[profile]);
        erp.vendor.fault(When::Nth(POST.into(), 1), fault.clone());
        let output = erp.done(CREATE, ORDER, "k");
        assert_eq!(erp.vendor.orders_with("1234567"), [output["id"].as_u64().expect("an id")]);
        assert!(erp.vendor.calls(LOOKUP).len() >= 5, "{}", erp.vendor.calls(LOOKUP).len());
        erp.assert_lawful();
    });
}

/// O5: a parameter that the vendor does not know makes no double order.
#[test]
fn a_parameter_that_selects_others_or_nothing_is_found_out() {
    let erp = Erp::open(Settings { lookup: Lookup::Ignored, ..Settings::default() });
    let output = erp.act(CREATE, ORDER, "k");
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("lookup_parameter"), "{output:?}");
    assert_eq!(erp.vendor.calls(POST).len(), 0);
    let erp = Erp::open(Settings { lookup: Lookup::Nothing, ..Settings::default() });
    erp.host.ok(&["connection", "check", NAME]);
    erp.done(CREATE, ORDER, "k");
    let check = erp.host.cli(&["connection", "check", NAME]);
    assert_eq!(check.code, 1, "{check:?}");
    assert!(
        check.stdout.contains("lookup_parameter") || check.stderr.contains("lookup_parameter"),
        "{check:?}"
    );
}

/// O5: before, during and after sending.
#[test]
fn there_is_one_order_wherever_the_host_is_killed() {
    let stages = [Stage::Arrived, Stage::Acted, Stage::HalfAnswered, Stage::Answered];
    let at_the_lookup = [Point::at(1, Stage::Acted).of(LOOKUP)];
    let at_the_request = stages.map(|stage| Point::at(1, stage).of(POST));
    let later = [1, 10, 40].map(|ms| Point::after_answer(1, ms).of(POST));
    let points: Vec<_> = at_the_lookup.into_iter().chain(at_the_request).chain(later).collect();
    check_all(&points, points.len(), |&point| {
        let erp = Erp::open(Settings::default());
        let ask = ["act", NAME, CREATE, "--input", ORDER, "--key", "k", "--wait", "240"];
        let kills = Kills::arm(&erp.host, &erp.vendor, &[point]);
        let asked = erp.host.begin(&ask);
        kills.wait();
        erp.host.restart();
        drop(asked);
        let output: serde_json::Value = serde_json::from_str(&erp.host.ok(&ask)).expect("JSON");
        assert_eq!(erp.vendor.orders_with("1234567"), [output["id"].as_u64().expect("an id")]);
        erp.assert_lawful();
    });
}

/// O2
#[test]
fn an_order_is_changed() {
    let erp = Erp::open(Settings::default());
    let id = erp.vendor.order_ids()[0];
    let changes =
        format!(r#"{{"id":{id},"status":4,"realised":true,"attributes":[{{"id":16,"value":"a"}}]}}"#);
    assert_eq!(erp.done("update-order", &changes, "k"), json!({}));
    let order = erp.vendor.order(id).expect("the order");
    assert_eq!((&order["statusId"], &order["realised"]), (&json!(4), &json!(true)));
    let unknown = erp.act("update-order", r#"{"id":1,"status":4}"#, "other");
    assert_eq!(unknown.code, 1, "{unknown:?}");
    assert!(unknown.stderr.contains("there is no order 1"), "{unknown:?}");
    erp.assert_lawful();
}
