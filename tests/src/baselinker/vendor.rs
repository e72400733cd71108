//! What the vendor does with one request, without any socket: time is an argument.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::Settings;
use super::journal::Journal;
use super::methods::{self, Account, perform, unknown_parameter};
use crate::simulator::{self, Call, Count, Now, Request, Verdict};
use crate::wire::{Answer, Incoming};

const PATH: &str = "/connector.php";
const FORM: &str = "application/x-www-form-urlencoded";

pub struct Vendor {
    pub settings: Settings,
    pub account: Account,
    counts: HashMap<String, Count>,
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
        Self { settings, account, counts: HashMap::new() }
    }

    /// Blocks every known token, as if another program had gone over the limit.
    pub fn block(&mut self, now: Now, length: std::time::Duration) {
        for token in &self.settings.tokens {
            self.counts.entry(token.clone()).or_default().block(now, length);
        }
    }
}

impl simulator::Vendor for Vendor {
    const ECHO_FIELD: &'static str = "admin_comments";

    fn read(&mut self, incoming: &Incoming) -> Call {
        let form = Form::read(incoming);
        let token = incoming.header("X-BLToken").map(str::to_owned);
        Call {
            token: token.or_else(|| form.token.clone().filter(|_| self.settings.accept_form_token)),
            method: form.method,
            parameters: Value::Object(form.parameters),
            wrong: form.wrong.or_else(|| wrong_address(incoming)),
        }
    }

    fn admit(
        &mut self,
        _: &Incoming,
        call: &Call,
        now: Now,
        breaches: &mut Vec<String>,
    ) -> Result<(), Answer> {
        if let Some(wrong) = &call.wrong {
            breaches.push(wrong.clone());
            return Err(Answer::html(404, "<html><body><h1>Not Found</h1></body></html>"));
        }
        if let Some(name) = unknown_parameter(&call.method, &call.parameters) {
            breaches.push(format!("{} has no parameter {name}", call.method));
        }
        let known = call.token.as_ref().filter(|token| self.settings.tokens.contains(token));
        let Some(token) = known else {
            return Err(self.refuse(&self.settings.auth_error, "Invalid user token"));
        };
        let count = self.counts.entry(token.clone()).or_default();
        let until = match count.arrive(&self.settings.limit, now) {
            Verdict::Admitted => return Ok(()),
            Verdict::Blocks { until } => {
                breaches.push("one request too many".into());
                until
            }
            Verdict::Blocked { until, told } => {
                breaches.extend(told.then(|| "a request during a block".into()));
                until
            }
        };
        Err(self.refuse("ERROR_BLOCKED_TOKEN", &block_message(until, &self.settings.zone)))
    }

    fn act(&mut self, request: &Request, now: Now) -> Answer {
        let none = Map::new();
        let call = methods::Call {
            request: request.index,
            name: &request.method,
            parameters: request.parameters.as_object().unwrap_or(&none),
            now: now.unix_seconds(),
        };
        match perform(&mut self.account, &call) {
            Ok(mut answer) => {
                answer["status"] = json!("SUCCESS");
                Answer::json(answer.to_string().into_bytes())
            }
            Err(refusal) => self.refuse(&refusal.code, &refusal.message),
        }
    }

    fn refuse(&self, code: &str, message: &str) -> Answer {
        let body = json!({"status": "ERROR", "error_code": code, "error_message": message});
        Answer::json(body.to_string().into_bytes())
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

fn block_message(until: i64, zone: &TimeZone) -> String {
    let until = Timestamp::from_second(until).unwrap_or(Timestamp::MAX).to_zoned(zone.clone());
    format!("Query limit exceeded, token blocked until {}", until.strftime("%Y-%m-%d %H:%M:%S"))
}
