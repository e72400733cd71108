//! The connector against a scripted instance. The numbers in the tests' comments are those of the
//! requirements: G for all connectors, O for this one.

mod create_order;
mod lists;
mod profile;
mod spec;
mod update_order;
mod verdicts;
mod webhook;

use optimakers::Optimakers;
use serde_json::{Value, json};
use windlass_sdk::testing::{Answer, TestHost};

const API: &str = "https://test.syneo.pl/api/v1";

fn host() -> TestHost<Optimakers> {
    host_with(json!({}))
}

/// A connection with this profile.
fn host_with(profile: Value) -> TestHost<Optimakers> {
    TestHost::new(json!({ "base_url": "https://test.syneo.pl/", "api_key": true, "profile": profile }))
}

fn url(path: &str) -> String {
    format!("{API}/{path}")
}

/// Rows or a record, as the stand-in sends them.
fn data(data: Value) -> Answer {
    Answer::json(json!({ "data": data }))
}

/// JSON whose numbers keep their digits.
fn exact(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}
