//! Orders in, by their code: Brani makes an order or changes it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use windlass_sdk::spec::{Action, Repeat};
use windlass_sdk::{ActRequest, Error, Outcome, Result, clock};

use crate::Brani;
use crate::api::{judge, words};

pub const UPSERT: &str = "upsert-order";
pub const DELETE: &str = "delete-order";

/// A clock of the shop that is ahead is waited for, up to this; beyond it is a mistake.
const SKEW_MAX_MS: u64 = 10 * 60 * 1000;
const NOT_FOUND: u16 = 404;

#[derive(Serialize, JsonSchema)]
struct Upserted {
    /// What Brani says.
    detail: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
struct DeleteInput {
    /// The order's code, as it was sent.
    #[schemars(length(min = 1))]
    code: String,
}

#[derive(Serialize, JsonSchema)]
struct Deleted {
    /// False: Brani knew no such order.
    found: bool,
}

pub fn upsert() -> Action {
    let input = serde_json::from_str(include_str!("order.schema.json"));
    Action::new::<Map<String, Value>, Upserted>(UPSERT, Repeat::VendorKey)
        .title("Send an order")
        .description(
            "Makes an order at Brani, or changes the one of the same `code`. Orders of one code are sent in \
             the order in which they were asked for.",
        )
        .input(input.expect("the schema file is JSON"))
        .ordering("/code")
}

pub fn delete() -> Action {
    Action::new::<DeleteInput, Deleted>(DELETE, Repeat::VendorKey)
        .title("Delete an order")
        .description("Deletes the order of a code.")
        .ordering("/code")
}

pub fn send(shop: &Brani, request: &ActRequest) -> Result<Outcome> {
    let order: Map<String, Value> = request.input()?;
    if let Some(at_ms) = ahead(&order)? {
        return Outcome::again_at(&json!({ "waits-for": "creationTime" }), at_ms);
    }
    let answer = judge(shop.call("POST", "/order/upsert").json(&json!({ "data": order })).send()?)?;
    Outcome::done(&Upserted { detail: answer.scalar("/detail")? })
}

pub fn remove(shop: &Brani, request: &ActRequest) -> Result<Outcome> {
    let DeleteInput { code } = request.input()?;
    let answer = shop.call("DELETE", "/order/delete").query("order_code", code).send()?;
    // What Brani says to the second deletion of an order is not known; what it does not have is gone.
    if answer.status() == NOT_FOUND && words(&answer).is_some() {
        return Outcome::done(&Deleted { found: false });
    }
    judge(answer)?;
    Outcome::done(&Deleted { found: true })
}

/// Brani refuses orders from the future. When the shop's clock is a little ahead of ours: when that
/// moment will have passed, in milliseconds since 1970.
fn ahead(order: &Map<String, Value>) -> Result<Option<u64>> {
    let Some(text) = order.get("creationTime").and_then(Value::as_str) else { return Ok(None) };
    let created: Timestamp = text.parse().map_err(|_| {
        let message = format!(
            "`creationTime` is `{text}`; write it with its offset, such as 2026-01-31T12:00:00+01:00"
        );
        Error::rejected("creation-time", message)
    })?;
    let created_ms = u64::try_from(created.as_millisecond()).unwrap_or(0);
    match created_ms.saturating_sub(clock::now_ms()) {
        0 => Ok(None),
        1..=SKEW_MAX_MS => Ok(Some(created_ms + 1000)),
        _ => Err(Error::rejected(
            "creation-time",
            format!("`creationTime` is {text}, which lies in the future"),
        )),
    }
}
