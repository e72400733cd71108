//! A connector that calls every function a connector may, so that one built against a released contract and
//! kept for ever (`tests/contract/`) shows that the host still has all of them.

use std::fmt::Display;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use windlass_sdk::spec::{Action, Limit, Repeat, Spec, Stream, Verify, Webhook};
use windlass_sdk::{
    ActRequest, CheckOutcome, Connector, Delivery, DeliveryOutcome, Error, Outcome, Page, ReadRequest,
    Result, http, log, rate_limit, storage,
};

const ROWS: &str = "rows";
const LIMIT: &str = "requests";

/// The configuration.
#[derive(Deserialize, JsonSchema)]
pub struct Contract {
    /// The vendor's address.
    base_url: String,
}

#[derive(Deserialize, Serialize, JsonSchema)]
struct Echo {
    text: String,
}

impl Connector for Contract {
    fn spec() -> Spec {
        Spec::new("contract", "Contract", "1.0.0")
            .host("{base_url}")
            .limit(Limit::new(LIMIT, 1_000, 60))
            .stream(Stream::incremental(ROWS).key("/id").max_requests(3).keys_at_once(10))
            .action(Action::new::<Echo, Echo>("echo", Repeat::VendorKey))
            .webhook(Webhook::new("hook", Verify::address()))
    }

    fn check(&self) -> Result<CheckOutcome> {
        http::get(self.url("rows")).send()?.ok()?;
        Ok(CheckOutcome::saying("it answers"))
    }

    fn read(&self, request: &ReadRequest) -> Result<Page> {
        log::info(format!("reading {} with {} requests left", request.stream, rate_limit::remaining(LIMIT)?));
        rate_limit::acquire(LIMIT, 1)?;
        let asked =
            vec![http::get(self.url("rows")).timeout_ms(5_000), http::get(self.url("rows")).query("page", 2)];
        let mut answers = http::send_all(asked).into_iter();
        let mut answer =
            || answers.next().unwrap_or_else(|| Err(Error::other("answers", "one is missing")))?.ok();
        let (first, second) = (answer()?, answer()?);
        expect("field", first.field("/count")?.as_deref(), Some("2"))?;
        expect("header", first.header("content-type").as_deref(), Some("application/json"))?;
        expect("bytes", first.bytes().len(), second.text()?.len())?;
        let rows = first.pick("/rows", "/id")?;
        expect("keys", rows.keys(), vec!["1".to_owned(), "2".to_owned()])?;
        expect("fields", rows.integers("/id"), vec![Some(1), Some(2)])?;
        expect("members", second.pick_members("/members", "/id")?.len(), 1)?;
        remember()?;
        Page::of(rows.keep(&[0, 1])?)
            .record("made", json!({ "id": "made" }).to_string())
            .deleted("gone")
            .last(&1)
    }

    fn act(&self, request: &ActRequest) -> Result<Outcome> {
        match request.state::<u32>()? {
            None => Outcome::again(&1),
            Some(_) => {
                let answer = http::post(self.url("echo")).json(&request.input::<Echo>()?).send()?.ok()?;
                Outcome::done(&answer.json::<Value>()?)
            }
        }
    }

    fn receive(&self, delivery: &Delivery) -> Result<DeliveryOutcome> {
        let event: Value = delivery.json()?;
        let key = event["id"].as_str().unwrap_or_default();
        let echo = Echo { text: format!("of {key}") };
        DeliveryOutcome::new().record(ROWS, key, event.to_string()).act("echo", &echo, key)
    }
}

impl Contract {
    fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.base_url.trim_end_matches('/'))
    }
}

/// Goes through what storage can do.
fn remember() -> Result<()> {
    storage::set("a", b"1")?;
    expect("set-if", storage::set_if("a", Some(b"1"), b"2")?, true)?;
    expect("set-if", storage::set_if("a", Some(b"1"), b"3")?, false)?;
    expect("get", storage::get("a")?, Some(b"2".to_vec()))?;
    expect("list", storage::list("", None, 10)?.len(), 1)?;
    storage::delete("a")?;
    expect("delete", storage::get("a")?, None)?;
    // Refused: the past is no time to wait for.
    rate_limit::block_until(LIMIT, 1).or(Ok(()))
}

fn expect<T: PartialEq>(what: impl Display, found: T, expected: T) -> Result<()> {
    match found == expected {
        true => Ok(()),
        false => Err(Error::other("contract", format!("{what} is not what the contract says"))),
    }
}

windlass_sdk::connector!(Contract);
