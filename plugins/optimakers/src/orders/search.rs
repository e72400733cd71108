//! Finding an order by its reference.
//!
//! A parameter that the vendor does not know would be ignored, and every order selected. So each row is
//! compared here, and an answer with other orders stops the action before anything is sent. A parameter
//! that selects nothing at all is found out by the connection's check.

use serde_json::Value;
use windlass_sdk::http::Rows;
use windlass_sdk::lenient::{self, Id};
use windlass_sdk::{Error, Result, log};

use super::content;
use crate::Optimakers;
use crate::pages::Place;
use crate::profile::Profile;

/// How a step of a walk ended.
pub enum Found {
    Order(Id),
    NotYet(Place),
    Nowhere,
}

/// The order of a reference, by the profile's parameter.
pub fn select(account: &Optimakers, reference: &str) -> Result<Option<Id>> {
    let parameter = &account.profile.lookup_parameter;
    let request = account.request("GET", &account.profile.paths.orders).query(parameter, reference);
    let rows = account.rows(request)?;
    match find(account, &rows, reference)? {
        None if !rows.is_empty() => {
            let message = format!(
                "orders were asked for by `{parameter}` and others came, so that an order could be made \
                 twice; correct `lookup_parameter` of the profile, or empty it if Optimakers has none"
            );
            Err(Error::config("lookup-parameter", message))
        }
        found => Ok(found),
    }
}

/// Whether the API answers, and whether an order that is there is selected by its reference.
pub fn check(account: &Optimakers) -> Result<String> {
    let profile = &account.profile;
    let rows = account.page(&profile.paths.orders, 0)?;
    if profile.lookup_parameter.is_empty() {
        return Ok("the instance answers; a repeated order is looked for among all orders".into());
    }
    let known = references(profile, &rows).into_iter().flatten().find(|text| !text.trim().is_empty());
    let Some(reference) = known else {
        return Ok("the instance answers; no order has a reference to be looked up yet".into());
    };
    if select(account, &reference)?.is_none() {
        let message = format!(
            "the order `{reference}` is there and is not found by `{}`; correct `lookup_parameter` of the \
             profile, or empty it if Optimakers has none",
            profile.lookup_parameter
        );
        return Err(Error::config("lookup-parameter", message));
    }
    Ok("the instance answers, and orders are found by their reference".into())
}

/// Looks through one page of all orders.
pub fn step(account: &Optimakers, place: Place, reference: &str) -> Result<Found> {
    let (rows, next) = place.read(account, &account.profile.paths.orders)?;
    let found = find(account, &rows, reference)?.map(Found::Order);
    Ok(found.unwrap_or_else(|| next.map_or(Found::Nowhere, Found::NotYet)))
}

/// The order among the rows that has this reference.
fn find(account: &Optimakers, rows: &Rows, reference: &str) -> Result<Option<Id>> {
    let references = references(&account.profile, rows);
    let is_ours = |found: &Option<String>| found.as_ref().is_some_and(|found| found.trim() == reference);
    let mut ours = (0..references.len()).filter(|&row| is_ours(&references[row]));
    let Some(row) = ours.next() else { return Ok(None) };
    if ours.next().is_some() {
        log::warn(format!("Optimakers has several orders of the reference `{reference}`; the first counts"));
    }
    let id = rows.fields(&[&account.profile.answer.id])[row][0].take();
    let id = id.and_then(|json| serde_json::from_str(&json).ok());
    id.map(Some).ok_or_else(|| Error::other("order-id", "the order found has no id that can be read"))
}

/// The reference of every row, from its field or its attribute.
fn references(profile: &Profile, rows: &Rows) -> Vec<Option<String>> {
    let Some(attribute) = &profile.reference_attribute else {
        return rows.scalars(&pointer(profile.name("reference")));
    };
    let orders = rows.fields(&[""]).into_iter().map(|mut cells| cells.swap_remove(0));
    let value = |json: String| {
        let order: Value = serde_json::from_str(&json).ok()?;
        lenient::text(&content::attribute(profile, &order, attribute)?.to_string())
    };
    orders.map(|json| json.and_then(value)).collect()
}

/// The JSON Pointer of a member.
fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}
