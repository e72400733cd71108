//! Optimakers to BaseLinker: an order that is realised gets the status to send.

use serde_json::{Value, json};
use windlass_sdk::lenient::{self, Id};
use windlass_sdk::{Change, Reaction, Result, log};

use crate::config::{Integration, OrderRecord, sent, text_of};
use crate::ledger::{self, Progress};
use crate::{BASELINKER, SET_STATUS};

pub fn react(config: &Integration, change: &Change) -> Result<Reaction> {
    let Some(record) = change.record::<Value>()? else { return Ok(Reaction::done()) };
    let places = &config.optimakers_order;
    // Orders without our reference, and of references that are not ours, were made by others.
    let Some(order) = places.reference_in(&record) else { return Ok(Reaction::done()) };
    let Some(progress) = ledger::progress(&order)? else { return Ok(Reaction::done()) };
    let Some(is_realised) = places.is_realised(&record) else {
        let message = format!(
            "Optimakers order {} says neither yes nor no at `{}`; set `realised` of `optimakersOrder` to where \
             its records say that they are realised",
            change.key, places.realised
        );
        return Ok(Reaction::hold(message));
    };
    match (is_realised, progress) {
        (true, Progress::Created) => send(config, &order),
        (false, Progress::Sent) => {
            log::info(format!(
                "Optimakers order {} is no longer realised; BaseLinker order {order} keeps its status",
                change.key
            ));
            Ok(Reaction::done())
        }
        (true, Progress::Sent) | (false, Progress::Created) => Ok(Reaction::done()),
    }
}

fn send(config: &Integration, order: &str) -> Result<Reaction> {
    if let Some(misfit) = config.misfit() {
        return Ok(Reaction::hold(misfit));
    }
    ledger::note(order, Progress::Sent)?;
    let status = text_of(&config.baselinker_order_status_to_send);
    log::info(format!("BaseLinker order {order} is realised and gets the status {status}"));
    let input = json!({ "order_id": sent(order), "status_id": sent(status) });
    Reaction::done().act(BASELINKER, SET_STATUS, &input)
}

impl OrderRecord {
    fn reference_in(&self, order: &Value) -> Option<String> {
        let place = match &self.reference_attribute {
            None => order.pointer(&self.reference),
            Some(wanted) => self.attribute(order, wanted),
        };
        let text = lenient::text(&place?.to_string())?;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    fn attribute<'a>(&self, order: &'a Value, wanted: &Id) -> Option<&'a Value> {
        let id = |attribute: &Value| lenient::text(&attribute.pointer(&self.attribute_id)?.to_string());
        let mut attributes = order.pointer(&self.attributes)?.as_array()?.iter();
        let found = attributes.find(|attribute| id(attribute).as_deref() == Some(text_of(wanted)))?;
        found.pointer(&self.attribute_value)
    }

    /// None if nothing there can be read as yes or no. Empty text is neither.
    fn is_realised(&self, order: &Value) -> Option<bool> {
        let value = order.pointer(&self.realised)?;
        lenient::flag(&value.to_string()).filter(|_| value.as_str() != Some(""))
    }
}
