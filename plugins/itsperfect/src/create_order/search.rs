//! Searching for the order that an earlier attempt may have made.
//!
//! It is not documented whether orders can be filtered by a reference, and what a filter does that the
//! vendor does not know: it may be refused, or ignored, or select nothing. So every row is compared
//! here, and "nothing" is believed only of a filter that was seen to find an order which is there. Else
//! all orders are walked, page by page, beginning where the newest are.

use serde::{Deserialize, Serialize};
use windlass_sdk::http::Rows;
use windlass_sdk::lenient::{self, Id};
use windlass_sdk::{ErrorKind, Result};

use crate::ItsPerfect;
use crate::api::Pages;

const ORDERS: &str = "orders";

/// A search under way.
#[derive(Debug, Serialize, Deserialize)]
pub struct Search {
    /// What the vendor said to the order; the answer when it is nowhere.
    refused: Option<String>,
    next: Next,
}

/// What the next request is.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Next {
    /// The reference, by a filter.
    Filter,
    /// The first page of all orders. `empty`: the filter found nothing.
    First { empty: bool },
    /// The reference of another order, by a filter: does it find that one?
    Trial { reference: String, walk: Walk },
    /// A page of all orders.
    Walk(Walk),
}

/// A walk over all orders, after their first page.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Walk {
    page: u64,
    /// From the second page to the last; else from the last to the second.
    forward: bool,
    /// How many orders there were. When one is removed, others move to pages that were read already.
    rows: u64,
    /// Pages of another length are other pages.
    page_size: u32,
}

/// How a step of the search ended.
pub enum Found {
    Order(Id),
    NotYet(Search),
    Nowhere { refused: Option<String> },
}

impl Search {
    pub fn begin(refused: Option<String>) -> Self {
        Self { refused, next: Next::Filter }
    }

    /// Makes one request.
    pub fn step(self, account: &ItsPerfect, reference: &str) -> Result<Found> {
        match &self.next {
            Next::Filter if is_plain(reference) => self.filter(account, reference),
            Next::Filter => self.first(account, reference, false),
            &Next::First { empty } => self.first(account, reference, empty),
            Next::Trial { reference: other, walk } => {
                let rows = account.filtered(other)?;
                let is_proven = rows.is_some_and(|rows| find(account, &rows, other).is_some());
                let walk = Next::Walk(*walk);
                Ok(if is_proven { self.nowhere() } else { self.then(walk) })
            }
            &Next::Walk(walk) => self.walk(account, reference, walk),
        }
    }

    fn filter(self, account: &ItsPerfect, reference: &str) -> Result<Found> {
        let rows = account.filtered(reference)?;
        if let Some(id) = rows.as_ref().and_then(|rows| find(account, rows, reference)) {
            return Ok(Found::Order(id));
        }
        Ok(self.then(Next::First { empty: rows.is_some_and(|rows| rows.is_empty()) }))
    }

    fn first(self, account: &ItsPerfect, reference: &str, empty: bool) -> Result<Found> {
        let (rows, pages) = account.orders(1)?;
        if let Some(id) = find(account, &rows, reference) {
            return Ok(Found::Order(id));
        }
        let Some(walk) = Walk::after_first(account, &rows, pages) else { return Ok(self.nowhere()) };
        let mut others = rows.scalars(&format!("/{}", account.lookup_field)).into_iter().flatten();
        let other = others.find(|other| empty && is_plain(other));
        Ok(self.then(match other {
            Some(reference) => Next::Trial { reference, walk },
            None => Next::Walk(walk),
        }))
    }

    fn walk(self, account: &ItsPerfect, reference: &str, walk: Walk) -> Result<Found> {
        let again = Next::First { empty: false };
        if walk.page_size != account.page_size {
            return self.first(account, reference, false);
        }
        let (rows, pages) = account.orders(walk.page)?;
        if let Some(id) = find(account, &rows, reference) {
            return Ok(Found::Order(id));
        }
        if pages.rows < walk.rows {
            return Ok(self.then(again));
        }
        Ok(match walk.after(pages) {
            Some(walk) => self.then(Next::Walk(walk)),
            None => self.nowhere(),
        })
    }

