//! Events, and the lists that show them.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::account::{Account, Webhook};
use crate::simulator::Now;

/// Kinds whose events stand in the general list.
const GENERAL: [&str; 8] = [
    "movement_document_created",
    "movement_document_updated",
    "inventory_check_completed",
    "personal_pickup_stored",
    "personal_pickup_issued",
    "task_created",
    "task_assigned",
    "task_status_changed",
];
/// Every kind that can be registered.
const OF_ORDERS: [&str; 7] = [
    "balic_packed",
    "package_number",
    "status_change",
    "order_history",
    "balic_picked",
    "added_to_cart",
    "shipping_change",
];

/// One event for one registration.
#[derive(Clone, Debug)]
pub struct Event {
    pub id: u64,
    pub webhook: Webhook,
    /// Local, without a zone.
    pub created: String,
    pub order: String,
    pub value: Value,
    pub fails: u64,
    pub last_error: Option<(String, u16)>,
    pub last_failed: Option<String>,
    pub delivered: Option<String>,
}

pub fn is_kind(kind: &str) -> bool {
    OF_ORDERS.contains(&kind) || is_general(kind)
}

pub fn is_general(kind: &str) -> bool {
    GENERAL.contains(&kind)
}

impl Account {
    /// Something happened: one event for each registration of its kind.
    pub fn happen(&mut self, kind: &str, order: &str, value: &Value, now: Now) {
        let created = self.local(now.unix_ms);
        for webhook in self.webhooks.clone().into_iter().filter(|webhook| webhook.kind == kind) {
            let same = self.events.iter().filter(|e| is_general(&e.webhook.kind) == is_general(kind));
            let id = same.map(|event| event.id).max().unwrap_or(0) + 1;
            self.events.push(Event {
                id,
                webhook,
                created: created.clone(),
                order: order.into(),
                value: value.clone(),
                fails: 0,
                last_error: None,
                last_failed: None,
                delivered: None,
            });
        }
    }

    /// So many failed events are delivered at last, the oldest first.
    pub fn deliver_oldest(&mut self, count: usize, now: Now) {
        let at = self.local(now.unix_ms);
        let failed = self.events.iter_mut().filter(|event| event.has_failed());
        failed.take(count).for_each(|event| event.delivered = Some(at.clone()));
    }

    /// A moment as the vendor writes it.
    pub fn local(&self, unix_ms: i64) -> String {
        let moment = Timestamp::from_millisecond(unix_ms).unwrap_or(Timestamp::MAX);
        moment.to_zoned(self.settings.zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// A page of a webhook's list; none if there is no such page.
    pub fn page(&self, webhook: u64, query: &Map<String, Value>) -> Option<Value> {
        let text = |name: &str| query.get(name).and_then(Value::as_str);
        let number = |name: &str| text(name).and_then(|text| text.parse::<usize>().ok());
        let (page, size) = (number("page_number")?, number("items_per_page")?);
        let from = text("from_date").unwrap_or("2001-01-01 01:01:01");
        let due = |event: &&Event| match self.settings.from_is_exclusive {
            true => event.created.as_str() > from,
            false => event.created.as_str() >= from,
        };
        let failed = |event: &&Event| text("only_failed") != Some("true") || event.has_failed();
        let mut found: Vec<&Event> = self
            .events
            .iter()
            .filter(|event| event.webhook.id == webhook)
            .filter(due)
            .filter(failed)
            .collect();
        if text("inverted") != Some("true") {
            found.reverse();
        }
        let shown: Vec<Value> =
            found.iter().skip(page.checked_sub(1)? * size).take(size).map(|event| event.listed()).collect();
        (!shown.is_empty()).then(|| {
            json!({
                "items_on_current_page": shown.len(), "webhook_events": shown, "total_items": found.len(),
                "items_per_page": size, "page": page,
            })
        })
    }
}

impl Event {
    /// Tried in vain, and not delivered since.
    pub fn has_failed(&self) -> bool {
        self.fails > 0 && self.delivered.is_none()
    }

    /// As the list shows it.
    pub fn listed(&self) -> Value {
        let error = self.last_error.as_ref();
        let error = error.map(|(message, status)| json!({ "message": message, "status_code": status }));
        if is_general(&self.webhook.kind) {
            return json!({
                "id": self.id, "webhook_id": self.webhook.id, "created_at": self.created,
                "event_type": self.webhook.kind, "payload": self.value, "attempt_count": self.fails,
                "status": if self.delivered.is_some() { "delivered" } else { "pending" },
                "delivered_at": self.delivered, "last_error": error,
            });
        }
        let of = |kind: &str| if self.webhook.kind == kind { self.value.clone() } else { Value::Null };
        json!({
            "id": self.id, "webhook_id": self.webhook.id, "event_creation": self.created,
            "order_code": self.order, "event_status_id": of("status_change"),
            "event_package_number": of("package_number"), "event_order_history": of("order_history"),
            "date_successful": self.delivered, "date_last_failed": self.last_failed, "last_errors": error,
            "fail_counter": self.fails, "processed": i32::from(self.delivered.is_some()),
        })
    }
}
