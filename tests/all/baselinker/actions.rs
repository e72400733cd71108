//! Commands reach the vendor, and wrong ones do not.

use serde_json::{Value, json};
use windlass_tests::baselinker::{STATUSES, Settings};
use windlass_tests::shop::Shop;
use windlass_tests::simulator::{Fault, When};

const SENT: i64 = STATUSES[2].0;

#[test]
fn a_status_is_set_and_the_output_stands_alone_on_stdout() {
    let shop = Shop::open(Settings::default());
    let order = shop.vendor.order_ids()[7];
    let output = shop.act("set-order-status", &json!({"order_id": order, "status_id": SENT}), "k1");
    assert_eq!(output.code, 0, "{output:?}");
    serde_json::from_str::<Value>(&output.stdout).expect("stdout is the output alone");
    assert_eq!(shop.vendor.order_status(order), Some(SENT));
    let requests = shop.vendor.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].parameters, json!({"order_id": order, "status_id": SENT}));
}

#[test]
fn several_orders_get_a_status_in_one_request() {
    let shop = Shop::open(Settings::default());
    let orders = shop.vendor.order_ids()[..5].to_vec();
    let input = json!({"order_ids": orders, "status_id": SENT});
    let output = shop.act("set-order-statuses", &input, "k1");
    assert_eq!(output.code, 0, "{output:?}");
    assert!(orders.iter().all(|&order| shop.vendor.order_status(order) == Some(SENT)));
    assert_eq!(shop.vendor.requests().len(), 1);
}

#[test]
fn bad_input_is_rejected_before_the_connector_sees_it() {
    let shop = Shop::open(Settings::default());
    for (input, at_fault) in [
        (json!({"status_id": SENT}), "order_id"),
        (json!({"order_id": true, "status_id": SENT}), "order_id"),
        (json!({"order_id": 1, "status_id": [1]}), "status_id"),
        (json!([]), "object"),
    ] {
        let output = shop.act("set-order-status", &input, "bad");
        assert!(output.code == 1 || output.code == 2, "{input}: {output:?}");
        assert!(output.stderr.contains(at_fault), "{input}: {output:?}");
        assert_eq!(output.stdout, "", "{input}");
    }
    assert_eq!(shop.vendor.requests().len(), 0);
    assert!(shop.runs().is_empty(), "no run is made of it");
}

#[test]
fn a_refused_command_fails_in_the_vendors_words_and_is_not_repeated() {
    let shop = Shop::open(Settings::default());
    let output = shop.act("set-order-status", &json!({"order_id": 1, "status_id": SENT}), "k1");
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("Invalid order_id"), "{output:?}");
    assert_eq!(shop.vendor.requests().len(), 1);
}

#[test]
fn the_same_key_is_answered_once_and_refused_with_another_input() {
    let shop = Shop::open(Settings::default());
    let order = shop.vendor.order_ids()[0];
    let input = json!({"order_id": order, "status_id": SENT});
    let first = shop.act("set-order-status", &input, "same");
    let second = shop.act("set-order-status", &input, "same");
    assert_eq!((first.code, second.code, first.stdout), (0, 0, second.stdout));
    let other = shop.act("set-order-status", &json!({"order_id": order, "status_id": STATUSES[3].0}), "same");
    assert_eq!(other.code, 1, "{other:?}");
    assert_eq!(shop.vendor.requests().len(), 1);
    assert_eq!(shop.vendor.order_status(order), Some(SENT));
}

#[test]
fn an_added_order_carries_the_key_and_what_was_given() {
    let shop = Shop::open(Settings::default());
    let input = json!({"order_status_id": 8069, "currency": "PLN", "email": "żółw+1@example.org",
        "products": [{"storage": "db", "name": "A & B = 100 %", "quantity": 2, "price_brutto": 21.6, "tax_rate": 23}]});
    let output = shop.act("add-order", &input, "cart-99");
    assert_eq!(output.code, 0, "{output:?}");
    let added: Value = serde_json::from_str(&output.stdout).unwrap();
    let sent = &shop.vendor.calls("addOrder")[0].parameters;
    assert_eq!(shop.vendor.orders_with("extra_field_1", sent["extra_field_1"].as_str().unwrap()).len(), 1);
    assert_eq!(added["order_id"], shop.vendor.effects()[0].order);
    assert_eq!((&sent["email"], &sent["products"]), (&input["email"], &input["products"]));
}

/// The vendor acted and the answer was lost: what happened is found out before anything is sent again.
#[test]
fn an_order_whose_answer_was_lost_is_looked_up_and_not_added_twice() {
    let shop = Shop::open(Settings::default());
    let before = shop.vendor.order_ids().len();
    shop.vendor.fault(When::Nth("addOrder".into(), 1), Fault::AnswerLost);
    let input = json!({"order_status_id": 8069, "email": "lost@example.org", "products": []});
    let ask = ["act", "shop", "add-order", "--input", &input.to_string(), "--key", "lost-1", "--wait", "180"];
    let output = shop.host.ok(&ask);
    assert_eq!(shop.vendor.order_ids().len(), before + 1);
    let added: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(added["order_id"], shop.vendor.effects()[0].order);
    assert_eq!(shop.vendor.calls("addOrder").len(), 1);
}
