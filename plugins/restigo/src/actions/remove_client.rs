//! Taking a customer off a price list. Doing it twice is doing it once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use windlass_sdk::spec::{Action, Repeat};
use windlass_sdk::{ActRequest, Outcome, Result};

use crate::Restigo;
use crate::api::{Parameters, is_unknown, judge};

pub const NAME: &str = "remove-client";

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The price list; a key of the stream `pricings`.
    pricing_id: u64,
    /// The customer's number in the supplier's own books, with its leading zeros.
    #[schemars(length(min = 1))]
    customer_number: String,
}

#[derive(Serialize, JsonSchema)]
struct Removed {
    /// Restigo's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// True if an earlier request with a lost answer may have removed the customer already.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    repeated: bool,
}

pub fn declaration() -> Action {
    Action::new::<Input, Removed>(NAME, Repeat::VendorKey)
        .title("Take a customer off a price list")
        .description(
            "Removes a customer from a price list. A repeat that Restigo answers with 404 counts as \
             done: the earlier request has removed the customer.",
        )
        .ordering("/pricing_id")
}

pub fn act(account: &Restigo, request: &ActRequest) -> Result<Outcome> {
    let Input { pricing_id, customer_number } = request.input()?;
    let parameters = Parameters::from_iter([
        ("pricing_id".into(), pricing_id.into()),
        ("customer_number".into(), customer_number.into()),
    ]);
    let repeated = request.maybe_sent().next().is_some();
    let mut answer = account.call("DELETE", "pricings/removeClient", parameters)?;
    if !(repeated && is_unknown(&answer)) {
        answer = judge(answer)?;
    }
    Outcome::done(&Removed { message: answer.scalar("/message")?, repeated })
}
