//! placeholder
use schemars::JsonSchema;
use serde::Deserialize;
use windlass_sdk::{Connector, Secret, spec::Spec};

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "x")]
struct BaseLinker {
    token: Secret,
}
impl Connector for BaseLinker {
    fn spec() -> Spec {
        Spec::new("baselinker", "B", "1.0.0")
    }
}
windlass_sdk::connector!(BaseLinker);
