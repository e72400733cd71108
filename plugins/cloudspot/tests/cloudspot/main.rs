//! The connector against a scripted Cloudspot. The numbers in the tests' comments are those of the
//! requirements: G for all connectors, C for this one.

mod company;
mod spec;
mod users;

use cloudspot::Cloudspot;
use serde_json::{Value, json};
use windlass_sdk::testing::{Answer, Sent, TestHost};

const BASE: &str = "https://erp.cloudspot.be/api/v1";

/// A connection for the company's data and for users.
fn host() -> TestHost<Cloudspot> {
    TestHost::new(json!({ "token": true, "application": "TimeApp" }))
}

fn expect_get(host: &TestHost<Cloudspot>, path: &str, answer: Answer) {
    host.expect("GET", &format!("{BASE}{path}")).answer(answer);
}

fn data(rows: Value) -> Answer {
    Answer::json(json!({ "status": "OK", "data": rows }))
}

fn refusal(status: u16, word: &str, message: &str) -> Answer {
    Answer::text(status, &json!({ "status": word, "message": message }).to_string())
}

fn header<'a>(sent: &'a Sent, name: &str) -> Option<&'a str> {
    let found = sent.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}
