//! What the instance takes of an order that is sent to it.

use serde_json::{Map, Value};

use super::Dialect;
use super::instance::{ATTRIBUTES, CURRENCIES, STATUSES, VAT_RATES};

/// Members of an order beside those that the dialect names.
const MEMBERS: [&str; 7] =
    ["currencyId", "orderedAt", "customer", "deliveryAddress", "invoiceAddress", "attributes", "realised"];

/// Why an order, or a change of one, is refused; in the vendor's own words.
pub fn refusal(order: &Map<String, Value>, dialect: &Dialect) -> Option<String> {
    let known = |name: &str, id: &Value, rows: &[(u64, &str)]| {
        let found = rows.iter().any(|(row, _)| text(id) == row.to_string());
        (!found).then(|| format!("there is no {name} {}", text(id)))
    };
    let status = order.get(dialect.status).and_then(|id| known("status", id, &STATUSES));
    let currency = order.get("currencyId").and_then(|id| known("currency", id, &CURRENCIES));
    let customers = order.get("customer").map(|customer| &customer["attributes"]);
    let attributes = [order.get("attributes"), customers].into_iter().flatten().flat_map(elements);
    let attribute =
        attributes.map(|one| &one["attributeId"]).find_map(|id| known("attribute", id, &ATTRIBUTES));
    let lines = || order.get(dialect.lines).into_iter().flat_map(elements);
    let rate = lines().find_map(|line| known("VAT rate", &line["vatRateId"], &VAT_RATES));
    let number = lines().find(|line| !line["grossPrice"].is_number() || !line["quantity"].is_number());
    let number = number.map(|line| format!("{} has no price or no quantity", text(&line["name"])));
    status.or(currency).or(attribute).or(rate).or(number)
}

/// Members that no client may send.
pub fn unknown<'a>(order: &'a Map<String, Value>, dialect: &'a Dialect) -> impl Iterator<Item = &'a String> {
    let own = [dialect.reference, dialect.status, dialect.lines];
    order.keys().filter(move |name| !own.contains(&name.as_str()) && !MEMBERS.contains(&name.as_str()))
}

fn elements(value: &Value) -> impl Iterator<Item = &Value> + use<'_> {
    value.as_array().into_iter().flatten()
}

/// Ids may come as numbers and as text.
pub fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
