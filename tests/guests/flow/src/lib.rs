//! A flow for tests, from one BaseLinker account to another: an order that is in `from_status` is put into
//! `to_status` there.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use windlass_sdk::lenient::Id;
use windlass_sdk::spec::{Role, Spec};
use windlass_sdk::{Change, Error, Flow, Reaction, Result, log, records, storage};

/// The flow's configuration.
#[derive(Deserialize, JsonSchema)]
pub struct Guest {
    /// Orders in this status are copied.
    #[schemars(extend("options-from" = {"role": "from", "stream": "order-statuses", "value": "/id", "label": "/name"}))]
    from_status: i64,
    /// The status that they get.
    #[schemars(extend("options-from" = {"role": "to", "stream": "order-statuses", "value": "/id", "label": "/name"}))]
    to_status: i64,
    /// Order ids that wait for a person.
    #[serde(default)]
    waiting: Vec<i64>,
    /// Order ids whose action is asked for with an input that does not fit.
    #[serde(default)]
    unfit: Vec<i64>,
    /// An order id at which it panics.
    panics_at: Option<i64>,
}

#[derive(Deserialize)]
struct Order {
    order_id: Id,
    order_status_id: Id,
}

impl Flow for Guest {
    fn spec() -> Spec {
        Spec::new("flow-guest", "Flow guest", "1.0.0")
            .role("from", Role::of("baselinker").follows("orders"))
            .role("to", Role::of("baselinker").asks("set-order-status"))
    }

    fn react(&self, change: &Change) -> Result<Reaction> {
        let Some(order) = change.record::<Order>()? else {
            log::info(format!("order {} is gone", change.key));
            return Ok(Reaction::done());
        };
        let id = number(&order.order_id)?;
        #[cfg(feature = "network")]
        windlass_sdk::http::get("https://elsewhere.example").send()?;
        if number(&order.order_status_id)? != self.from_status {
            return Ok(Reaction::done());
        }
        assert!(self.panics_at != Some(id), "told to panic at order {id}");
        if self.waiting.contains(&id) {
            return Ok(Reaction::hold(format!("order {id} waits: take it out of `waiting`")));
        }
        let known = records::get("from", "orders", &change.key)?;
        if known.is_none_or(|known| known.sequence < change.sequence) {
            return Err(Error::other("records", "the record is older than its change"));
        }
        let asked = format!("asked/{id}");
        if storage::get(&asked)?.is_some() && !change.has_failed("to", "set-order-status") {
            return Ok(Reaction::done());
        }
        storage::set(&asked, b"")?;
        let order_id = if self.unfit.contains(&id) { Value::Null } else { json!(id) };
        let input: Value = json!({ "order_id": order_id, "status_id": self.to_status });
        Reaction::done().act("to", "set-order-status", &input)
    }
}

fn number(id: &Id) -> Result<i64> {
    let text = serde_json::to_string(id).unwrap_or_default();
    let read = text.trim_matches('"').parse();
    read.map_err(|_| Error::rejected("id", format!("{text} is no number")))
}

windlass_sdk::flow!(Guest);
