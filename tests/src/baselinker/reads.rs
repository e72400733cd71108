//! Methods that only read.

use serde_json::{Value, json};

use super::catalog;
use super::methods::{Account, Call, Refusal, bad};
use super::orders::{Filter, PAGE, STATUSES};

pub const ORDERS: &[&str] = &[
    "order_id",
    "date_confirmed_from",
    "date_from",
    "id_from",
    "get_unconfirmed_orders",
    "status_id",
    "filter_email",
    "include_custom_extra_fields",
];
pub const PRODUCTS: &[&str] = &["inventory_id", "filter_id", "filter_sort", "page"];

pub fn orders(account: &mut Account, call: &Call) -> Result<Value, Refusal> {
    let mut filter = Filter {
        order_id: call.int("order_id")?,
        confirmed_from: call.int("date_confirmed_from")?.unwrap_or(0),
        added_from: call.int("date_from")?.unwrap_or(0),
        id_from: call.int("id_from")?.unwrap_or(0),
        status: call.int("status_id")?,
        email: call.text("filter_email"),
        unconfirmed: call.flag("get_unconfirmed_orders"),
    };
    if filter.id_from > 0 && !account.date_counts_with_id {
        filter.confirmed_from = 0;
    }
    let custom = call.flag("include_custom_extra_fields");
    let orders: Vec<_> = account.orders.select(&filter).take(PAGE).map(|order| order.wire(custom)).collect();
    Ok(json!({ "orders": orders }))
}

pub fn orders_by_email(account: &mut Account, call: &Call) -> Result<Value, Refusal> {
    let email = call.text("email").ok_or_else(|| bad("email"))?;
    let filter = Filter { email: Some(email), unconfirmed: true, ..Filter::default() };
    let short = |order: &super::orders::Order| {
        json!({"order_id": order.id, "order_status_id": order.status,
            "date_in_status": order.in_status_since, "date_add": order.added})
    };
    let orders: Vec<_> = account.orders.select(&filter).map(short).collect();
    Ok(json!({ "orders": orders }))
}

pub fn journal(account: &mut Account, call: &Call) -> Result<Value, Refusal> {
    let last = call.int("last_log_id")?.unwrap_or(0);
    Ok(account.journal.list(last, &call.ints("logs_types")?, call.int("order_id")?, call.now))
}

pub fn statuses(_: &mut Account, _: &Call) -> Result<Value, Refusal> {
    let status = |&(id, name, color): &(i64, &str, &str)| json!({"id": id, "name": name, "name_for_customer": name, "color": color});
    Ok(json!({"statuses": STATUSES.iter().map(status).collect::<Vec<_>>()}))
}

pub fn inventories(account: &mut Account, _: &Call) -> Result<Value, Refusal> {
    Ok(account.catalog.inventories())
}

pub fn products(account: &mut Account, call: &Call) -> Result<Value, Refusal> {
    Ok(account.catalog.list(inventory_page(call)?))
}

pub fn stock(account: &mut Account, call: &Call) -> Result<Value, Refusal> {
    Ok(account.catalog.stock(inventory_page(call)?))
}

pub fn product_data(account: &mut Account, call: &Call) -> Result<Value, Refusal> {
    require_inventory(call)?;
    Ok(account.catalog.data(&call.ints("products")?))
}

pub fn require_inventory(call: &Call) -> Result<(), Refusal> {
    let known = call.required_int("inventory_id")? == catalog::INVENTORY;
    if known { Ok(()) } else { Err(bad("inventory_id")) }
}

fn inventory_page(call: &Call) -> Result<usize, Refusal> {
    require_inventory(call)?;
    let page = call.int("page")?.unwrap_or(1);
    usize::try_from(page).map_err(|_| bad("page"))
}
