//! Searching for the order that an earlier attempt may have made.
//!
//! The search walks all orders added since shortly before the first attempt, unconfirmed ones too,
//! and compares the field that holds the key. It does not trust e-mail addresses, which the vendor
//! might change.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use windlass_sdk::lenient::{self, Id};
use windlass_sdk::{Error, Result};

use super::add_order::KEY_FIELD;
use crate::BaseLinker;
use crate::walk::{Next, Position};

/// How far the vendor's clock may be behind ours, a wrong hour for summer time included.
const CLOCK_MARGIN_SECONDS: u64 = 2 * 60 * 60;

/// Where a search goes on.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Search {
    added_from: u64,
    at: Position,
}

/// How a step of the search ended.
pub enum Found {
    Order(Id),
    NotYet(Search),
    Nowhere,
}

impl Search {
    /// From shortly before the first attempt, `first_sent` in Unix time.
    pub fn begin(first_sent: u64, order: &Map<String, Value>) -> Self {
        // An order may say itself when it was added.
        let said = order.get("date_add").and_then(|date| lenient::integer(&date.to_string()));
        let said = said.and_then(|date| u64::try_from(date).ok()).unwrap_or(first_sent);
        let added_from = first_sent.min(said).saturating_sub(CLOCK_MARGIN_SECONDS);
        Self { added_from, at: Position::default() }
    }

    /// Looks through one page.
    pub fn step(self, account: &BaseLinker, key: &str) -> Result<Found> {
        let filter = Map::from_iter([
            ("date_from".into(), json!(self.added_from)),
            ("get_unconfirmed_orders".into(), json!(true)),
        ]);
        let rows = self.at.read(account, &filter)?;
        let mut marks = rows.scalars(&format!("/{KEY_FIELD}")).into_iter();
        if let Some(row) = marks.position(|mark| mark.is_some_and(|mark| mark.trim() == key)) {
            let id = rows.fields(&["/order_id"])[row][0].take();
            return id
                .and_then(|json| serde_json::from_str(&json).ok())
                .map(Found::Order)
                .ok_or_else(|| Error::other("order-id", "the order found has no `order_id`"));
        }
        Ok(match self.at.after(&rows)? {
            Next::Page(position) => Found::NotYet(Self { at: position, ..self }),
            Next::End(_) => Found::Nowhere,
        })
    }
}