    fn then(self, next: Next) -> Found {
        Found::NotYet(Self { next, ..self })
    }

    fn nowhere(self) -> Found {
        Found::Nowhere { refused: self.refused }
    }
}

impl Walk {
    /// None when the first page is all.
    fn after_first(account: &ItsPerfect, rows: &Rows, pages: Pages) -> Option<Self> {
        let ids = rows.integers("/id");
        let newest_first = ids.first() > ids.last();
        let page = if newest_first { 2 } else { pages.count };
        let (rows, page_size) = (pages.rows, account.page_size);
        (pages.count > 1).then_some(Self { page, forward: newest_first, rows, page_size })
    }

    fn after(self, pages: Pages) -> Option<Self> {
        let page = if self.forward { pages.next() } else { Some(self.page - 1).filter(|&page| page > 1) };
        Some(Self { page: page?, rows: pages.rows, ..self })
    }
}

impl ItsPerfect {
    /// A page of all orders.
    fn orders(&self, page: u64) -> Result<(Rows, Pages)> {
        let listed = self.page(ORDERS, page, &[])?;
        Ok((listed.answer.pick("/orders", "/id")?, listed.pages))
    }

    /// Orders that a filter by our reference selects; none when the vendor refuses the filter.
    fn filtered(&self, reference: &str) -> Result<Option<Rows>> {
        let filter = format!("{} eq {reference}", self.lookup_field);
        let answer = self.list(ORDERS, 1, &[("filter", &filter)])?.send()?;
        match self.judge(answer) {
            Ok(answer) => Ok(answer.pick("/orders", "/id").ok()),
            Err(error) if matches!(error.kind, ErrorKind::RateLimited | ErrorKind::Auth) => Err(error),
            Err(_) => Ok(None),
        }
    }
}

/// The order among the rows that has this reference.
fn find(account: &ItsPerfect, rows: &Rows, reference: &str) -> Option<Id> {
    let fields = rows.fields(&["/id", &format!("/{}", account.lookup_field), "/reference"]);
    let ours =
        |cells: &&Vec<Option<String>>| cells[1..].iter().flatten().any(|json| is_same(json, reference));
    let id = fields.iter().find(ours)?[0].as_deref()?;
    serde_json::from_str(id).ok()
}

/// Whether a JSON text is this reference. One of digits may come back as a number, and then has lost
/// its leading zeros.
fn is_same(json: &str, reference: &str) -> bool {
    let reference = reference.trim();
    let number = lenient::integer(json).filter(|_| !json.starts_with('"'));
    lenient::text(json).is_some_and(|text| text.trim() == reference)
        || number.is_some_and(|number| reference.parse() == Ok(number))
}

/// Whether a filter can hold the text: how it is quoted is not documented.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_known_in_every_form_it_comes_back_in() {
        let check = |json: &str, reference: &str, expected: bool| {
            assert_eq!(is_same(json, reference), expected, "{json} {reference}");
        };
        check(r#""A-1""#, "A-1", true);
        check(r#"" A-1 ""#, "A-1", true);
        check("17", "17", true);
        check("17", "0017", true);
        check(r#""17""#, "0017", false);
        check("17", "A-17", false);
        check("null", "null", false);
        check("[17]", "17", false);
        check("99999999999999999999", "99999999999999999999", true);
        check("88888888888888888888", "99999999999999999999", false);
    }

    #[test]
    fn only_plain_references_stand_in_a_filter() {
        assert!(is_plain("WEB-2024_7.b"));
        assert!(["", "A 1", "1,2", "é"].iter().all(|text| !is_plain(text)));
    }
}
