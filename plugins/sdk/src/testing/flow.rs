//! The host of a flow's test: shows it changes, and gives it the records of its roles.

use std::marker::PhantomData;

use serde_json::Value;

use super::script::{self, Script};
use super::{fits, flow_spec};
use crate::Result;
use crate::connector::open;
use crate::flow::{Change, ChangeKind, FailedAction, Flow, Reaction};
use crate::records::Record;

/// Midnight of 2024-01-01 in UTC.
const AT_MS: u64 = 1_704_067_200_000;

/// Calls a flow natively; records and storage are in memory.
pub struct TestFlow<F> {
    sequence: u64,
    flow: PhantomData<F>,
}

impl<F: Flow> TestFlow<F> {
    /// A flow with this configuration: an object.
    ///
    /// # Panics
    /// If the spec or the configuration is not valid.
    pub fn new(config: &Value) -> Self {
        let spec = flow_spec::<F>();
        fits::check(&spec["config"], config)
            .unwrap_or_else(|why| panic!("the configuration is not valid: {why}"));
        script::begin(Script { config: config.to_string(), now_ms: AT_MS, ..Script::default() });
        Self { sequence: 0, flow: PhantomData }
    }

    /// A record that is there, without telling the flow of it.
    pub fn record(&mut self, role: &str, stream: &str, key: &str, record: &Value) {
        self.sequence += 1;
        let record = Record { key: key.into(), json: record.to_string(), sequence: self.sequence };
        script::with(|script| script.records.insert((role.into(), stream.into(), key.into()), record));
    }

    /// Writes a record and shows the flow its change.
    pub fn change(&mut self, role: &str, stream: &str, key: &str, record: &Value) -> Result<Reaction> {
        let known = script::with(|script| {
            script.records.contains_key(&(role.to_owned(), stream.to_owned(), key.to_owned()))
        });
        self.record(role, stream, key, record);
        let kind = if known { ChangeKind::Updated } else { ChangeKind::Created };
        self.show(&Change { json: Some(record.to_string()), ..self.unmade(role, stream, key, kind) })
    }

    /// Shows the flow its record again, after an action that it asked for in answer to it came to nothing.
    pub fn failed(
        &mut self,
        role: &str,
        stream: &str,
        key: &str,
        record: &Value,
        action: (&str, &str),
    ) -> Result<Reaction> {
        let failed = FailedAction {
            run: 1,
            role: action.0.into(),
            action: action.1.into(),
            code: "rejected".into(),
            message: "the vendor said no".into(),
        };
        let change = self.unmade(role, stream, key, ChangeKind::Updated);
        self.show(&Change { json: Some(record.to_string()), failed: vec![failed], ..change })
    }

    /// Removes a record and shows the flow its deletion.
    pub fn deletion(&mut self, role: &str, stream: &str, key: &str) -> Result<Reaction> {
        self.sequence += 1;
        script::with(|script| script.records.remove(&(role.into(), stream.into(), key.into())));
        self.show(&self.unmade(role, stream, key, ChangeKind::Deleted))
    }

    /// Shows the flow any change. What a failed call wrote to its storage is dropped.
    pub fn show(&self, change: &Change) -> Result<Reaction> {
        let before = script::with(|script| script.storage.clone());
        let reaction = open::<F>()?.react(change);
        if reaction.is_err() {
            script::with(|script| script.storage = before);
        }
        reaction
    }

    /// Another configuration for the same flow.
    pub fn configure(&mut self, config: &Value) {
        script::with(|script| script.config = config.to_string());
    }

    /// The lines that the flow has logged.
    pub fn logged(&self) -> Vec<String> {
        script::with(|script| script.log.iter().map(|(_, line)| line.clone()).collect())
    }

    fn unmade(&self, role: &str, stream: &str, key: &str, kind: ChangeKind) -> Change {
        Change {
            role: role.into(),
            stream: stream.into(),
            sequence: self.sequence,
            kind,
            key: key.into(),
            json: None,
            origin: "sync:1".into(),
            at_ms: AT_MS,
            failed: Vec::new(),
        }
    }
}

impl<F> Drop for TestFlow<F> {
    fn drop(&mut self) {
        script::end();
    }
}
