//! Methods that change the account.

use serde_json::{Map, Value, json};

use super::catalog;
use super::journal::Event;
use super::methods::{Account, Call, Refusal, bad};
use super::orders::STATUSES;
use super::reads::require_inventory;

/// Parameters of addOrder and setOrderFields together.
pub const ORDER_FIELDS: &[&str] = &[
    "order_id",
    "order_status_id",
    "custom_source_id",
    "date_add",
    "currency",
    "payment_method",
    "payment_method_cod",
    "paid",
    "user_comments",
    "admin_comments",
    "email",
    "phone",
    "user_login",
    "delivery_method",
    "delivery_price",
    "delivery_fullname",
    "delivery_company",
    "delivery_address",
    "delivery_postcode",
    "delivery_city",
    "delivery_state",
    "delivery_country_code",
    "delivery_point_id",
    "delivery_point_name",
    "delivery_point_address",
    "delivery_point_postcode",
    "delivery_point_city",
    "invoice_fullname",
    "invoice_company",
    "invoice_nip",
    "invoice_address",
    "invoice_postcode",
    "invoice_city",
    "invoice_state",
    "invoice_country_code",
    "want_invoice",
    "extra_field_1",
    "extra_field_2",
    "custom_extra_fields",
    "products",
];
/// Longest texts that the vendor keeps, in characters; what is longer is cut.
const TEXT_MAX: [(&str, usize); 8] = [
    ("user_comments", 510),
    ("admin_comments", 200),
    ("email", 150),
    ("phone", 100),
    ("delivery_method", 30),
    ("payment_method", 30),
    ("extra_field_1", 50),
    ("extra_field_2", 50),
];

pub fn set_status(account: &mut Account, call: &Call) -> Result<Value, Refusal> {
    let status = status(call, "status_id")?;
    put_status(account, call, call.required_int("order_id")?, status)?;
    Ok(json!({}))
}

pub fn set_statuses(account: &mut Account, call: &Call) -> Result<Value, Refusal> {
    let status = status(call, "status_id")?;
    let orders = call.ints("order_ids")?;
    if orders.is_empty() || orders.iter().any(|&id| account.orders.get(id).is_none()) {
        return Err(bad("order_ids"));
    }
    for order in orders {
        put_status(account, call, order, status)?;
    }
    Ok(json!({}))
}

pub fn set_fields(account: &mut Account, call: &Call) -> Result<Value, Refusal> {
    let order = call.required_int("order_id")?;
    let mut fields = fields(call);
    fields.remove("order_id");
    if !account.orders.set_fields(order, fields) {
        return Err(bad("order_id"));
    }
    account.journal.add(order, Event::DataEdited, 0, call.now);
    account.effects.push(call.effect(order, None));
    Ok(json!({}))
}

/// The new order is confirmed at once, in the second of the request.
pub fn add_order(account: &mut Account, call: &Call) -> Result<Value, Refusal> {
    let status = status(call, "order_status_id")?;
    let mut fields = fields(call);
    for name in ["order_status_id", "custom_source_id", "date_add", "paid"] {
        fields.remove(name);
    }
    let added = call.int("date_add")?.unwrap_or(call.now);
    let order = account.orders.add(status, added, Some(call.now), fields);
    account.journal.add(order, Event::Created, 0, call.now);
    account.journal.add(order, Event::Confirmed, 0, call.now);
    account.effects.push(call.effect(order, Some(status)));
    Ok(json!({ "order_id": order }))
}

pub fn update_stock(account: &mut Account, call: &Call) -> Result<Value, Refusal> {
    require_inventory(call)?;
    let products =
        call.parameters.get("products").and_then(Value::as_object).ok_or_else(|| bad("products"))?;
    if products.len() > catalog::UPDATE_MAX {
        return Err(bad("products"));
    }
    Ok(account.catalog.update(products))
}

fn put_status(account: &mut Account, call: &Call, order: i64, status: i64) -> Result<(), Refusal> {
    if !account.orders.set_status(order, status, call.now) {
        return Err(bad("order_id"));
    }
    account.journal.add(order, Event::StatusChanged, status, call.now);
    account.effects.push(call.effect(order, Some(status)));
    Ok(())
}

fn status(call: &Call, name: &str) -> Result<i64, Refusal> {
    let status = call.required_int(name)?;
    let known = STATUSES.iter().any(|&(id, ..)| id == status);
    if known { Ok(status) } else { Err(bad(name)) }
}

fn fields(call: &Call) -> Map<String, Value> {
    let cut = |(name, value): (&String, &Value)| {
        let max = TEXT_MAX.iter().find(|(limited, _)| limited == name).map(|&(_, max)| max);
        match (max, value.as_str()) {
            (Some(max), Some(text)) => (name.clone(), json!(text.chars().take(max).collect::<String>())),
            _ => (name.clone(), value.clone()),
        }
    };
    call.parameters.iter().map(cut).collect()
}
