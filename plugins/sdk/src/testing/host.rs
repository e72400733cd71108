//! The host of a test: calls the connector as a real one would, and commits what a call returned.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::thread;

use serde_json::Value;

use super::script::{self, Script};
use super::{Answer, Expectation, Sent, fits, spec};
use crate::act::Step;
use crate::connector::open;
use crate::{
    ActRequest, CheckOutcome, Connector, Delivery, DeliveryOutcome, Error, Intent, Page, ReadRequest, Result,
};

/// Midnight of 2024-01-01 in UTC: a test's clock stands there until it is moved.
const START_MS: u64 = 1_704_067_200_000;

/// Requests that a check may make, as a host allows.
const CHECK_REQUESTS: u64 = 3;

/// More pages or steps than any test means: the connector does not get on.
const MAX_CALLS: usize = 10_000;

/// Calls a connector natively; the vendor is scripted, time stands still, storage is in memory.
///
/// Every call gets a new connector, what a failed call wrote is dropped, a call that makes more
/// requests than its declaration says panics, and so does the drop of a host that still expects a
/// request.
pub struct TestHost<C> {
    spec: Value,
    checkpoints: BTreeMap<String, String>,
    records: BTreeMap<String, BTreeMap<String, Value>>,
    acts: BTreeMap<String, Attempts>,
    connector: PhantomData<C>,
}

/// What one sync, from its first page to its last, brought.
#[derive(Debug, Default)]
pub struct Synced {
    /// Keys and records, in the order they came.
    pub records: Vec<(String, Value)>,
    /// Keys of deleted records.
    pub deleted: Vec<String>,
    /// How many calls it took.
    pub pages: usize,
    /// Records that differ from the stream's schema, and where.
    pub differing: Vec<String>,
}

#[derive(Default)]
struct Attempts {
    attempt: u32,
    intents: Vec<Intent>,
    state: Option<String>,
}

impl Synced {
    /// The keys of the records, in the order they came.
    pub fn keys(&self) -> Vec<&str> {
        self.records.iter().map(|(key, _)| key.as_str()).collect()
    }
}

impl<C: Connector> TestHost<C> {
    /// A connection with this configuration: an object, with `true` for an optional secret that is set.
    ///
    /// # Panics
    /// If the spec or the configuration is not valid.
    pub fn new(config: Value) -> Self {
        let spec = spec::<C>();
        let full = fits::with_secrets(&spec["config"], &config);
        fits::check(&spec["config"], &full)
            .unwrap_or_else(|why| panic!("the configuration is not valid: {why}"));
        script::begin(Script {
            config: config.to_string(),
            now_ms: START_MS,
            safe: spec["safe-requests"].clone(),
            ..Script::default()
        });
        Self {
            spec,
            checkpoints: BTreeMap::new(),
            records: BTreeMap::new(),
            acts: BTreeMap::new(),
            connector: PhantomData,
        }
    }

    /// Expects a request next, after those already expected.
    pub fn expect(&self, method: &str, url: &str) -> Expectation {
        Expectation::new(method, url)
    }

    /// A vendor that answers all requests that are not expected one by one.
    pub fn vendor(&self, vendor: impl FnMut(&Sent) -> Answer + 'static) {
        script::with(|script| script.vendor = Some(Box::new(vendor)));
    }

    /// Another configuration for the same connection.
    pub fn configure(&self, config: &Value) {
        script::with(|script| script.config = config.to_string());
    }

    /// Checks configuration and credentials.
    pub fn check(&mut self) -> Result<CheckOutcome> {
        self.call(CHECK_REQUESTS, || open::<C>()?.check())
    }

    /// Reads a stream from its checkpoint to its last page, each page committed.
    pub fn sync(&mut self, stream: &str) -> Result<Synced> {
        let mut synced = Synced::default();
        while self.read_page(stream, &mut synced)? {
            assert!(synced.pages < MAX_CALLS, "the walk of `{stream}` does not end");
        }
        if self.declared("streams", stream)["kind"] == "snapshot" {
            self.records.insert(stream.into(), synced.records.iter().cloned().collect());
            // As a host does: the next walk begins at its beginning.
            self.checkpoints.remove(stream);
        }
        Ok(synced)
    }

    /// Reads one page of a stream into `synced`. Says whether there is another.
    pub fn read_page(&mut self, stream: &str, synced: &mut Synced) -> Result<bool> {
        let request = self.read_request(stream, &[]);
        let page = self.read(&request)?;
        let more = page.more;
        self.commit(stream, page, synced);
        Ok(more)
    }

    /// Reads single records.
    pub fn read_keys(&mut self, stream: &str, keys: &[&str]) -> Result<Synced> {
        let request = self.read_request(stream, keys);
        let mut page = self.read(&request)?;
        page.checkpoint = None;
        let mut synced = Synced::default();
        self.commit(stream, page, &mut synced);
        Ok(synced)
    }

