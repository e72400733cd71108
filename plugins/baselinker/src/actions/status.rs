//! Giving orders a status. Doing it twice is doing it once. Of one order a repeat looks first all the same, since
//! a status that is set again may begin again what the shop does automatically; of several it does not, which
//! would be a request for each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use windlass_sdk::lenient::Id;
use windlass_sdk::spec::{Action, Repeat};
use windlass_sdk::{ActRequest, Error, Outcome, Result};

use crate::BaseLinker;

pub const ONE: &str = "set-order-status";
pub const MANY: &str = "set-order-statuses";

#[derive(Deserialize, JsonSchema)]
struct OneOrder {
    /// The order.
    order_id: Id,
    /// The status that it gets; a key of the stream `order-statuses`.
    status_id: Id,
    /// Only an order that is in one of these statuses now gets the other. Left out or empty: any order.
    #[serde(default)]
    only_from: Vec<Id>,
}

#[derive(Deserialize, JsonSchema)]
struct ManyOrders {
    /// The orders.
    #[schemars(length(min = 1))]
    order_ids: Vec<Id>,
    /// The status that they get; a key of the stream `order-statuses`.
    status_id: Id,
}

/// The vendor answers nothing but success.
#[derive(Serialize, JsonSchema)]
struct Nothing {}

/// Empty after a status was set.
#[derive(Default, Serialize, JsonSchema)]
struct Set {
    /// The status that the order was left in: the wanted one, or one that `only_from` does not name.
    #[serde(skip_serializing_if = "Option::is_none")]
    left_in: Option<Id>,
}

/// A look at the order, and the change.
const REQUESTS: u32 = 2;

pub fn one() -> Action {
    Action::new::<OneOrder, Set>(ONE, Repeat::VendorKey)
        .title("Set an order's status")
        .description("With `only_from`, and in a repeat, the order is looked at first.")
        .ordering("/order_id")
        .max_requests(REQUESTS)
}

pub fn many() -> Action {
    Action::new::<ManyOrders, Nothing>(MANY, Repeat::VendorKey)
        .title("Set the status of several orders")
        .description(
            "All orders get the same status; a repeat sets it again. BaseLinker does not say which failed.",
        )
}

pub fn set_one(account: &BaseLinker, request: &ActRequest) -> Result<Outcome> {
    let OneOrder { order_id, status_id, only_from } = request.input()?;
    if !only_from.is_empty() || request.maybe_sent().next().is_some() {
        let present = present(account, &order_id)?;
        let is = |id: &Id| id.as_str().trim() == present.as_str().trim();
        if is(&status_id) || !(only_from.is_empty() || only_from.iter().any(is)) {
            return Outcome::done(&Set { left_in: Some(present) });
        }
    }
    account.call("setOrderStatus", &json!({ "order_id": order_id, "status_id": status_id }))?;
    Outcome::done(&Set::default())
}

/// The status that an order is in now.
fn present(account: &BaseLinker, order: &Id) -> Result<Id> {
    let rows = account.call("getOrders", &json!({ "order_id": order }))?.pick("/orders", "/order_id")?;
    let status = rows.fields(&["/order_status_id"]).into_iter().flatten().flatten().next();
    let status: Option<Id> = status.and_then(|json| serde_json::from_str(&json).ok());
    status.ok_or_else(|| {
        Error::rejected("no-order", format!("BaseLinker knows no order {order}, or none with a status"))
    })
}

pub fn set_many(account: &BaseLinker, request: &ActRequest) -> Result<Outcome> {
    let ManyOrders { order_ids, status_id } = request.input()?;
    account.call("setOrderStatuses", &json!({ "order_ids": order_ids, "status_id": status_id }))?;
    Outcome::done(&Nothing {})
}
