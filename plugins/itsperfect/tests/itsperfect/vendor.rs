//! Connections, answers, and a small ItsPerfect in memory, for tests of the connector alone.

use std::cell::RefCell;
use std::rc::Rc;

use itsperfect::ItsPerfect;
use serde_json::{Value, json};
use windlass_sdk::testing::{Answer, Sent, TestHost};

pub const URL: &str = "https://acme.itsperfect.it/api/v2";

/// The least that a connection needs.
pub fn config() -> Value {
    json!({ "active": true, "tenant": "acme", "page_size": 2 })
}

/// A connection with these settings besides.
pub fn connect(more: Value) -> TestHost<ItsPerfect> {
    let mut whole = config();
    let members = whole.as_object_mut().expect("an object");
    members.extend(more.as_object().expect("an object").clone());
    TestHost::new(whole)
}

/// One page of a list.
pub fn listed(name: &str, rows: Value, page: u64, count: u64, total: u64) -> Answer {
    Answer::json(json!({ name: rows }))
        .header("x-pagination-current-page", &page.to_string())
        .header("x-pagination-page-count", &count.to_string())
        .header("x-pagination-total-count", &total.to_string())
}

/// What becomes of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filters {
    Honoured,
    Ignored,
    Nothing,
    Refused,
}

/// The vendor's orders: ids from 1, with their references, the oldest first.
pub struct Orders {
    pub references: Vec<Value>,
    pub filters: Filters,
    pub newest_first: bool,
    /// Answers to new orders, instead of success; true if the order is made all the same.
    pub lost: Vec<(Answer, bool)>,
    /// Done to the orders before every request to them.
    pub meanwhile: fn(&mut Vec<Value>),
}

pub type Shared = Rc<RefCell<Orders>>;

impl Default for Orders {
    fn default() -> Self {
        Self {
            references: Vec::new(),
            filters: Filters::Honoured,
            newest_first: false,
            lost: Vec::new(),
            meanwhile: |_| {},
        }
    }
}

/// A connection that may create orders for the account `shop`, and its vendor.
pub fn connect_orders(orders: Orders, more: Value) -> (TestHost<ItsPerfect>, Shared) {
    let mut config = json!({ "create_orders": true, "accounts": [{ "account": "shop", "warehouse": 3 }] });
    config.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let host = connect(config);
    let shared = Rc::new(RefCell::new(orders));
    let answering = Rc::clone(&shared);
    host.vendor(move |sent| answering.borrow_mut().answer(sent));
    (host, shared)
}

impl Orders {
    /// Orders with references `R-1` and so on.
    pub fn numbered(count: usize) -> Vec<Value> {
        (1..=count).map(|number| json!(format!("R-{number}"))).collect()
    }

    fn answer(&mut self, sent: &Sent) -> Answer {
        if sent.method == "POST" {
            assert_eq!(sent.url, format!("{URL}/orders"));
            return self.create(sent.json()["reference"].clone());
        }
        (self.meanwhile)(&mut self.references);
        let query = sent.url.strip_prefix(&format!("{URL}/orders/?")).expect("the list of orders");
        let wanted = query.split_once("filter=reference+eq+").map(|(_, reference)| reference);
        let page: usize = query.split(['=', '&']).nth(1).and_then(|page| page.parse().ok()).expect("a page");
        match (wanted, self.filters) {
            (None, _) | (Some(_), Filters::Ignored) => self.page(page, None),
            (Some(wanted), Filters::Honoured) => self.page(page, Some(wanted)),
            (Some(_), Filters::Nothing) => self.page(page, Some("nothing is called so")),
            (Some(_), Filters::Refused) => Answer::text(500, r#"{"error": "This filter is not possible"}"#),
        }
    }

    fn create(&mut self, reference: Value) -> Answer {
        let (answer, is_made) = match self.lost.is_empty() {
            true => (Answer::json(json!({ "ok": 1, "insertId": self.references.len() + 1 })), true),
            false => self.lost.remove(0),
        };
        if is_made {
            self.references.push(reference);
        }
        answer
    }

    fn page(&self, page: usize, wanted: Option<&str>) -> Answer {
        let row = |(index, reference): (usize, &Value)| json!({ "id": index + 1, "reference": reference });
        let mut rows: Vec<_> = self.references.iter().enumerate().map(row).collect();
        rows.retain(|row| wanted.is_none_or(|wanted| row["reference"] == wanted));
        if self.newest_first {
            rows.reverse();
        }
        let (total, count) = (rows.len(), rows.len().div_ceil(2));
        let rows: Vec<_> = rows.into_iter().skip((page - 1) * 2).take(2).collect();
        listed("orders", json!(rows), page as u64, count as u64, total as u64)
    }
}

/// Methods and what follows the API's address, in order.
pub fn requests(host: &TestHost<ItsPerfect>) -> Vec<String> {
    let short = |sent: Sent| format!("{} {}", sent.method, sent.url.strip_prefix(URL).unwrap_or(&sent.url));
    host.sent().into_iter().map(short).collect()
}
