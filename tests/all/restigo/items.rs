//! Prices are set and removed, byte for byte, and customers taken off.

use std::time::Duration;

use windlass_tests::cases::check_all;
use windlass_tests::eventually::eventually;
use windlass_tests::restigo::{Settings, UnknownSku};
use windlass_tests::simulator::{Fault, Stage, When};

use super::{NAME, Supplier, json};
use crate::kill::{Kills, Point};

/// The guide's own example.
const PRICES: &str = r#"{"pricing_id":4515,"customer_number":"556781","items":[{"catalog_number":"100106","price_after_discount":32},{"catalog_number":"0101","price_after_discount":55},{"catalog_number":"100105","price_after_discount":21.6}]}"#;
const POST: &str = "POST pricings/items";
const DELETE: &str = "DELETE pricings/items";

fn price(list: i64, price: &str) -> String {
    format!(
        r#"{{"pricing_id":{list},"customer_number":"556781","items":[{{"catalog_number":"0101","price_after_discount":{price}}}]}}"#
    )
}

/// R3
#[test]
fn the_guides_prices_arrive_byte_for_byte() {
    let supplier = Supplier::open(Settings::default());
    let output = supplier.done("upsert-items", PRICES, "k");
    assert_eq!(output, r#"{"items_added":["100106"],"items_updated":["0101","100105"],"items_missing":[]}"#);
    assert_eq!(supplier.bodies(POST), [PRICES]);
    let sent = &supplier.vendor.calls(POST)[0];
    assert_eq!(sent.http, "POST /api/departments/thirdParty/pricings/items");
    let stored = ["100106", "0101", "100105"].map(|sku| supplier.vendor.price(4515, sku).unwrap());
    assert_eq!(stored, ["32", "55", "21.6"]);
    supplier.assert_lawful();
}

/// R3: Hebrew SKUs, leading zeros, decimals as text, and what Restigo does not know.
#[test]
fn hebrew_skus_and_decimal_text_arrive_and_unknown_ones_are_named() {
    let supplier = Supplier::open(Settings::default());
    let given = r#"{"pricing_id":4515,"customer_number":"556781","items":[
        {"catalog_number":"לחמא00905","price_after_discount":"21.60"},
        {"catalog_number":"אין \"כזה\" 007","price_after_discount":"0.1"},
        {"catalog_number":"הבלקן8386","price_after_discount":12345678901234567890.123456789}]}"#;
    let output = supplier.done("upsert-items", given, "k");
    assert_eq!(
        output,
        r#"{"items_added":["לחמא00905","הבלקן8386"],"items_updated":[],"items_missing":["אין \"כזה\" 007"]}"#
    );
    assert_eq!(
        supplier.bodies(POST),
        [
            r#"{"pricing_id":4515,"customer_number":"556781","items":[{"catalog_number":"לחמא00905","price_after_discount":21.60},{"catalog_number":"אין \"כזה\" 007","price_after_discount":0.1},{"catalog_number":"הבלקן8386","price_after_discount":12345678901234567890.123456789}]}"#
        ]
    );
    assert_eq!(supplier.vendor.price(4515, "הבלקן8386").unwrap(), "12345678901234567890.123456789");
    supplier.assert_lawful();
}

