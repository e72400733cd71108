//! A small BaseLinker in memory, for tests of the connector alone.

use std::cell::RefCell;
use std::rc::Rc;

use baselinker::BaseLinker;
use serde_json::{Map, Value, json};
use windlass_sdk::testing::{Answer, Sent, TestHost};

pub const URL: &str = "https://api.baselinker.com/connector.php";

/// What the vendor holds; changed by tests between two syncs.
#[derive(Default)]
pub struct Vendor {
    pub orders: Vec<Order>,
    pub journal: Vec<Value>,
    /// Whether `id_from` makes the vendor forget `date_confirmed_from`.
    pub id_beats_date: bool,
    /// Whether answers to `id_from` are sorted by id alone.
    pub id_sorts: bool,
}

#[derive(Clone, Copy)]
pub struct Order {
    pub id: u64,
    pub second: u64,
    pub status: u64,
}

pub type Shared = Rc<RefCell<Vendor>>;

/// A connection with `config`, and its vendor.
pub fn connect(config: Value, vendor: Vendor) -> (TestHost<BaseLinker>, Shared) {
    let host = TestHost::new(config);
    let shared = Rc::new(RefCell::new(vendor));
    let answering = Rc::clone(&shared);
    host.vendor(move |sent| answering.borrow().answer(sent));
    (host, shared)
}

/// Orders with ids from 1, so many to a second, from a second on.
pub fn orders(count: u64, per_second: u64, first_second: u64) -> Vec<Order> {
    let order = |index| Order { id: index + 1, second: first_second + index / per_second, status: 1 };
    (0..count).map(order).collect()
}

/// The methods of requests, in order.
pub fn methods(sent: &[Sent]) -> Vec<String> {
    sent.iter().filter_map(|sent| sent.form("method")).collect()
}

pub fn success(mut members: Value) -> Answer {
    members["status"] = json!("SUCCESS");
    Answer::json(members)
}

pub fn refusal(code: &str, message: &str) -> Answer {
    Answer::json(json!({ "status": "ERROR", "error_code": code, "error_message": message }))
}

impl Vendor {
    fn answer(&self, sent: &Sent) -> Answer {
        let parameters = sent.form_json("parameters");
        let parameters = parameters.as_object().expect("parameters are an object");
        match sent.form("method").as_deref() {
            Some("getOrders") => success(json!({ "orders": self.page(parameters) })),
            Some("getJournalList") => success(json!({ "logs": self.logs(parameters) })),
            other => panic!("an unexpected method: {other:?}"),
        }
    }

    fn page(&self, parameters: &Map<String, Value>) -> Vec<Value> {
        let number = |name: &str| parameters.get(name).and_then(Value::as_u64);
        let stepping = number("id_from").is_some();
        let second = number("date_confirmed_from").filter(|_| !(stepping && self.id_beats_date));
        let mut found: Vec<_> = self
            .orders
            .iter()
            .filter(|order| order.second >= second.unwrap_or(0))
            .filter(|order| order.id >= number("id_from").unwrap_or(0))
            .filter(|order| number("order_id").is_none_or(|id| order.id == id))
            .filter(|order| number("status_id").is_none_or(|id| order.status == id))
            .collect();
        if stepping && self.id_sorts {
            found.sort_by_key(|order| order.id);
        } else {
            found.sort_by_key(|order| (order.second, order.id));
        }
        found.into_iter().take(100).map(Order::wire).collect()
    }

    fn logs(&self, parameters: &Map<String, Value>) -> Vec<Value> {
        let last = parameters["last_log_id"].as_u64().unwrap_or(0);
        // Inclusive, the harsher reading, and two in an answer.
        let news = self.journal.iter().filter(|log| log["id"].as_u64() >= Some(last));
        news.take(2).cloned().collect()
    }
}

impl Order {
    /// Every third one in the form of old answers: ids and dates as text.
    fn wire(&self) -> Value {
        let scalar = |number: u64| match self.id % 3 {
            0 => json!(number.to_string()),
            _ => json!(number),
        };
        json!({
            "order_id": scalar(self.id),
            "order_status_id": scalar(self.status),
            "date_confirmed": scalar(self.second),
            "custom_extra_fields": [],
        })
    }
}