    /// Performs an action to its end. Called again with the same key it is another attempt, which
    /// is told the requests of the former ones.
    pub fn act(&mut self, action: &str, key: &str, input: &Value) -> Result<Value> {
        let declared = self.declared("actions", action).clone();
        fits::check(&declared["input"], input).map_err(|why| Error::rejected("input", why))?;
        for _ in 0..MAX_CALLS {
            if let Some(output) = self.act_once(action, key, input, &declared)? {
                fits::check(&declared["output"], &output)
                    .unwrap_or_else(|why| panic!("the output is not valid: {why}"));
                return Ok(output);
            }
        }
        panic!("the action `{action}` does not end");
    }

    /// Receives a delivery.
    pub fn receive(&mut self, delivery: &Delivery) -> Result<DeliveryOutcome> {
        self.call(1, || open::<C>()?.receive(delivery))
    }

    /// What a stream holds now.
    pub fn records(&self, stream: &str) -> BTreeMap<String, Value> {
        self.records.get(stream).cloned().unwrap_or_default()
    }

    /// The last committed checkpoint.
    pub fn checkpoint(&self, stream: &str) -> Option<&str> {
        self.checkpoints.get(stream).map(String::as_str)
    }

    /// Every request so far.
    pub fn sent(&self) -> Vec<Sent> {
        script::with(|script| script.sent.clone())
    }

    /// Until when the connector blocked a limit; milliseconds since 1970.
    pub fn blocked_until(&self, limit: &str) -> Option<u64> {
        script::with(|script| script.blocked.get(limit).copied())
    }

    /// Now; milliseconds since 1970.
    pub fn now_ms(&self) -> u64 {
        script::with(|script| script.now_ms)
    }

    /// Moves the clock on.
    pub fn advance_seconds(&self, seconds: u64) {
        script::with(|script| script.now_ms += seconds * 1000);
    }

    fn declared(&self, part: &str, name: &str) -> &Value {
        let mut declared = self.spec[part].as_array().into_iter().flatten();
        declared
            .find(|declared| declared["name"] == name)
            .unwrap_or_else(|| panic!("the spec has no `{name}` among its {part}"))
    }

    fn read_request(&self, stream: &str, keys: &[&str]) -> ReadRequest {
        ReadRequest {
            stream: stream.into(),
            checkpoint: self.checkpoints.get(stream).cloned(),
            state: u32::try_from(self.spec["state"].as_u64().unwrap_or(0)).unwrap_or(0),
            keys: keys.iter().map(|&key| key.into()).collect(),
            full: false,
        }
    }

    fn read(&mut self, request: &ReadRequest) -> Result<Page> {
        let requests = self.declared("streams", &request.stream)["max-requests"].as_u64();
        self.call(requests.unwrap_or(1), || open::<C>()?.read(request))
    }

    fn commit(&mut self, stream: &str, page: Page, synced: &mut Synced) {
        let schema = fits::compile(&self.declared("streams", stream)["schema"]);
        let kept = page.rows.into_iter().flat_map(|rows| rows.0.0);
        let made = page.records.into_iter().map(|(key, json)| {
            let json = serde_json::from_str(&json);
            (key, json.unwrap_or_else(|error| panic!("a record is not JSON: {error}")))
        });
        let records = self.records.entry(stream.into()).or_default();
        for (key, record) in kept.chain(made) {
            if let Err(why) = fits::differences(&schema, &record) {
                synced.differing.push(format!("{key}: {why}"));
            }
            records.insert(key.clone(), record.clone());
            synced.records.push((key, record));
        }
        for key in page.deleted {
            records.remove(&key);
            synced.deleted.push(key);
        }
        if let Some(checkpoint) = page.checkpoint {
            self.checkpoints.insert(stream.into(), checkpoint);
        }
        synced.pages += 1;
    }

    fn act_once(
        &mut self,
        action: &str,
        key: &str,
        input: &Value,
        declared: &Value,
    ) -> Result<Option<Value>> {
        let mut attempts = self.acts.remove(key).unwrap_or_default();
        attempts.attempt += 1;
        let request = ActRequest {
            action: action.into(),
            input: input.to_string(),
            key: key.into(),
            attempt: attempts.attempt,
            intents: attempts.intents.clone(),
            state: attempts.state.clone(),
        };
        let requests = declared["max-requests"].as_u64().unwrap_or(1);
        let outcome = self.call(requests, || open::<C>()?.act(&request));
        attempts.intents.extend(script::with(|script| script.intents.split_off(0)));
        let output = outcome.map(|outcome| match outcome.0 {
            Step::Done(output) => {
                Some(serde_json::from_str(&output).expect("an output is made from a value"))
            }
            Step::Again { state, not_before_ms } => {
                attempts.state = Some(state);
                script::with(|script| {
                    script.now_ms = script.now_ms.max(not_before_ms.unwrap_or(0));
                });
                None
            }
        });
        self.acts.insert(key.into(), attempts);
        output
    }

    fn call<T>(&mut self, requests: u64, call: impl FnOnce() -> Result<T>) -> Result<T> {
        let before = script::with(|script| {
            script.requests_left = requests;
            script.intents.clear();
            script.storage.clone()
        });
        let result = call();
        if result.is_err() {
            script::with(|script| script.storage = before);
        }
        result
    }
}

impl<C> Drop for TestHost<C> {
    fn drop(&mut self) {
        let left = script::end().map_or(0, |script| script.expected.len());
        assert!(left == 0 || thread::panicking(), "{left} expected requests did not come");
    }
}