/// R3
#[test]
fn a_removal_carries_its_body_and_names_what_was_not_there() {
    let supplier = Supplier::open(Settings::default());
    let input =
        r#"{"pricing_id":5544,"customer_number":"123","items":["0101","100105","לחמא00905","100106"]}"#;
    let output = supplier.done("remove-items", input, "k");
    assert_eq!(output, r#"{"items_deleted":["0101","100105","100106"],"items_missing":["לחמא00905"]}"#);
    assert_eq!(supplier.bodies(DELETE), [input]);
    assert_eq!(supplier.vendor.calls(DELETE)[0].http, "DELETE /api/departments/thirdParty/pricings/items");
    assert_eq!(supplier.vendor.price(5544, "0101"), None);
    supplier.assert_lawful();
}

/// R3
#[test]
fn a_customer_is_taken_off_a_list_and_a_second_time_is_refused() {
    let supplier = Supplier::open(Settings::default());
    let input = r#"{"pricing_id":4515,"customer_number":"556781"}"#;
    let output = supplier.done("remove-client", input, "k");
    assert_eq!(output, r#"{"message":"Client has been successfully removed from the pricing"}"#);
    assert_eq!(supplier.bodies("DELETE pricings/removeClient"), [input]);
    assert!(!supplier.vendor.is_on_list(4515, "556781"));
    let again = supplier.act("remove-client", input, "another");
    assert_eq!(again.code, 1, "{again:?}");
    assert!(again.stderr.contains("client is not in the pricing"), "{again:?}");
    supplier.assert_lawful();
}

/// R2
#[test]
fn items_lists_and_customers_are_found_by_name_and_number() {
    let supplier = Supplier::open(Settings::default());
    let found = supplier.done("find-items", r#"{"item_name":"מוצר 3"}"#, "a");
    assert_eq!(found, r#"{"items":[{"item_id":3,"item_name":"מוצר 3"}]}"#);
    assert_eq!(json(&supplier.done("find-items", "{}", "b"))["items"].as_array().unwrap().len(), 5);
    let found = supplier.done("find-pricings", r#"{"pricing_name":"קיים"}"#, "c");
    assert!(found.contains(r#""price_after_discount":19.90"#), "{found}");
    assert_eq!(json(&found)["pricings"][0]["pricing_id"], 4515);
    let found = supplier.done("get-client", r#"{"customer_number":"123"}"#, "d");
    assert_eq!(json(&found)["client"]["branch_name"], "לקוח 2");
    let unknown = supplier.act("get-client", r#"{"customer_number":"0"}"#, "e");
    assert_eq!(unknown.code, 1);
    assert!(unknown.stderr.contains("does not know the customer 0"), "{unknown:?}");
    supplier.assert_lawful();
}

#[test]
fn bad_input_never_reaches_the_vendor() {
    let supplier = Supplier::open(Settings::default());
    let twice = r#"{"pricing_id":1,"customer_number":"1","items":["0101","101","0101"]}"#;
    let two_prices = r#"{"pricing_id":1,"customer_number":"1","items":[{"catalog_number":"א","price_after_discount":1},{"catalog_number":"א","price_after_discount":2}]}"#;
    let none = r#"{"pricing_id":1,"customer_number":"1","items":[]}"#;
    let number = r#"{"pricing_id":1,"customer_number":101,"items":["a"]}"#;
    let cases = [
        ("remove-items", twice, "0101"),
        ("upsert-items", two_prices, "א"),
        ("upsert-items", none, "items"),
        ("remove-items", none, "items"),
        ("remove-items", number, "customer_number"),
        ("upsert-items", &price(1, r#""21,60""#), "price_after_discount"),
        ("upsert-items", &price(1, "-1"), "price_after_discount"),
        ("create-pricing", r#"{"name":" a"}"#, "name"),
    ];
    for (at, (action, input, at_fault)) in cases.into_iter().enumerate() {
        let output = supplier.act(action, input, &format!("bad-{at}"));
        assert!(output.code == 1 || output.code == 2, "{input}: {output:?}");
        assert!(output.stderr.contains(at_fault), "{input}: {output:?}");
    }
    assert_eq!(supplier.vendor.requests().len(), 0);
}

#[test]
fn a_refusal_is_told_in_the_vendors_words_and_not_repeated() {
    let settings = Settings { unknown_sku: UnknownSku::Refused, ..Settings::default() };
    let supplier = Supplier::open(settings);
    let input = price(4515, "1").replace("0101", "אין");
    let output = supplier.act("upsert-items", &input, "k");
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("catalog number אין not found"), "{output:?}");
    assert_eq!(supplier.runs()[0]["error"]["vendor_code"], "http-422");
    assert_eq!(supplier.vendor.calls(POST).len(), 1);
}

/// A repeat is the same prices again, and it says that it is one.
#[test]
fn prices_whose_answer_was_lost_are_sent_again_and_said_to_be() {
    use Fault::*;
    let faults = [AnswerLost, ResetMidBody, TruncatedJson, Reset, Html500];
    check_all(&faults, 3, |fault| {
        let supplier = Supplier::open(Settings::default());
        supplier.vendor.fault(When::Nth(POST.into(), 1), fault.clone());
        let output = json(&supplier.done("upsert-items", PRICES, "k"));
        assert_eq!(
            (&output["repeated"], &output["items_missing"]),
            (&json("true"), &json("[]")),
            "{fault:?}"
        );
        assert_eq!(supplier.bodies(POST), [PRICES, PRICES]);
        assert_eq!(supplier.vendor.price(4515, "100105").unwrap(), "21.6");
    });
}

#[test]
fn prices_are_right_wherever_the_host_is_killed() {
    let stages =
        [Stage::Arrived, Stage::Acted, Stage::HalfAnswered, Stage::Answered].map(|stage| Point::at(1, stage));
    let later = [2, 15, 60].map(|ms| Point::after_answer(1, ms));
    check_all(&[&stages[..], &later].concat(), 4, |&point| {
        let supplier = Supplier::open(Settings::default());
        let kills = Kills::arm(&supplier.host, &supplier.vendor, &[point]);
        let asked = supplier.host.begin(&["act", NAME, "upsert-items", "--input", PRICES, "--key", "k"]);
        kills.wait();
        supplier.host.restart();
        drop(asked);
        supplier.done("upsert-items", PRICES, "k");
        assert!(supplier.bodies(POST).iter().all(|body| body == PRICES));
        assert!((1..=2).contains(&supplier.bodies(POST).len()), "one repeat at most, as one host died");
        assert_eq!(supplier.vendor.price(4515, "0101").unwrap(), "55");
        supplier.assert_lawful();
    });
}

/// The older price is in doubt and sent again; the newer one of the same list waits for it.
#[test]
fn a_repeat_does_not_overwrite_a_newer_price() {
    let supplier = Supplier::open(Settings::default());
    supplier.vendor.fault(When::Nth(POST.into(), 1), Fault::AnswerLost);
    supplier.vendor.fault(When::Nth(POST.into(), 2), Fault::Html500);
    let (older, newer) = (price(4515, "10"), price(4515, "20"));
    let first = supplier.host.begin(&["act", NAME, "upsert-items", "--input", &older, "--key", "older"]);
    eventually("the older price is sent", Duration::from_secs(30), || {
        (supplier.vendor.calls(POST).len() == 1).then_some(())
    });
    let second = supplier.host.begin(&["act", NAME, "upsert-items", "--input", &newer, "--key", "newer"]);
    eventually("both are queued", Duration::from_secs(30), || (supplier.runs().len() == 2).then_some(()));
    assert!(first.end() && second.end());
    assert_eq!(supplier.vendor.price(4515, "0101").unwrap(), "20");
    assert_eq!(supplier.bodies(POST), [older.clone(), older.clone(), older, newer]);
}

#[test]
fn the_same_key_is_done_once() {
    let supplier = Supplier::open(Settings::default());
    let outputs = [(); 2].map(|()| supplier.done("upsert-items", PRICES, "same"));
    assert_eq!(outputs[0], outputs[1]);
    assert_eq!(supplier.act("upsert-items", &price(4515, "1"), "same").code, 1, "another input");
    assert_eq!(supplier.vendor.calls(POST).len(), 1);
}
