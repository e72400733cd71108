//! What the vendor does with one request, without any socket.

use serde_json::{Map, Value, json};

use super::Settings;
use super::book::Book;
use super::documents::{self, Documents};
use super::endpoints::{self, Endpoint, Parameters, Refusal};
use super::parameters;
use crate::simulator::{self, Call, Now, Request};
use crate::wire::{Answer, Incoming};

pub struct Vendor {
    pub settings: Settings,
    pub book: Book,
    pub documents: Documents,
}

impl Vendor {
    pub fn new(settings: Settings) -> Self {
        let book = Book::new(settings.seed);
        Self { settings, book, documents: Documents::default() }
    }

    fn perform(&mut self, endpoint: &Endpoint, request: &Request) -> Result<Value, Refusal> {
        let none = Map::new();
        let members = request.parameters.as_object().unwrap_or(&none);
        // Only a body has types, and its parameters are read from nowhere else.
        let given = Parameters { members, typed: !request.body.is_empty() };
        (endpoint.perform)(&mut self.book, &self.settings, &given)
    }

    fn answer(&self, status: u16, body: &Value) -> Answer {
        let text = body.to_string();
        let text = if self.settings.escapes { escaped(&text) } else { text };
        Answer { status, ..Answer::json(text.into_bytes()) }
    }
}

impl simulator::Vendor for Vendor {
    const ECHO_FIELD: &'static str = "item_name";

    fn read(&mut self, incoming: &Incoming) -> Call {
        if let Some(call) = documents::read(incoming) {
            return call;
        }
        let path = parameters::path(incoming);
        let method = format!("{} {}", incoming.method, path.unwrap_or(&incoming.target));
        let token = incoming.header("token").map(str::to_owned);
        let Some(endpoint) = endpoints::find(&method) else {
            let wrong = Some(format!("{} {} is no call of the API", incoming.method, incoming.target));
            return Call { method, token, wrong, ..Call::default() };
        };
        let reading = parameters::read(incoming, endpoint, self.settings.parameters);
        Call { method, token, parameters: Value::Object(reading.parameters), wrong: None }
    }

    fn admit(
        &mut self,
        incoming: &Incoming,
        call: &Call,
        _: Now,
        breaches: &mut Vec<String>,
    ) -> Result<(), Answer> {
        if documents::is_delivery(&call.method) {
            breaches.extend(documents::breaches(incoming));
            let wanted = self.settings.documents_authorization.as_deref();
            let known = wanted.is_none() || incoming.header("authorization") == wanted;
            return if known { Ok(()) } else { Err(self.refuse("401", "not authorized")) };
        }
        let Some(endpoint) = endpoints::find(&call.method) else {
            breaches.extend(call.wrong.clone());
            return Err(Answer::html(404, "<html><body><h1>Not Found</h1></body></html>"));
        };
        breaches.extend(parameters::read(incoming, endpoint, self.settings.parameters).breaches);
        let known = call.token.as_ref().is_some_and(|token| self.settings.tokens.contains(token));
        if known { Ok(()) } else { Err(self.refuse("401", "token not found")) }
    }

    fn act(&mut self, request: &Request, _: Now) -> Answer {
        if documents::is_delivery(&request.method) {
            let status = self.documents.take(request);
            return self.answer(status, &json!({}));
        }
        let endpoint = endpoints::find(&request.method).expect("a request of no endpoint is not admitted");
        match self.perform(endpoint, request) {
            Ok(body) => self.answer(if self.settings.only_200 { 200 } else { endpoint.success }, &body),
            Err(Refusal(status, message)) => self.answer(status, &json!({ "message": message })),
        }
    }

    /// A code that is no status is a fault inside the vendor.
    fn refuse(&self, code: &str, message: &str) -> Answer {
        self.answer(code.parse().unwrap_or(500), &json!({ "message": message }))
    }
}

/// JSON with every letter beyond ASCII as `\uXXXX`.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for unit in json.encode_utf16() {
        match u8::try_from(unit).ok().filter(u8::is_ascii) {
            Some(byte) => text.push(char::from(byte)),
            None => text.push_str(&format!("\\u{unit:04x}")),
        }
    }
    text
}
