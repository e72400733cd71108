//! Searching for the order that an earlier attempt may have made.
//!
//! The search walks all orders added since shortly before the first attempt, unconfirmed ones too,
//! and compares the field that holds the key. It does not trust e-mail addresses, which the vendor
//! might change, or its own earlier result once a newer request may have been sent: a result is
//! bound to the requests that it knew of.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use windlass_sdk::lenient::{self, Id};
use windlass_sdk::{ActRequest, Error, Result};

use super::add_order::KEY_FIELD;
use crate::BaseLinker;
use crate::walk::{Next, Position};

/// How far the vendor's clock may be behind ours, a wrong hour for summer time included.
const CLOCK_MARGIN_SECONDS: u64 = 2 * 60 * 60;

/// A search under way; the action's state.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Search {
    knows: Sent,
    added_from: u64,
    /// None when the search is through and found nothing.
    at: Option<Position>,
}

/// The requests of which the vendor may have seen something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Sent {
    count: usize,
    last_at_ms: u64,
}

/// How a step of the search ended.
pub enum Found {
    Order(Id),
    NotYet(Search),
}

impl Search {
    /// The search that must go on before the order may be sent; none if it may.
    pub fn due(request: &ActRequest, order: &Map<String, Value>) -> Result<Option<Self>> {
        let times = || request.maybe_sent().map(|intent| intent.at_ms);
        let (Some(first_at_ms), Some(last_at_ms)) = (times().min(), times().max()) else {
            return Ok(None);
        };
        let knows = Sent { count: times().count(), last_at_ms };
        let under_way: Option<Self> = request.state()?;
        let search = match under_way.filter(|search| search.knows == knows) {
            Some(search) => search,
            None => Self::begin(knows, first_at_ms / 1000, order),
        };
        Ok(search.at.is_some().then_some(search))
    }

    fn begin(knows: Sent, first_sent: u64, order: &Map<String, Value>) -> Self {
        // An order may say itself when it was added.
        let said = order.get("date_add").and_then(|date| lenient::integer(&date.to_string()));
        let said = said.and_then(|date| u64::try_from(date).ok()).unwrap_or(first_sent);
        let added_from = first_sent.min(said).saturating_sub(CLOCK_MARGIN_SECONDS);
        Self { knows, added_from, at: Some(Position::default()) }
    }

    /// Looks through one page.
    pub fn step(mut self, account: &BaseLinker, key: &str) -> Result<Found> {
        let Some(position) = self.at else {
            return Ok(Found::NotYet(self));
        };
        let filter = Map::from_iter([
            ("date_from".into(), json!(self.added_from)),
            ("get_unconfirmed_orders".into(), json!(true)),
        ]);
        let rows = position.read(account, &filter)?;
        let mut marks = rows.scalars(&format!("/{KEY_FIELD}")).into_iter();
        if let Some(row) = marks.position(|mark| mark.is_some_and(|mark| mark.trim() == key)) {
            let id = rows.fields(&["/order_id"])[row][0].take();
            return id
                .and_then(|json| serde_json::from_str(&json).ok())
                .map(Found::Order)
                .ok_or_else(|| Error::other("order-id", "the order found has no `order_id`"));
        }
        self.at = match position.after(&rows)? {
            Next::Page(position) => Some(position),
            Next::End(_) => None,
        };
        Ok(Found::NotYet(self))
    }
}
