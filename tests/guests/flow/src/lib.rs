//! A flow for tests: what it does with a change stands in the changed record itself, in `then`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use windlass_sdk::spec::{Role, Spec};
use windlass_sdk::{Change, Error, Flow, Reaction, Result, records, storage};

/// A flow between two connections of the guest that misbehaves when it is told to.
#[derive(Deserialize, JsonSchema)]
struct Guest {
    /// Records that want to be held are let through when this is set.
    #[serde(default)]
    forgiving: bool,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    then: String,
    n: i64,
}

impl Flow for Guest {
    fn spec() -> Spec {
        Spec::new("flow-guest", "Flow guest", "1.0.0")
            .role("from", Role::of("misbehave").follows("items"))
            .role("to", Role::of("misbehave").asks("put"))
    }

    fn react(&self, change: &Change) -> Result<Reaction> {
        storage::set("last", change.sequence.to_string().as_bytes())?;
        let Some(asked) = change.record::<Asked>()? else {
            return Ok(Reaction::done());
        };
        match asked.then.as_str() {
            "hold" if !self.forgiving => Ok(Reaction::hold(format!("record {} wants to wait", change.key))),
            "fail" => Err(Error::transient("told-to", "the record says so")),
            "copy-known" => {
                let known = records::get("from", "items", &change.key)?;
                let input: Value = known.map_or(Value::Null, |known| json!({ "sequence": known.sequence }));
                Reaction::done().act("to", "put", &input)
            }
            "ignore" => Ok(Reaction::done()),
            _ => Reaction::done().act("to", "put", &json!({ "n": asked.n })),
        }
    }
}

windlass_sdk::flow!(Guest);
