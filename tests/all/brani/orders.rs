//! B2: orders.

use serde_json::json;
use windlass_tests::brani::Settings;
use windlass_tests::cases::check_all;
use windlass_tests::host::Begun;
use windlass_tests::simulator::{Fault, Stage, When};

use super::{NAME, Shop, order};
use crate::kill::{Kills, Point};

const UPSERT: &str = "POST /order/upsert";

/// B2
#[test]
fn an_order_is_made_changed_and_deleted_by_its_code() {
    let shop = Shop::open(Settings::default());
    let mut order = order("2024-17");
    let saved = json!({ "detail": "Uspesne ulozeno" });
    assert_eq!(shop.done("upsert-order", &order, "one"), saved);
    assert_eq!(shop.vendor.order("2024-17"), Some(order.clone()));
    order["notes"]["eshopRemark"] = json!("křehké");
    assert_eq!(shop.done("upsert-order", &order, "two"), saved);
    assert_eq!((shop.vendor.order("2024-17"), shop.vendor.order_count()), (Some(order), 1));
    let delete = json!({ "code": "2024-17" });
    assert_eq!(shop.done("delete-order", &delete, "three"), json!({ "found": true }));
    assert_eq!(shop.done("delete-order", &delete, "four"), json!({ "found": false }));
    assert_eq!(shop.vendor.order_count(), 0);
    shop.assert_lawful();
}

/// B2: changes of one order arrive in the order in which they were asked for, whatever goes wrong between.
#[test]
fn changes_of_one_order_keep_their_order() {
    let shop = Shop::open(Settings::default());
    shop.vendor.api.fault(When::Nth(UPSERT.into(), 1), Fault::Html500);
    shop.vendor.api.fault(When::Nth(UPSERT.into(), 3), Fault::AnswerLost);
    let ask = |n: usize| {
        let mut order = order("7");
        order["notes"]["eshopRemark"] = json!(n.to_string());
        let key = format!("change-{n}");
        // Accepted, and not waited for.
        let output = shop.host.cli(&[
            "act",
            NAME,
            "upsert-order",
            "--input",
            &order.to_string(),
            "--key",
            &key,
            "--wait",
            "0",
        ]);
        assert!(matches!(output.code, 0 | 4), "{output:?}");
    };
    (1..=5).for_each(ask);
    let last = ["act", NAME, "delete-order", "--input", r#"{"code":"none"}"#, "--key", "other"];
    assert!(shop.host.begin(&last).end(), "another order does not wait");
    windlass_tests::eventually::eventually("all five are sent", std::time::Duration::from_secs(60), || {
        let ended = shop.runs().iter().all(|run| run["state"] == "succeeded");
        ended.then_some(())
    });
    let order = shop.vendor.order("7").expect("it is there");
    assert_eq!(order["notes"]["eshopRemark"], "5");
    let sent: Vec<_> = shop
        .vendor
        .api
        .calls(UPSERT)
        .into_iter()
        .map(|call| call.parameters["body"]["data"]["notes"]["eshopRemark"].clone())
        .collect();
    assert!(sent.is_sorted_by_key(|remark| remark.as_str().map(str::to_owned)), "{sent:?}");
}

/// B2: a deletion waits for the changes of its order that were asked for before, whatever goes wrong there.
#[test]
fn an_order_that_is_changed_and_then_deleted_is_gone() {
    let shop = Shop::open(Settings::default());
    shop.vendor.api.fault(When::Nth(UPSERT.into(), 1), Fault::Html500);
    shop.vendor.api.fault(When::Nth(UPSERT.into(), 2), Fault::AnswerLost);
    let ask = |action: &str, input: &serde_json::Value| {
        let input = input.to_string();
        let output = shop.host.cli(&["act", NAME, action, "--input", &input, "--key", action, "--wait", "0"]);
        assert!(matches!(output.code, 0 | 4), "{output:?}");
    };
    ask("upsert-order", &order("7"));
    ask("delete-order", &json!({ "code": "7" }));
    assert_eq!(shop.done("delete-order", &json!({ "code": "7" }), "delete-order"), json!({ "found": true }));
    assert_eq!(shop.vendor.order_count(), 0);
    let sent: Vec<_> = shop.vendor.api.requests().into_iter().map(|request| request.method).collect();
    assert_eq!(sent, [UPSERT, UPSERT, UPSERT, "DELETE /order/delete"]);
    shop.assert_lawful();
}

/// B2: an upsert is safe to repeat, so a crash costs nothing but a repeat.
#[test]
fn an_order_survives_lost_answers_and_crashes() {
    for fault in [Fault::AnswerLost, Fault::ResetMidBody, Fault::TruncatedJson, Fault::Reset] {
        let shop = Shop::open(Settings::default());
        shop.vendor.api.fault(When::Nth(UPSERT.into(), 1), fault);
        shop.done("upsert-order", &order("1"), "k");
        assert_eq!(shop.vendor.order_count(), 1);
    }
    let points = [Point::at(1, Stage::Arrived), Point::at(1, Stage::Acted), Point::after_answer(1, 0)];
    check_all(&points, 3, |point| {
        let shop = Shop::open(Settings::default());
        let kills = Kills::arm(&shop.host, &shop.vendor.api, &[*point]);
        let input = order("1").to_string();
        let act: Begun = shop.host.begin(&["act", NAME, "upsert-order", "--input", &input, "--key", "k"]);
        kills.wait();
        shop.host.restart();
        drop(act);
        shop.done("upsert-order", &order("1"), "k");
        assert_eq!(shop.vendor.order_count(), 1);
        shop.assert_lawful();
    });
}

/// B2: what is wrong is told by its place, here or there.
#[test]
fn a_wrong_order_is_refused_with_its_place() {
    let shop = Shop::open(Settings::default());
    let mut wrong = order("1");
    wrong["price"]["toPay"] = json!(21.6);
    let output = shop.act("upsert-order", &wrong, "one");
    assert_ne!(output.code, 0);
    assert_eq!((shop.vendor.api.requests().len(), shop.vendor.order_count()), (0, 0), "{output:?}");
    let body = r#"{"detail":[{"loc":["body","data","items",0,"ean"],"msg":"neni EAN","type":"x"}]}"#;
    let refusal = Fault::Instead { acts: false, status: 422, body: body.into() };
    shop.vendor.api.fault(When::Method(UPSERT.into()), refusal);
    let output = shop.act("upsert-order", &order("1"), "two");
    assert!(output.stderr.contains("body.data.items.0.ean: neni EAN"), "{output:?}");
    assert_eq!(shop.vendor.api.calls(UPSERT).len(), 1, "a refusal is not tried again");
}
