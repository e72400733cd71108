//! A test kit: runs a connector natively against a scripted vendor, with no host and no network.
//!
//! ```
//! use schemars::JsonSchema;
//! use serde::Deserialize;
//! use serde_json::json;
//! use windlass_sdk::spec::{Spec, Stream};
//! use windlass_sdk::testing::{Answer, TestHost};
//! use windlass_sdk::{Connector, Page, ReadRequest, Result, http};
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct Shop {
//!     base_url: String,
//! }
//!
//! impl Connector for Shop {
//!     fn spec() -> Spec {
//!         let items = Stream::snapshot("items").key("/sku");
//!         Spec::new("shop", "Shop", "1.0.0").host("{base_url}").stream(items)
//!     }
//!
//!     fn read(&self, _: &ReadRequest) -> Result<Page> {
//!         let answer = http::get(format!("{}/items", self.base_url)).send()?.ok()?;
//!         Ok(Page::of(answer.pick("", "/sku")?.keep_all()?))
//!     }
//! }
//!
//! let mut host = TestHost::<Shop>::new(json!({ "base_url": "https://shop.example" }));
//! host.expect("GET", "https://shop.example/items").answer(Answer::json(json!([{ "sku": "a" }])));
//! assert_eq!(host.sync("items").unwrap().keys(), ["a"]);
//! ```

pub(crate) mod backend;

mod answer;
mod body;
mod expectation;
mod fits;
mod flow;
mod host;
mod intents;
mod script;
mod sent;

pub use answer::Answer;
pub use expectation::Expectation;
pub use flow::TestFlow;
pub use host::{Synced, TestHost};
pub use sent::Sent;

/// The whole spec of a connector as JSON, after checking it against the contract's schema.
///
/// # Panics
/// If the spec is not valid.
pub fn spec<C: crate::Connector>() -> serde_json::Value {
    valid(crate::spec::describe::<C>(C::spec()))
}

/// The whole spec of a flow as JSON, after checking it against the contract's schema.
///
/// # Panics
/// If the spec is not valid.
pub fn flow_spec<F: crate::Flow>() -> serde_json::Value {
    valid(crate::spec::describe::<F>(F::spec()))
}

fn valid(spec: serde_json::Value) -> serde_json::Value {
    let schema = include_str!("../../../../wit/spec.schema.json");
    let schema = serde_json::from_str(schema).expect("the contract's schema is JSON");
    fits::check(&schema, &spec).unwrap_or_else(|why| panic!("the spec is not valid: {why}"));
    spec
}
