//! The account's journal of events. It covers three days, and is empty until the vendor's support
//! switches it on: an empty journal proves nothing.

use serde::Deserialize;
use serde_json::{Value, json};
use windlass_sdk::{Result, lenient};

use crate::BaseLinker;

const MERGED: u64 = 5;
const SPLIT: u64 = 6;
const COPIED: u64 = 17;

/// Events after which an order is another than before: payment, removal, merge, split, parcels,
/// delivery data, products, order data, copy, status, parcel status. New orders (1, 2) come by the
/// walk; invoices and blacklists change no order.
const CHANGING: [u64; 14] = [3, 4, MERGED, SPLIT, 9, 10, 11, 12, 13, 14, 16, COPIED, 18, 22];

/// What the journal tells behind an entry.
#[derive(Debug, Default)]
pub struct News {
    /// The last entry; none if there is nothing new.
    pub last: Option<u64>,
    /// Orders that the entries name.
    pub orders: Vec<u64>,
}

impl News {
    pub fn is_empty(&self) -> bool {
        self.last.is_none()
    }
}

/// Reads the entries behind `log`. The vendor may or may not send `log` itself again.
pub fn read_after(account: &BaseLinker, log: u64) -> Result<News> {
    let parameters = json!({ "last_log_id": log, "logs_types": CHANGING });
    let journal: Journal = account.call("getJournalList", &parameters)?.json()?;
    let mut news = News::default();
    for entry in journal.logs.iter().filter(|entry| entry.id > log) {
        news.last = news.last.max(Some(entry.id));
        news.orders.extend(entry.orders());
    }
    Ok(news)
}

#[derive(Deserialize)]
struct Journal {
    #[serde(default)]
    logs: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(alias = "log_id", deserialize_with = "lenient::whole")]
    id: u64,
    #[serde(deserialize_with = "lenient::whole")]
    order_id: u64,
    #[serde(deserialize_with = "lenient::whole")]
    log_type: u64,
    /// Another order's id for merge, split and copy; empty or 0 for none.
    #[serde(default)]
    object_id: Value,
}

impl Entry {
    fn orders(&self) -> impl Iterator<Item = u64> {
        let other = matches!(self.log_type, MERGED | SPLIT | COPIED)
            .then(|| lenient::integer(&self.object_id.to_string()))
            .flatten()
            .and_then(|id| u64::try_from(id).ok())
            .filter(|&id| id > 0);
        [Some(self.order_id), other].into_iter().flatten()
    }
}
