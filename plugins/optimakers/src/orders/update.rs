//! Changing an order. Doing it twice is doing it once.

use schemars::JsonSchema;
use serde::Serialize;
use windlass_sdk::spec::{Action, Repeat};
use windlass_sdk::{ActRequest, Outcome, Result};

use super::content;
use super::input::Changes;
use crate::Optimakers;
use crate::profile::UpdateMethod;

pub const NAME: &str = "update-order";

/// What the vendor answers is not known.
#[derive(Serialize, JsonSchema)]
struct Nothing {}

pub fn declaration() -> Action {
    Action::new::<Changes, Nothing>(NAME, Repeat::VendorKey)
        .title("Change an order")
        .description("Sets an order's status, attributes or whether it is realised. Changes of one order run in the order they came.")
        .ordering("/id")
}

pub fn act(account: &Optimakers, request: &ActRequest) -> Result<Outcome> {
    let changes: Changes = request.input()?;
    let method = match account.profile.update_method {
        UpdateMethod::Patch => "PATCH",
        UpdateMethod::Put => "PUT",
        UpdateMethod::Post => "POST",
    };
    let content = content::of_changes(&account.profile, &changes)?;
    let request = account.request_one(method, &account.profile.paths.orders, changes.id.as_str())?;
    account.judge(request.json(&content).send()?)?;
    Outcome::done(&Nothing {})
}
