//! Prices of a list: set and removed by catalog number. Doing it twice is doing it once, but for what
//! the answer says: a repeat finds the work done, and the vendor names only what this request changed.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use windlass_sdk::http::Response;
use windlass_sdk::lenient::Id;
use windlass_sdk::spec::{Action, Repeat};
use windlass_sdk::{ActRequest, Error, Outcome, Result};

use crate::Restigo;
use crate::decimal::Decimal;

pub const UPSERT: &str = "upsert-items";
pub const REMOVE: &str = "remove-items";

const PATH: &str = "pricings/items";

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Upsert {
    /// The price list; a key of the stream `pricings`.
    pricing_id: u64,
    /// The customer's number in the supplier's own books, with its leading zeros.
    #[schemars(length(min = 1))]
    customer_number: String,
    /// The prices to set.
    #[schemars(length(min = 1))]
    items: Vec<Item>,
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Item {
    /// The supplier's catalog number (מק״ט), with its leading zeros; each once.
    #[schemars(length(min = 1))]
    catalog_number: String,
    /// The price after discount: a number, or decimal text such as "21.60". Sent with the digits given.
    price_after_discount: Decimal,
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Remove {
    /// The price list; a key of the stream `pricings`.
    pricing_id: u64,
    /// The customer's number in the supplier's own books, with its leading zeros.
    #[schemars(length(min = 1))]
    customer_number: String,
    /// The catalog numbers (מק״ט) to remove, with their leading zeros; each once.
    #[schemars(length(min = 1), inner(length(min = 1)))]
    items: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct Upserted {
    items_added: Vec<String>,
    items_updated: Vec<String>,
    /// What Restigo's answer does not name: it takes no price for an unknown catalog number, and does
    /// not say so.
    items_missing: Vec<String>,
    /// True if an earlier request with a lost answer may have done the same: items it added count as
    /// updated.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    repeated: bool,
}

#[derive(Serialize, JsonSchema)]
struct Removed {
    items_deleted: Vec<String>,
    /// What Restigo's answer does not name: it was not on the list.
    items_missing: Vec<String>,
    /// True if an earlier request with a lost answer may have done the same: items it removed count as
    /// missing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    repeated: bool,
}

pub fn upsert() -> Action {
    Action::new::<Upsert, Upserted>(UPSERT, Repeat::VendorKey)
        .title("Set prices")
        .description(
            "Adds items to a price list or changes their prices. The last price sent wins: changes of \
             one list run in the order they came, also through a repeat, but a price that somebody sets \
             in Restigo between a lost answer and the repeat is overwritten.",
        )
        .ordering("/pricing_id")
}

pub fn remove() -> Action {
    Action::new::<Remove, Removed>(REMOVE, Repeat::VendorKey)
        .title("Remove items")
        .description("Removes items from a price list. Changes of one list run in the order they came.")
        .ordering("/pricing_id")
}

pub fn upsert_items(account: &Restigo, request: &ActRequest) -> Result<Outcome> {
    let input: Upsert = request.input()?;
    let wanted: Vec<_> = input.items.iter().map(|item| item.catalog_number.as_str()).collect();
    refuse_repeated(&wanted)?;
    let answer = account.call_with_body("POST", PATH, &input)?;
    let [items_added, items_updated] = named(&answer, ["/items_added", "/items_updated"])?;
    Outcome::done(&Upserted {
        items_missing: missing(&wanted, &[&items_added, &items_updated]),
        items_added,
        items_updated,
        repeated: request.maybe_sent().next().is_some(),
    })
}

pub fn remove_items(account: &Restigo, request: &ActRequest) -> Result<Outcome> {
    let input: Remove = request.input()?;
    let wanted: Vec<_> = input.items.iter().map(String::as_str).collect();
    refuse_repeated(&wanted)?;
    let answer = account.call_with_body("DELETE", PATH, &input)?;
    let [items_deleted] = named(&answer, ["/items_deleted"])?;
    Outcome::done(&Removed {
        items_missing: missing(&wanted, &[&items_deleted]),
        items_deleted,
        repeated: request.maybe_sent().next().is_some(),
    })
}

fn refuse_repeated(wanted: &[&str]) -> Result<()> {
    let mut seen = HashSet::new();
    let Some(twice) = wanted.iter().find(|sku| !seen.insert(**sku)) else { return Ok(()) };
    let message = format!("`items` holds the catalog number `{twice}` twice; give each once");
    Err(Error::rejected("repeated-item", message))
}

/// The lists of catalog numbers in an answer. One that is left out is empty; an answer that has none of
/// them is not what the guide shows, and says nothing about what was done.
fn named<const N: usize>(answer: &Response, pointers: [&str; N]) -> Result<[Vec<String>; N]> {
    let mut fields = Vec::with_capacity(N);
    for pointer in pointers {
        fields.push(answer.field(pointer)?);
    }
    if fields.iter().all(Option::is_none) {
        let message = format!("Restigo's answer has none of {}", pointers.join(", "));
        return Err(Error::transient("no-items", message));
    }
    let mut lists = [const { Vec::new() }; N];
    for (list, json) in lists.iter_mut().zip(fields) {
        *list = json.as_deref().map_or(Ok(Vec::new()), catalog_numbers)?;
    }
    Ok(lists)
}

/// Catalog numbers as text: a back end may write those that look like numbers as numbers.
fn catalog_numbers(json: &str) -> Result<Vec<String>> {
    let numbers: Option<Vec<Id>> = serde_json::from_str(json).map_err(|error| {
        Error::transient("unreadable-answer", format!("Restigo's list of items cannot be read: {error}"))
    })?;
    Ok(numbers.unwrap_or_default().iter().map(Id::to_string).collect())
}

fn missing(wanted: &[&str], answered: &[&Vec<String>]) -> Vec<String> {
    let answered: HashSet<_> = answered.iter().flat_map(|list| list.iter().map(String::as_str)).collect();
    let missing = wanted.iter().filter(|sku| !answered.contains(**sku));
    missing.map(|sku| (*sku).to_owned()).collect()
}
