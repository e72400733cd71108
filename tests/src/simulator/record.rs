//! What the simulator saw: every request, and every breach of the vendor's rules.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::faults::Fault;
use super::limit::max_in_any_window;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// No answer has left yet.
    Pending,
    /// The whole answer left.
    Answered,
    /// The connection ended before the whole answer had left.
    Broken,
}

#[derive(Clone, Debug, Serialize)]
pub struct Request {
    /// Counts from 1.
    pub index: usize,
    /// Since the simulator started, when the whole request was there.
    pub at: Duration,
    pub unix_ms: i64,
    /// Method and target of the HTTP request.
    pub http: String,
    pub headers: Vec<(String, String)>,
    pub token: Option<String>,
    /// What the vendor's people call it: the API's method, or the HTTP method and the path.
    pub method: String,
    /// What the vendor read out of query, form or body.
    pub parameters: Value,
    #[serde(skip)]
    pub body: Vec<u8>,
    pub fault: Option<Fault>,
    pub outcome: Outcome,
}

#[derive(Clone, Debug, Serialize)]
pub struct Violation {
    /// The number of the request.
    pub request: usize,
    pub what: String,
}

#[derive(Clone, Debug, Default)]
pub struct Record {
    pub requests: Vec<Request>,
    pub violations: Vec<Violation>,
}

impl Record {
    pub fn violate(&mut self, request: usize, what: String) {
        self.violations.push(Violation { request, what });
    }

    /// The most requests with any one token in any stretch of `window`.
    pub fn max_in_any_window(&self, window: Duration) -> usize {
        let mut arrivals: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for request in &self.requests {
            arrivals.entry(request.token.as_deref()).or_default().push(request.at);
        }
        arrivals.values().map(|arrivals| max_in_any_window(arrivals, window)).max().unwrap_or(0)
    }
}
