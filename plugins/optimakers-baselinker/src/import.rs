//! BaseLinker to Optimakers: orders in the status to import are created.

use serde_json::Value;
use windlass_sdk::{Change, Reaction, Result, log};

use crate::config::{Integration, text_of};
use crate::ledger::{self, Progress};
use crate::{CREATE, OPTIMAKERS, order};

pub fn react(config: &Integration, change: &Change) -> Result<Reaction> {
    let Some(record) = change.record::<Value>()? else { return Ok(Reaction::done()) };
    let status = order::text(&record, "order_status_id");
    if status.as_deref() != Some(text_of(&config.baselinker_order_status_to_import)) {
        return Ok(Reaction::done());
    }
    // Asked for already: it has changed in the status, or has come back to it.
    if ledger::progress(&change.key)?.is_some() {
        return Ok(Reaction::done());
    }
    if let Some(misfit) = config.misfit() {
        return Ok(Reaction::hold(misfit));
    }
    match order::create(config, &change.key, &record) {
        Ok(input) => {
            ledger::note(&change.key, Progress::Created)?;
            log::info(format!("BaseLinker order {} is created in Optimakers", change.key));
            Reaction::done().act(OPTIMAKERS, CREATE, &input)
        }
        Err(problems) => {
            let problems = problems.join("; ");
            Ok(Reaction::hold(format!("BaseLinker order {} waits: {problems}", change.key)))
        }
    }
}
