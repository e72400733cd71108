//! The event journal: off by default, so that an empty answer proves nothing.

use serde_json::{Value, json};

/// The vendor keeps three days.
const KEPT_SECONDS: i64 = 3 * 24 * 60 * 60;
/// Entries in one answer.
const PAGE: usize = 100;

/// What happened to an order, by the vendor's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    Created = 1,
    Confirmed = 2,
    Removed = 4,
    DataEdited = 16,
    StatusChanged = 18,
}

struct Entry {
    id: i64,
    order: i64,
    event: Event,
    object: i64,
    at: i64,
}

pub struct Journal {
    /// Whether the account's owner had it switched on.
    pub on: bool,
    entries: Vec<Entry>,
}

impl Journal {
    pub fn new(on: bool) -> Self {
        Self { on, entries: Vec::new() }
    }

    /// `object` is the status id for a change of status, else 0.
    pub fn add(&mut self, order: i64, event: Event, object: i64, at: i64) {
        let id = 456_269 + self.entries.len() as i64;
        self.entries.push(Entry { id, order, event, object, at });
    }

    /// Entries after `last_id`, of those types (all if empty), of that order.
    pub fn list(&self, last_id: i64, types: &[i64], order: Option<i64>, now: i64) -> Value {
        let fits = |entry: &&Entry| {
            entry.id > last_id
                && entry.at > now - KEPT_SECONDS
                && (types.is_empty() || types.contains(&(entry.event as i64)))
                && order.is_none_or(|order| entry.order == order)
        };
        let entries = self.entries.iter().filter(|_| self.on).filter(fits).take(PAGE);
        let logs: Vec<_> = entries.map(Entry::wire).collect();
        json!({ "logs": logs })
    }
}

impl Entry {
    fn wire(&self) -> Value {
        json!({"id": self.id, "order_id": self.order, "log_type": self.event as i64, "object_id": self.object, "date": self.at})
    }
}
