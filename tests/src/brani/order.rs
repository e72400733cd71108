//! What the public API looks at in an order.

use jiff::Timestamp;
use serde_json::{Value, json};

const REQUIRED: [&str; 9] = [
    "code",
    "creationTime",
    "email",
    "phone",
    "deliveryAddress",
    "billingAddress",
    "price",
    "notes",
    "items",
];
const PRICE: [&str; 3] = ["toPay", "withVat", "currencyCode"];
const ITEM: [&str; 7] = ["code", "name", "amount", "amountUnit", "weight", "itemType", "productGuid"];
const TEXTS_OF_ITEM: [&str; 2] = ["amount", "weight"];

/// What is wrong with the body of an upsert, in the form of the vendor's framework.
pub fn problems(body: &Value, now_ms: i64) -> Vec<Value> {
    let Some(order) = body.get("data").filter(|data| data.is_object()) else {
        return vec![problem(&[json!("data")], "field required")];
    };
    let mut problems = missing(order, &[json!("data")], &REQUIRED);
    let price = [json!("data"), json!("price")];
    problems.extend(missing(&order["price"], &price, &PRICE));
    for name in &PRICE[..2] {
        problems.extend(no_text(&order["price"], &price, name));
    }
    for (index, item) in order["items"].as_array().into_iter().flatten().enumerate() {
        let place = [json!("data"), json!("items"), json!(index)];
        problems.extend(missing(item, &place, &ITEM));
        problems.extend(TEXTS_OF_ITEM.iter().filter_map(|name| no_text(item, &place, name)));
    }
    let created = order["creationTime"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
    let is_past = created.is_some_and(|created| created.as_millisecond() <= now_ms);
    if order.get("creationTime").is_some() && !is_past {
        problems.push(problem(&[json!("data"), json!("creationTime")], "date must be in the past"));
    }
    problems
}

fn missing(value: &Value, place: &[Value], names: &[&str]) -> Vec<Value> {
    let absent = names.iter().filter(|name| value.get(name).is_none());
    absent.map(|name| problem(&[place, &[json!(name)]].concat(), "field required")).collect()
}

fn no_text(value: &Value, place: &[Value], name: &str) -> Option<Value> {
    let wrong = value.get(name).is_some_and(|value| !value.is_string());
    wrong.then(|| problem(&[place, &[json!(name)]].concat(), "str type expected"))
}

fn problem(place: &[Value], message: &str) -> Value {
    let place: Vec<_> = std::iter::once(json!("body")).chain(place.iter().cloned()).collect();
    json!({ "loc": place, "msg": message, "type": "value_error" })
}
