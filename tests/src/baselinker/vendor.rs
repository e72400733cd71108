//! What the vendor does with one request, without any socket: time is an argument.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::Settings;
use super::faults::{Fault, Script};
use super::journal::Journal;
use super::limit::{Count, Now, Verdict};
use super::methods::{Account, Call, Refusal, perform, unknown_parameter};
use super::record::{Outcome, Record, Request};
use crate::wire::{Answer, Incoming, Manner};

const PATH: &str = "/connector.php";
const FORM: &str = "application/x-www-form-urlencoded";

pub struct Vendor {
    pub settings: Settings,
    pub account: Account,
    pub script: Script,
    pub record: Record,
    counts: HashMap<String, Count>,
}

/// A request that arrived and is not answered yet.
pub struct Pending {
    pub index: usize,
    verdict: Result<(), Answer>,
    fault: Option<Fault>,
}

impl Vendor {
    pub fn new(settings: Settings) -> Self {
        let mut account = Account {
            orders: Default::default(),
            catalog: Default::default(),
            journal: Journal::new(settings.journal),
            effects: Vec::new(),
            date_counts_with_id: settings.date_counts_with_id,
        };
        account.orders.seed(settings.seed);
        account.catalog.seed(settings.products);
        Self {
            settings,
            account,
            script: Script::default(),
            record: Record::default(),
            counts: HashMap::new(),
        }
    }

    /// Takes a request in: records it, counts it, decides whether it will be carried out.
    pub fn arrive(&mut self, incoming: &Incoming, now: Now) -> Pending {
        let form = Form::read(incoming);
        let token = incoming.header("X-BLToken").map(str::to_owned);
        let token = token.or_else(|| form.token.clone().filter(|_| self.settings.accept_form_token));
        let index = self.record.requests.len() + 1;
        let fault = self.script.next(index, &form.method);
        let verdict = self.judge(index, incoming, &form, token.as_deref(), now);
        self.record.requests.push(Request {
            index,
            at: now.mono,
            unix_ms: now.unix_ms,
            http: format!("{} {}", incoming.method, incoming.target),
            headers: incoming.headers.clone(),
            token,
            method: form.method,
            parameters: Value::Object(form.parameters),
            fault: fault.clone(),
            outcome: Outcome::Pending,
        });
        Pending { index, verdict, fault }
    }

    /// Carries the request out, or not, and words the answer.
    pub fn act(&mut self, pending: Pending, now: Now) -> Answer {
        let Some(fault) = pending.fault.clone() else {
            return self.carry_out(pending, now);
        };
        if let Some(answer) = self.inaction(&fault, pending.index) {
            return answer;
        }
        let token = self.record.requests[pending.index - 1].token.clone();
        let mut answer = self.carry_out(pending, now);
        match &fault {
            Fault::AnswerLost => answer.manner = Manner::ResetBefore,
            Fault::ResetMidBody => answer.manner = Manner::ResetMidBody,
            Fault::TruncatedJson => answer.body.truncate(answer.body.len() / 2),
            Fault::EchoTokenInData => echo_in_orders(&mut answer.body, &token.unwrap_or_default()),
            _ => answer.manner = fault.slow().map_or(Manner::Whole, Manner::Slow),
        }
        answer
    }

    /// Blocks every known token, as if another program had gone over the limit.
    pub fn block(&mut self, now: Now, length: std::time::Duration) {
        for token in &self.settings.tokens {
            self.counts.entry(token.clone()).or_default().block(now, length);
        }
    }

    fn judge(
        &mut self,
        index: usize,
        incoming: &Incoming,
        form: &Form,
        token: Option<&str>,
        now: Now,
    ) -> Result<(), Answer> {
        if let Some(wrong) = form.wrong.clone().or_else(|| wrong_address(incoming)) {
            self.record.violate(index, wrong);
            return Err(Answer::html(404, "<html><body><h1>Not Found</h1></body></html>"));
        }
        if let Some(name) = unknown_parameter(&form.method, &form.parameters) {
            self.record.violate(index, format!("{} has no parameter {name}", form.method));
        }
        let known = token.filter(|token| self.settings.tokens.iter().any(|known| known == token));
        let Some(token) = known else {
            return Err(refuse(&Refusal::new(&self.settings.auth_error, "Invalid user token")));
        };
        let count = self.counts.entry(token.to_owned()).or_default();
        let until = match count.arrive(&self.settings.limit, now) {
            Verdict::Admitted => return Ok(()),
            Verdict::Blocks { until } => {
                self.record.violate(index, "one request too many".into());
                until
            }
            Verdict::Blocked { until, told } => {
                if told {
                    self.record.violate(index, "a request during a block".into());
                }
                until
            }
        };
        Err(refuse(&Refusal::new("ERROR_BLOCKED_TOKEN", block_message(until, &self.settings.zone))))
    }

