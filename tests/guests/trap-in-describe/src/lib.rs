//! A connector that cannot even say what it is.

use schemars::JsonSchema;
use serde::Deserialize;
use windlass_sdk::{Connector, Spec};

/// Nothing to configure: it is never configured.
#[derive(Deserialize, JsonSchema)]
pub struct TrapInDescribe {}

impl Connector for TrapInDescribe {
    fn spec() -> Spec {
        panic!("this connector traps in describe")
    }
}

windlass_sdk::connector!(TrapInDescribe);
