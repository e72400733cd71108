//! What stands in for host and vendor during a test, one per thread.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use super::expectation::Expected;
use super::{Answer, Sent, intents};
use crate::Intent;
use crate::log::Level;
use crate::records::Record;

thread_local! {
    static SCRIPT: RefCell<Option<Script>> = const { RefCell::new(None) };
}

/// A vendor that answers by a function of the request.
pub(super) type Vendor = Box<dyn FnMut(&Sent) -> Answer>;

#[derive(Default)]
pub(super) struct Script {
    pub config: String,
    pub now_ms: u64,
    pub expected: VecDeque<Expected>,
    pub vendor: Option<Vendor>,
    pub sent: Vec<Sent>,
    pub safe: Value,
    /// The unsafe requests of the present call.
    pub intents: Vec<Intent>,
    /// How many requests the present call may still make.
    pub requests_left: u64,
    pub storage: BTreeMap<String, Vec<u8>>,
    /// By role, stream and key.
    pub records: BTreeMap<(String, String, String), Record>,
    pub blocked: BTreeMap<String, u64>,
    pub log: Vec<(Level, String)>,
}

impl Script {
    pub(super) fn answer(&mut self, sent: Sent) -> Answer {
        self.requests_left = self
            .requests_left
            .checked_sub(1)
            .unwrap_or_else(|| panic!("more requests than `max-requests` declares: {sent:?}"));
        let answer = self.next_answer(&sent);
        if !intents::is_safe(&self.safe, &sent) {
            self.intents.push(Intent {
                ordinal: u32::try_from(self.sent.len()).unwrap_or(u32::MAX),
                method: sent.method.clone(),
                url: sent.url.clone(),
                outcome: intents::outcome(&answer),
                at_ms: self.now_ms,
            });
        }
        self.sent.push(sent);
        answer
    }

    fn next_answer(&mut self, sent: &Sent) -> Answer {
        if let Some(expected) = self.expected.pop_front() {
            expected.expectation.check(sent);
            return expected.answer;
        }
        match &mut self.vendor {
            Some(vendor) => vendor(sent),
            None => panic!("no request was expected, but this came: {sent:?}"),
        }
    }
}

/// Makes `script` the one of this thread.
pub(super) fn begin(script: Script) {
    SCRIPT.with_borrow_mut(|present| {
        assert!(present.is_none(), "one test host at a time: drop the former first");
        *present = Some(script);
    });
}

/// Ends the script of this thread and hands it back.
pub(super) fn end() -> Option<Script> {
    SCRIPT.with_borrow_mut(Option::take)
}

/// Uses the script of this thread.
pub(super) fn with<T>(use_it: impl FnOnce(&mut Script) -> T) -> T {
    SCRIPT.with_borrow_mut(|script| {
        use_it(script.as_mut().expect("a capability needs a host: make a `TestHost` first"))
    })
}
