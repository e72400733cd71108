//! The connector against a scripted Restigo. The numbers in the tests' comments are those of the
//! requirements: G for all connectors, R for this one.

mod actions;
mod create_pricing;
mod documents;
mod lists;
mod spec;
mod verdicts;

use restigo::Restigo;
use serde_json::{Value, json};
use windlass_sdk::testing::TestHost;

const API: &str = "https://suppliers.restigo.co.il/api/departments/thirdParty";

fn host() -> TestHost<Restigo> {
    host_with(json!({}))
}

fn host_with(config: Value) -> TestHost<Restigo> {
    TestHost::new(config)
}

fn url(path: &str) -> String {
    format!("{API}/{path}")
}
