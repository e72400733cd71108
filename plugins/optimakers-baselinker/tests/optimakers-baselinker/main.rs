//! The flow against changes that a host would show it. The numbers in the tests' comments are those of
//! the requirements.

mod again;
mod contract;
mod import;
mod loops;
mod mapping;
mod realised;
mod spec;

use optimakers_baselinker::Integration;
use serde_json::{Map, Value, json};
use windlass_sdk::Reaction;
use windlass_sdk::testing::TestFlow;

type Flow = TestFlow<Integration>;

/// BaseLinker statuses.
const IMPORT: u64 = 8069;
const SEND: u64 = 8071;
const OTHER: u64 = 8070;

/// All parameters of the vendor's guide, and some rows.
fn config() -> Value {
    json!({
        "baselinkerOrderStatusToImport": IMPORT,
        "baselinkerOrderStatusToSend": SEND,
        "optimesOrderStatus": 3,
        "optimesOrderAttributeDeliveryMethod": 11,
        "optimesOrderAttributeDeliveryPrice": 12,
        "optimesOrderAttributePaymentMethod": 13,
        "optimesOrderAttributeAdditionalField1": 14,
        "optimesOrderAttributeAdditionalField2": 15,
        "optimesOrderAttributeNote": 16,
        "optimesCustomerAttributeLogin": 20,
        "vatRates": [{ "baselinker": 23, "optimakers": 51 }, { "baselinker": "-1", "optimakers": 55 }],
        "currencies": [{ "baselinker": "PLN", "optimakers": 61 }, { "baselinker": "EUR", "optimakers": "62" }],
    })
}

/// The configuration with other members.
fn config_with(more: Value) -> Value {
    merged(config(), more)
}

fn flow() -> Flow {
    Flow::new(&config())
}

/// A BaseLinker order in the status to import, with the mixed types of the wire.
fn order(id: u64) -> Value {
    exact(&format!(
        r#"{{"order_id":{id},"order_status_id":{IMPORT},"date_add":1700000000,"date_confirmed":1700000005,
        "user_login":"jan77","email":"jan@sklep.pl","phone":"600 100 200","user_comments":"Proszę dzwonić",
        "currency":"PLN","payment_method":"Przelew","payment_method_cod":"0","delivery_method":"Kurier DPD",
        "delivery_price":15.50,"delivery_fullname":"Jan Żółty","delivery_company":"","delivery_address":"Prosta 1",
        "delivery_city":"Warszawa","delivery_state":"","delivery_postcode":"00-001","delivery_country_code":"PL",
        "delivery_point_id":"","invoice_fullname":"","invoice_company":"Firma","invoice_nip":"5250000000",
        "extra_field_1":"pole 1","extra_field_2":"","custom_extra_fields":[],
        "products":[{{"name":"Kubek","attributes":"żółty","sku":"K-1","ean":"","quantity":2,"price_brutto":21.60,
        "tax_rate":23,"bundle_id":0}}]}}"#
    ))
}

/// An order with other members.
fn order_with(id: u64, more: Value) -> Value {
    merged(order(id), more)
}

/// An order of Optimakers that has a BaseLinker order's id as its reference.
fn optimakers_order(reference: u64, realised: Value) -> Value {
    json!({ "id": 9_004, "externalId": reference.to_string(), "statusId": 3, "realised": realised })
}

/// Shows a BaseLinker order.
#[track_caller]
fn imported(flow: &mut Flow, order: &Value) -> Reaction {
    let key = order["order_id"].to_string();
    flow.change("baselinker", "orders", &key, order).unwrap()
}

/// Shows an order of Optimakers.
#[track_caller]
fn realised(flow: &mut Flow, order: &Value) -> Reaction {
    flow.change("optimakers", "orders", &order["id"].to_string(), order).unwrap()
}

/// Role, action and input of the one action that is asked for.
#[track_caller]
fn only(reaction: &Reaction) -> (String, String, Value) {
    let [command] = reaction.commands() else { panic!("one action was expected: {reaction:?}") };
    (command.role.clone(), command.action.clone(), exact(&command.input))
}

#[track_caller]
fn assert_nothing(reaction: &Reaction) {
    assert_eq!((reaction.commands().len(), reaction.held()), (0, None), "{reaction:?}");
}

#[track_caller]
fn assert_held(reaction: &Reaction, words: &[&str]) {
    let reason = reaction.held().unwrap_or_else(|| panic!("it was not held: {reaction:?}"));
    words.iter().for_each(|word| assert!(reason.contains(word), "`{word}` is not in: {reason}"));
}

fn merged(mut whole: Value, more: Value) -> Value {
    let members = whole.as_object_mut().unwrap();
    members.extend(more.as_object().cloned().unwrap_or_else(Map::new));
    whole
}

/// JSON whose numbers keep their digits.
fn exact(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}
