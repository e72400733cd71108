//! Actions of one request.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use windlass_sdk::{ActRequest, Outcome, Result, http};

use crate::{Actor, json};

/// An order.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Its number.
    pub order: String,
    /// How many.
    pub amount: Option<u32>,
}

/// What the vendor made of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Done {
    /// The vendor's number for it.
    pub id: u64,
}

impl Actor {
    /// Posts to a path of the action's name.
    pub fn order(&self, request: &ActRequest) -> Result<Outcome> {
        let order: Order = request.input()?;
        let body = json!({ "order": order.order, "amount": order.amount, "key": request.key });
        let answer = http::post(self.url(&request.action)).json(&body).send()?;
        Outcome::done(&json(&answer)?)
    }

    /// Looks first whether it was done already, if there is a doubt.
    pub fn ship(&self, request: &ActRequest) -> Result<Outcome> {
        if request.maybe_sent().next().is_some() {
            let found = json(&http::get(self.url("shipped")).query("key", &request.key).send()?)?;
            if found["id"].is_u64() {
                return Outcome::done(&found);
            }
        }
        self.order(request)
    }
}
