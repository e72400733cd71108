//! BaseLinker to Optimakers: orders in the status to import are created.

use serde_json::Value;
use windlass_sdk::{Change, Reaction, Result, log};

use crate::config::{Integration, text_of};
use crate::ledger::{self, Progress};
use crate::{BASELINKER, CREATE, OPTIMAKERS, SET_STATUS, order, realised};

pub fn react(config: &Integration, change: &Change) -> Result<Reaction> {
    take_back(change)?;
    let Some(record) = change.record::<Value>()? else { return Ok(Reaction::done()) };
    let status = order::text(&record, "order_status_id");
    if status.as_deref() != Some(text_of(&config.baselinker_order_status_to_import)) {
        return Ok(Reaction::done());
    }
    match ledger::progress(&change.key)? {
        None => create(config, change, &record),
        // It is in Optimakers, and further than this.
        Some(Progress::Realised) => realised::send_with_care(config, &change.key),
        // Asked for already: it has changed in the status, or has come back to it.
        Some(_) => Ok(Reaction::done()),
    }
}

fn create(config: &Integration, change: &Change, record: &Value) -> Result<Reaction> {
    if let Some(misfit) = config.misfit() {
        return Ok(Reaction::hold(misfit));
    }
    match order::create(config, &change.key, record) {
        Ok(input) => {
            let progress = if change.was_there() { Progress::Inherited } else { Progress::Created };
            ledger::note(&change.key, progress)?;
            log::info(format!("BaseLinker order {} is created in Optimakers", change.key));
            Reaction::done().act(OPTIMAKERS, CREATE, &input)
        }
        Err(problems) => {
            let problems = problems.join("; ");
            Ok(Reaction::hold(format!("BaseLinker order {} waits: {problems}", change.key)))
        }
    }
}

/// What came to nothing was not asked for, as far as the flow is concerned.
fn take_back(change: &Change) -> Result<()> {
    let progress = ledger::progress(&change.key)?;
    match progress {
        Some(Progress::Created | Progress::Inherited) if change.has_failed(OPTIMAKERS, CREATE) => {
            ledger::forget(&change.key)
        }
        Some(Progress::SentWithCare) if change.has_failed(BASELINKER, SET_STATUS) => {
            ledger::note(&change.key, Progress::Realised)
        }
        _ => Ok(()),
    }
}
