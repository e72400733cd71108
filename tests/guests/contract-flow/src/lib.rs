//! A flow that calls every function a flow may; kept like the guest `contract`, and bound to it.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use windlass_sdk::spec::{Role, Spec};
use windlass_sdk::{Change, Flow, Reaction, Result, log, records, storage};

/// The configuration.
#[derive(Deserialize, JsonSchema)]
pub struct ContractFlow {
    /// Rows with this id wait for a person.
    held: String,
}

impl Flow for ContractFlow {
    fn spec() -> Spec {
        Spec::new("contract-flow", "Contract's flow", "1.0.0")
            .role("from", Role::of("contract").follows("rows"))
            .role("to", Role::of("contract").asks("echo"))
    }

    fn react(&self, change: &Change) -> Result<Reaction> {
        log::info(format!("{} changed", change.key));
        if change.key == self.held {
            return Ok(Reaction::hold("told to wait"));
        }
        let known = records::get("from", "rows", &change.key)?.is_some();
        let all = records::list("from", "rows", None, 100)?.len();
        storage::set(&change.key, b"")?;
        let text = format!("{} known {known} of {all}", change.key);
        let input: Value = json!({ "text": text });
        Reaction::done().act("to", "echo", &input)
    }
}

windlass_sdk::flow!(ContractFlow);
