//! Optimakers to BaseLinker: an order that is realised gets the status to send, once.
//!
//! A flow that was deleted and made again knows nothing of the one before. So an order that was there when it
//! began gets its status only while BaseLinker still has it in the status to import.

use serde_json::{Value, json};
use windlass_sdk::lenient::{self, Id};
use windlass_sdk::{Change, Reaction, Result, log, records};

use crate::config::{Integration, OrderRecord, sent, text_of};
use crate::ledger::{self, Progress};
use crate::{BASELINKER, ORDERS, SET_STATUS, order};

pub fn react(config: &Integration, change: &Change) -> Result<Reaction> {
    let Some(record) = change.record::<Value>()? else { return Ok(Reaction::done()) };
    let places = &config.optimakers_order;
    // Orders without our reference were made by others.
    let Some(order) = places.reference_in(&record) else { return Ok(Reaction::done()) };
    let mut progress = ledger::progress(&order)?;
    if let Some(sent) = progress.filter(|_| change.has_failed(BASELINKER, SET_STATUS)) {
        ledger::note(&order, sent.before_sent())?;
        progress = Some(sent.before_sent());
    }
    match (places.is_realised(&record), progress) {
        (Some(true), Some(Progress::Created)) => send(config, &order, Progress::Sent),
        (Some(true), Some(Progress::Inherited)) => send_with_care(config, &order),
        (Some(true), None) => first_met(config, change, &order),
        (Some(false), Some(Progress::Sent | Progress::SentWithCare)) => {
            log::info(format!(
                "Optimakers order {} is no longer realised; BaseLinker order {order} keeps its status",
                change.key
            ));
            Ok(Reaction::done())
        }
        // It was made by others, or BaseLinker shows it later.
        (Some(false), Some(Progress::Realised)) => ledger::forget(&order).map(|()| Reaction::done()),
        (None, Some(_)) => Ok(Reaction::hold(format!(
            "Optimakers order {} says neither yes nor no at `{}`; set `realised` of `optimakersOrder` to where \
             its records say that they are realised",
            change.key, places.realised
        ))),
        (Some(_), _) | (None, None) => Ok(Reaction::done()),
    }
}

/// A realised order that this flow did not ask for: made by others, or by a flow before this one.
fn first_met(config: &Integration, change: &Change, order: &str) -> Result<Reaction> {
    let Some(known) = records::get(BASELINKER, ORDERS, order)? else {
        ledger::note(order, Progress::Realised)?;
        log::info(format!(
            "Optimakers order {} is realised; BaseLinker order {order} is not known",
            change.key
        ));
        return Ok(Reaction::done());
    };
    let known: Value = known.read()?;
    let status = order::text(&known, "order_status_id");
    let is = |id: &Id| status.as_deref() == Some(text_of(id));
    if is(&config.baselinker_order_status_to_import) {
        return send_with_care(config, order);
    }
    // It has the status, or had it when the flow began.
    if is(&config.baselinker_order_status_to_send) || change.was_there() {
        ledger::note(order, Progress::SentWithCare)?;
        log::info(format!("BaseLinker order {order} is realised and past the status to import"));
        return Ok(Reaction::done());
    }
    send(config, order, Progress::Sent)
}

/// Sends the status, if BaseLinker's order is still in the one to import.
pub fn send_with_care(config: &Integration, order: &str) -> Result<Reaction> {
    send(config, order, Progress::SentWithCare)
}

fn send(config: &Integration, order: &str, progress: Progress) -> Result<Reaction> {
    if let Some(misfit) = config.misfit() {
        return Ok(Reaction::hold(misfit));
    }
    ledger::note(order, progress)?;
    let status = text_of(&config.baselinker_order_status_to_send);
    log::info(format!("BaseLinker order {order} is realised and gets the status {status}"));
    let mut input = json!({ "order_id": sent(order), "status_id": sent(status) });
    if progress == Progress::SentWithCare {
        input["only_from"] = json!([sent(text_of(&config.baselinker_order_status_to_import))]);
    }
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
