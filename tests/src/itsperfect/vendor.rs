//! What the vendor does with one request, without any socket: time is an argument.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::address::Target;
use super::answers::unknown_parameter;
use super::orders::Orders;
use super::quota::Count;
use super::stock::Stock;
use super::{PASSWORD, Settings, TOKEN, USERNAME, WEBSHOP_TOKEN};
use crate::simulator::{self, Call, Now, Request};
use crate::wire::{Answer, Incoming};

pub struct Vendor {
    pub settings: Settings,
    pub orders: Orders,
    pub stock: Stock,
    pub count: Count,
}

impl Vendor {
    pub fn new(settings: Settings) -> Self {
        let mut orders = Orders::default();
        orders.seed(settings.orders);
        Self { settings, orders, stock: Stock::default(), count: Count::default() }
    }

    fn tell(&mut self, now: Now, answer: Answer) -> Answer {
        self.count.tell(&self.settings.quota, now, answer)
    }
}

impl simulator::Vendor for Vendor {
    const ECHO_FIELD: &'static str = "remark";

    fn read(&mut self, incoming: &Incoming) -> Call {
        let Some(target) = Target::read(&incoming.target) else {
            let wrong = Some(format!("{} is not below /api/v2/", incoming.target));
            return Call { method: incoming.method.clone(), wrong, ..Call::default() };
        };
        let mut call = Call {
            method: format!("{} {}", incoming.method, target.path),
            token: target.token,
            parameters: Value::Object(target.parameters),
            wrong: target.repeated.map(|name| format!("the parameter {name} stands there twice")),
        };
        if incoming.method != "GET" {
            call.wrong = call.wrong.or_else(|| wrong_body(incoming, &call.parameters));
            call.parameters = serde_json::from_slice(&incoming.body).unwrap_or_default();
        } else {
            call.wrong = call.wrong.or_else(|| unknown_parameter(&target.path, &call.parameters));
        }
        call
    }

    fn admit(
        &mut self,
        incoming: &Incoming,
        call: &Call,
        now: Now,
        breaches: &mut Vec<String>,
    ) -> Result<(), Answer> {
        if let Some(wrong) = &call.wrong {
            breaches.push(wrong.clone());
            return Err(self.refuse("404", "This resource does not exist"));
        }
        if !self.count.arrive(&self.settings.quota, now) {
            breaches.push("one request too many".into());
            let refusal =
                self.refuse(&self.settings.quota.status.to_string(), "The request limit is reached");
            return Err(self.tell(now, refusal));
        }
        let token = call.token.as_deref().unwrap_or_default();
        let refusal = match token {
            TOKEN | WEBSHOP_TOKEN if self.settings.basic && !knows(incoming) => {
                "The username or password is not correct".to_owned()
            }
            WEBSHOP_TOKEN if !webshop_may(&call.method) => format!("The token ({token}) may not do this"),
            TOKEN | WEBSHOP_TOKEN => return Ok(()),
            _ => format!("The authentication token ({token}) is not correct"),
        };
        let refusal = self.refuse("401", &refusal);
        Err(self.tell(now, refusal))
    }

    fn act(&mut self, request: &Request, now: Now) -> Answer {
        let answer = self.carry_out(request);
        let answer = answer.unwrap_or_else(|(status, why)| self.refuse(&status.to_string(), &why));
        self.tell(now, answer)
    }

    /// `code` is the HTTP status; without one it is 500.
    fn refuse(&self, code: &str, message: &str) -> Answer {
        let body = json!({"error": message}).to_string();
        Answer { status: code.parse().unwrap_or(500), ..Answer::json(body.into_bytes()) }
    }
}

fn knows(incoming: &Incoming) -> bool {
    let given = incoming.header("Authorization").and_then(|value| value.strip_prefix("Basic "));
    given == Some(&STANDARD.encode(format!("{USERNAME}:{PASSWORD}")))
}

/// What the vendor's page lists for webshop tokens, as far as it is simulated.
fn webshop_may(method: &str) -> bool {
    matches!(method, "GET stock" | "GET orders") || method.starts_with("GET orders/")
}

fn wrong_body(incoming: &Incoming, query: &Value) -> Option<String> {
    let kind = incoming.header("Content-Type").unwrap_or_default();
    if !kind.starts_with("application/json") {
        return Some(format!("the content type {kind:?} instead of application/json"));
    }
    if let Some(name) = query.as_object().and_then(|query| query.keys().next()) {
        return Some(format!("the parameter {name} beside a body"));
    }
    let body = serde_json::from_slice::<Map<String, Value>>(&incoming.body);
    body.err().map(|error| format!("a body that is not a JSON object: {error}"))
}
