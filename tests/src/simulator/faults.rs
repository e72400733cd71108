//! Faults that a test scripts, and the requests they hit.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Vendor;
use crate::wire::{Answer, Manner};

/// What goes wrong with one request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The connection is reset; the vendor did nothing.
    Reset,
    /// The vendor acts, then the connection is reset before the first byte of the answer.
    AnswerLost,
    /// The vendor acts, and half of the answer comes.
    ResetMidBody,
    /// The vendor does nothing and never answers.
    Silent,
    /// A web server's error page instead of the API; the vendor did nothing.
    Html500,
    /// The vendor acts, but its JSON ends in the middle.
    TruncatedJson,
    /// A whole answer in eight pieces, with this many milliseconds before each.
    SlowBody(u64),
    /// A refusal in the vendor's own words; nothing is done.
    Refuse { code: String, message: String },
    /// Another answer than the vendor's own; `acts` says whether it carries the request out.
    Instead { acts: bool, status: u16, body: String },
    /// A refusal whose message holds the caller's token; nothing is done.
    EchoTokenInError,
    /// A good answer in which a text of every record holds the caller's token.
    EchoTokenInData,
}

impl Fault {
    /// Whether the vendor carries the request out.
    pub fn acts(&self) -> bool {
        use Fault::*;
        matches!(
            self,
            AnswerLost
                | ResetMidBody
                | TruncatedJson
                | SlowBody(_)
                | EchoTokenInData
                | Instead { acts: true, .. }
        )
    }

    /// What becomes of the vendor's own answer to the caller with that token.
    pub fn spoil<V: Vendor>(&self, answer: Answer, token: &str) -> Answer {
        match self {
            Self::AnswerLost => Answer { manner: Manner::ResetBefore, ..answer },
            Self::ResetMidBody => Answer { manner: Manner::ResetMidBody, ..answer },
            Self::SlowBody(ms) => Answer { manner: Manner::Slow(Duration::from_millis(*ms)), ..answer },
            Self::TruncatedJson => {
                let half = answer.body.len() / 2;
                Answer { body: answer.body[..half].to_vec(), ..answer }
            }
            Self::EchoTokenInData => Answer { body: echo(&answer.body, V::ECHO_FIELD, token), ..answer },
            Self::Instead { status, body, .. } => {
                Answer { status: *status, ..Answer::json(body.clone().into_bytes()) }
            }
            _ => answer,
        }
    }

    /// The answer of a vendor that does nothing.
    pub fn answer<V: Vendor>(&self, vendor: &V, token: &str) -> Answer {
        let broken = |manner| Answer { manner, ..Answer::json(Vec::new()) };
        match self {
            Self::Reset => broken(Manner::ResetBefore),
            Self::Silent => broken(Manner::Silent),
            Self::Html500 => Answer::html(500, "<html><body><h1>Internal Server Error</h1></body></html>"),
            Self::Refuse { code, message } => vendor.refuse(code, message),
            Self::Instead { status, body, .. } => {
                Answer { status: *status, ..Answer::json(body.clone().into_bytes()) }
            }
            _ => vendor
                .refuse("ERROR_INTERNAL", &format!("Cannot load the account of token {token}, try later")),
        }
    }
}

/// Which requests a fault hits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// The n-th request that the simulator ever gets, from 1.
    Request(usize),
    /// The n-th request of a method from now on, from 1.
    Nth(String, usize),
    /// Every request of a method.
    Method(String),
    /// About one request in `one_in`, decided by the seed alone.
    Random {
        seed: u64,
        one_in: u32,
    },
    Always,
}

/// The faults in the order they were scripted; the first that fits a request hits it.
#[derive(Default)]
pub struct Script {
    lines: Vec<Line>,
}

struct Line {
    when: When,
    fault: Fault,
    /// Requests of the line's method met so far.
    met: usize,
    dice: Option<StdRng>,
}

impl Script {
    pub fn add(&mut self, when: When, fault: Fault) {
        let dice = match when {
            When::Random { seed, .. } => Some(StdRng::seed_from_u64(seed)),
            _ => None,
        };
        self.lines.push(Line { when, fault, met: 0, dice });
    }

    pub fn clear(&mut self) {
        self.lines.clear();
    }

    /// The fault for request number `index` (from 1), if one is due.
    pub fn next(&mut self, index: usize, method: &str) -> Option<Fault> {
        // Every line sees every request, so that a random line rolls its dice equally often
        // whatever stands before it.
        let hits: Vec<_> = self.lines.iter_mut().filter_map(|line| line.meet(index, method)).collect();
        hits.into_iter().next()
    }
}

impl Line {
    fn meet(&mut self, index: usize, method: &str) -> Option<Fault> {
        let hit = match &self.when {
            When::Request(n) => index == *n,
            When::Nth(name, n) => {
                self.met += usize::from(name == method);
                name == method && self.met == *n
            }
            When::Method(name) => name == method,
            When::Random { one_in, .. } => {
                self.dice.as_mut().is_some_and(|dice| dice.random_range(0..*one_in) == 0)
            }
            When::Always => true,
        };
        hit.then(|| self.fault.clone())
    }
}

/// Writes the token into a field of every element of the answer's lists.
fn echo(body: &[u8], field: &str, token: &str) -> Vec<u8> {
    let Ok(mut answer) = serde_json::from_slice::<Value>(body) else {
        return body.to_vec();
    };
    let lists: Vec<_> = match &mut answer {
        Value::Array(records) => vec![records],
        Value::Object(members) => members.values_mut().filter_map(Value::as_array_mut).collect(),
        _ => Vec::new(),
    };
    for record in lists.into_iter().flatten().filter_map(Value::as_object_mut) {
        record.insert(field.to_owned(), json!(format!("called with {token}")));
    }
    answer.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nth_request_of_a_method_is_counted_from_the_scripting() {
        let mut script = Script::default();
        script.add(When::Nth("getOrders".into(), 2), Fault::Reset);
        let hits: Vec<_> = ["getOrders", "addOrder", "getOrders", "getOrders"]
            .iter()
            .enumerate()
            .map(|(index, method)| script.next(index + 1, method).is_some())
            .collect();
        assert_eq!(hits, [false, false, true, false]);
    }

    #[test]
    fn a_seed_decides_alone_which_requests_are_hit() {
        let hits = |seed| {
            let mut script = Script::default();
            script.add(When::Random { seed, one_in: 3 }, Fault::Html500);
            (1..=60).map(|n| script.next(n, "getOrders").is_some()).collect::<Vec<_>>()
        };
        assert_eq!(hits(7), hits(7));
        assert_ne!(hits(7), hits(8));
        let count = hits(7).into_iter().filter(|&hit| hit).count();
        assert!((8..35).contains(&count), "{count} of 60");
    }
}
