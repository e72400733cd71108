//! A walk over `getOrders` that loses nothing.
//!
//! The method has no cursor. It gives at most 100 orders at or after a second of confirmation, and
//! any number of orders can share a second. So the next page begins at the *same* second as the
//! last order of this one: what is met again changes nothing. When a whole page is one second, the
//! walk steps through that second by order id, and then goes on behind it.
//!
//! What the vendor does not document is not trusted but looked at: that answers are sorted by
//! confirmation, within a second by id, and that a page obeys what it was asked. An answer that
//! breaks this ends the walk with an error, because going on could lose orders silently.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use windlass_sdk::http::Rows;
use windlass_sdk::{Error, Result, lenient};

use crate::BaseLinker;

/// The most orders in one answer; fewer mean the end.
const PAGE_MAX: usize = 100;

/// Where a walk goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Orders confirmed in this second, in Unix time, or later.
    pub second: u64,
    /// Only orders from this id on, while stepping through a second that fills a page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_from: Option<u64>,
}

/// What follows a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    Page(Position),
    /// The end for now; the next walk begins here.
    End(Position),
}

/// What the walk looks at of an order.
#[derive(Clone, Copy, Debug)]
struct Seen {
    id: u64,
    second: u64,
}

impl Position {
    pub fn at(second: u64) -> Self {
        Self { second, id_from: None }
    }

    /// Asks for the page at this position. `filter` holds further parameters of `getOrders`.
    pub fn read(&self, account: &BaseLinker, filter: &Map<String, Value>) -> Result<Rows> {
        let mut parameters = filter.clone();
        parameters.insert("date_confirmed_from".into(), json!(self.second));
        if let Some(id) = self.id_from {
            parameters.insert("id_from".into(), json!(id));
        }
        account.call("getOrders", &Value::Object(parameters))?.pick("/orders", "/order_id")
    }

    /// What follows the page of `rows` that was read here.
    pub fn after(self, rows: &Rows) -> Result<Next> {
        let seen = seen(rows)?;
        match self.id_from {
            None => self.after_seconds(&seen),
            Some(id_from) => self.after_step(&seen, id_from),
        }
    }

    fn after_seconds(self, page: &[Seen]) -> Result<Next> {
        let Some(last) = page.last() else {
            // The second before may have been stepped through, and may still be filling.
            return Ok(Next::End(Self::at(self.second.saturating_sub(1))));
        };
        if !is_sorted_by_second(page) {
            return Err(untrusted("are not sorted by confirmation"));
        }
        if page[0].second < self.second {
            return Err(untrusted("ignore `date_confirmed_from`"));
        }
        if page.len() < PAGE_MAX {
            return Ok(Next::End(Self::at(last.second)));
        }
        if last.second > self.second {
            return Ok(Next::Page(Self::at(last.second)));
        }
        self.step(page)
    }

    fn after_step(self, page: &[Seen], id_from: u64) -> Result<Next> {
        if page.iter().any(|order| order.id < id_from) {
            return Err(untrusted("ignore `id_from`"));
        }
        // Sorted by second, a later order proves that this second is through. Sorted by id alone,
        // only a page that is not full does.
        let through =
            is_sorted_by_second(page) && page.last().is_some_and(|order| order.second > self.second);
        if through || page.len() < PAGE_MAX {
            return Ok(Next::Page(Self::at(self.second + 1)));
        }
        self.step(page)
    }

    /// The next step through this second, behind a full page.
    fn step(self, page: &[Seen]) -> Result<Next> {
        let steps = if is_sorted_by_second(page) {
            // No later order is in this page, so the second's own orders end it.
            &page[page.partition_point(|order| order.second < self.second)..]
        } else {
            page
        };
        let Some(last) = steps.last().filter(|_| steps.is_sorted_by_key(|order| order.id)) else {
            return Err(untrusted("of one second are not sorted by id"));
        };
        Ok(Next::Page(Self { second: self.second, id_from: Some(last.id + 1) }))
    }
}

/// Ids and seconds of the rows. Unconfirmed orders, where asked for, count as second 0.
fn seen(rows: &Rows) -> Result<Vec<Seen>> {
    let fields = rows.fields(&["/order_id", "/date_confirmed"]);
    let whole = |text: &Option<String>| text.as_deref().and_then(lenient::integer);
    let order = |cells: &Vec<Option<String>>| {
        let id = whole(&cells[0]).and_then(|id| u64::try_from(id).ok()).ok_or_else(no_id)?;
        let second = whole(&cells[1]).and_then(|second| u64::try_from(second).ok()).unwrap_or(0);
        Ok(Seen { id, second })
    };
    fields.iter().map(order).collect()
}

fn is_sorted_by_second(page: &[Seen]) -> bool {
    page.is_sorted_by_key(|order| order.second)
}

fn no_id() -> Error {
    Error::other("order-id", "an order's `order_id` is no whole number")
}

fn untrusted(how: &str) -> Error {
    let message =
        format!("orders in BaseLinker's answer {how}; reading on could lose some, so the walk stops here");
    Error::other("unexpected-order", message)
}
