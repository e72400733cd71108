//! Giving orders a status. Doing it twice is doing it once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use windlass_sdk::lenient::Id;
use windlass_sdk::spec::{Action, Repeat};
use windlass_sdk::{ActRequest, Outcome, Result};

use crate::BaseLinker;

pub const ONE: &str = "set-order-status";
pub const MANY: &str = "set-order-statuses";

#[derive(Deserialize, JsonSchema)]
struct OneOrder {
    /// The order.
    order_id: Id,
    /// The status that it gets; a key of the stream `order-statuses`.
    status_id: Id,
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

pub fn one() -> Action {
    Action::new::<OneOrder, Nothing>(ONE, Repeat::VendorKey)
        .title("Set an order's status")
        .ordering("/order_id")
}

pub fn many() -> Action {
    Action::new::<ManyOrders, Nothing>(MANY, Repeat::VendorKey)
        .title("Set the status of several orders")
        .description("All orders get the same status. BaseLinker does not say which failed.")
}

pub fn set_one(account: &BaseLinker, request: &ActRequest) -> Result<Outcome> {
    let OneOrder { order_id, status_id } = request.input()?;
    account.call("setOrderStatus", &json!({ "order_id": order_id, "status_id": status_id }))?;
    Outcome::done(&Nothing {})
}

pub fn set_many(account: &BaseLinker, request: &ActRequest) -> Result<Outcome> {
    let ManyOrders { order_ids, status_id } = request.input()?;
    account.call("setOrderStatuses", &json!({ "order_ids": order_ids, "status_id": status_id }))?;
    Outcome::done(&Nothing {})
}
