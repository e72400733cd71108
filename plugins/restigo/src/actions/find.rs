//! Asking once: items and price lists by name, a customer by number.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use windlass_sdk::spec::{Action, Repeat};
use windlass_sdk::{ActRequest, Error, Outcome, Result};

use crate::{Restigo, clients};

pub const ITEMS: &str = "find-items";
pub const PRICINGS: &str = "find-pricings";
pub const CLIENT: &str = "get-client";

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ItemName {
    /// What the name is to be or to hold: Restigo does not say which. Left out: all active items.
    #[schemars(length(min = 1))]
    item_name: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PricingName {
    /// What the name is to be or to hold: Restigo does not say which. Left out: all price lists.
    #[schemars(length(min = 1))]
    pricing_name: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CustomerNumber {
    /// The customer's number in the supplier's own books, with its leading zeros.
    #[schemars(length(min = 1))]
    customer_number: String,
}

// Outputs hold the vendor's own text, so that prices keep their digits; and their schemas do not say more
// than the connector can promise, so that no answer is thrown away.

#[derive(Serialize, JsonSchema)]
struct Items {
    /// As the records of the stream `items`.
    #[schemars(with = "Vec<Value>")]
    items: Vec<Box<RawValue>>,
}

#[derive(Serialize, JsonSchema)]
struct Pricings {
    /// As the records of the stream `pricings`.
    #[schemars(with = "Vec<Value>")]
    pricings: Vec<Box<RawValue>>,
}

#[derive(Serialize, JsonSchema)]
struct Client {
    /// Whatever Restigo answers: its guide does not show it.
    #[schemars(with = "Value")]
    client: Box<RawValue>,
}

pub fn items() -> Action {
    Action::new::<ItemName, Items>(ITEMS, Repeat::VendorKey)
        .title("Find items")
        .description("Active items, by name. It only reads.")
}

pub fn pricings() -> Action {
    Action::new::<PricingName, Pricings>(PRICINGS, Repeat::VendorKey)
        .title("Find price lists")
        .description("Price lists with their customers and prices, by name. It only reads.")
}

pub fn client() -> Action {
    Action::new::<CustomerNumber, Client>(CLIENT, Repeat::VendorKey)
        .title("Get a customer")
        .description("A customer's branch, price lists and users. It only reads.")
}

pub fn find_items(account: &Restigo, request: &ActRequest) -> Result<Outcome> {
    let ItemName { item_name } = request.input()?;
    let found = account.get("items", item_name.as_deref().map(|name| ("item_name", name)))?;
    Outcome::done(&Items { items: found.json()? })
}

pub fn find_pricings(account: &Restigo, request: &ActRequest) -> Result<Outcome> {
    let PricingName { pricing_name } = request.input()?;
    let found = account.get("pricings", pricing_name.as_deref().map(|name| ("pricing_name", name)))?;
    Outcome::done(&Pricings { pricings: found.json()? })
}

pub fn get_client(account: &Restigo, request: &ActRequest) -> Result<Outcome> {
    let CustomerNumber { customer_number } = request.input()?;
    let client = clients::find(account, &customer_number)?.ok_or_else(|| {
        Error::rejected("unknown-customer", format!("Restigo does not know the customer {customer_number}"))
    })?;
    Outcome::done(&Client { client })
}