    fn carry_out(&mut self, pending: Pending, now: Now) -> Answer {
        if let Err(answer) = pending.verdict {
            return answer;
        }
        let request = &self.record.requests[pending.index - 1];
        let none = Map::new();
        let call = Call {
            request: pending.index,
            name: &request.method,
            parameters: request.parameters.as_object().unwrap_or(&none),
            now: now.unix_seconds(),
        };
        match perform(&mut self.account, &call) {
            Ok(mut answer) => {
                answer["status"] = json!("SUCCESS");
                Answer::json(answer.to_string().into_bytes())
            }
            Err(refusal) => refuse(&refusal),
        }
    }

    /// The answer of a fault that keeps the vendor from acting.
    fn inaction(&self, fault: &Fault, index: usize) -> Option<Answer> {
        let manner = |manner| Answer { manner, ..Answer::json(Vec::new()) };
        Some(match fault {
            Fault::Reset => manner(Manner::ResetBefore),
            Fault::Silent => manner(Manner::Silent),
            Fault::Html500 => Answer::html(500, "<html><body><h1>Internal Server Error</h1></body></html>"),
            Fault::Refuse { code, message } => refuse(&Refusal::new(code, message)),
            Fault::EchoTokenInError => {
                let token = self.record.requests[index - 1].token.clone().unwrap_or_default();
                refuse(&Refusal::new(
                    "ERROR_INTERNAL",
                    format!("Cannot load the account of token {token}, try later"),
                ))
            }
            _ => return None,
        })
    }
}

/// The form that a request's body holds.
#[derive(Default)]
struct Form {
    method: String,
    parameters: Map<String, Value>,
    token: Option<String>,
    /// What no client may send.
    wrong: Option<String>,
}

impl Form {
    fn read(incoming: &Incoming) -> Self {
        let mut form = Self::default();
        let kind = incoming.header("Content-Type").unwrap_or_default();
        if !kind.starts_with(FORM) {
            form.wrong = Some(format!("the content type {kind:?} instead of {FORM}"));
        }
        for (name, value) in url::form_urlencoded::parse(&incoming.body) {
            match name.as_ref() {
                "method" => form.method = value.into_owned(),
                "token" => form.token = Some(value.into_owned()),
                "parameters" => match serde_json::from_str(&value) {
                    Ok(parameters) => form.parameters = parameters,
                    // An empty object is an empty array where PHP wrote it.
                    Err(_) if value == "[]" => {}
                    Err(error) => {
                        form.wrong = Some(format!("parameters that are not a JSON object: {error}"))
                    }
                },
                other => form.wrong = Some(format!("an unknown form field {other}")),
            }
        }
        form
    }
}

fn wrong_address(incoming: &Incoming) -> Option<String> {
    let right = incoming.method == "POST" && incoming.target == PATH;
    (!right).then(|| format!("{} {} instead of POST {PATH}", incoming.method, incoming.target))
}

fn refuse(refusal: &Refusal) -> Answer {
    let body = json!({"status": "ERROR", "error_code": refusal.code, "error_message": refusal.message});
    Answer::json(body.to_string().into_bytes())
}

fn block_message(until: i64, zone: &TimeZone) -> String {
    let until = Timestamp::from_second(until).unwrap_or(Timestamp::MAX).to_zoned(zone.clone());
    format!("Query limit exceeded, token blocked until {}", until.strftime("%Y-%m-%d %H:%M:%S"))
}

fn echo_in_orders(body: &mut Vec<u8>, token: &str) {
    let Ok(mut answer) = serde_json::from_slice::<Value>(body) else {
        return;
    };
    for order in answer["orders"].as_array_mut().into_iter().flatten() {
        order["admin_comments"] = json!(format!("called with {token}"));
    }
    *body = answer.to_string().into_bytes();
}
