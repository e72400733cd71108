//! The API of a service.

use std::io::{BufRead, BufReader};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use ureq::RequestBuilder;

use super::Host;

/// A test sees all the events it waits for within this.
const EVENTS_MAX: Duration = Duration::from_secs(60);

impl Host {
    /// GET below `/v1`; the status and the JSON, also of an error.
    pub fn get(&self, path: &str) -> (u16, Value) {
        self.try_get(path).expect("a ready service answers")
    }

    /// As [`get`](Self::get); none while the service is dead.
    pub fn try_get(&self, path: &str) -> Option<(u16, Value)> {
        let request = self.authorized(agent().get(format!("{}/v1/{path}", self.url())));
        read(request.call())
    }

    /// PATCH below `/v1`; the status and the JSON, also of an error.
    pub fn patch(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.authorized(agent().patch(format!("{}/v1/{path}", self.url())));
        read(request.send(body.to_string())).expect("a ready service answers")
    }

    /// POST below `/v1`; the status and the JSON, also of an error.
    pub fn post(&self, path: &str, body: &[u8]) -> (u16, Value) {
        let request = self.authorized(agent().post(format!("{}/v1/{path}", self.url())));
        read(request.send(body)).expect("a ready service answers")
    }

    /// POST of an action with its `Idempotency-Key`; the status and the JSON, also of an error.
    pub fn post_action(
        &self,
        connection: &str,
        action: &str,
        key: &str,
        input: &str,
        wait_s: u32,
    ) -> (u16, Value) {
        let path = format!("connections/{connection}/actions/{action}?wait={wait_s}");
        let request = self.authorized(agent().post(format!("{}/v1/{path}", self.url())));
        read(request.header("Idempotency-Key", key).send(input)).expect("a ready service answers")
    }
}

impl Host {
    /// POST of a component, with its signature's text as the API takes it.
    pub fn post_component(&self, wasm: &[u8], signature: Option<&str>) -> (u16, Value) {
        let request = self.authorized(agent().post(format!("{}/v1/connectors?approve=true", self.url())));
        let request = match signature {
            Some(text) => request.header("Windlass-Signature", BASE64_STANDARD.encode(text)),
            None => request,
        };
        read(request.send(wasm)).expect("a ready service answers")
    }
}

impl Host {
    /// Follows a stream's changes as events, from behind one of them: the lines as they come.
    pub fn events(
        &self,
        connection: &str,
        stream: &str,
        behind: i64,
    ) -> impl Iterator<Item = String> + use<> {
        let url = format!("{}/v1/connections/{connection}/streams/{stream}/changes", self.url());
        let request = self.authorized(agent().get(url));
        let request = request.header("Accept", "text/event-stream");
        let request = request.header("Last-Event-ID", behind.to_string());
        let request = request.config().timeout_global(Some(EVENTS_MAX)).build();
        let answer = request.call().expect("a ready service answers");
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        let lines = BufReader::new(answer.into_body().into_reader()).lines();
        lines.map(|line| line.expect("the service is there"))
    }

    /// PUT below `/v1`; the status and the JSON, also of an error.
    pub fn put(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.authorized(agent().put(format!("{}/v1/{path}", self.url())));
        read(request.send(body.to_string())).expect("a ready service answers")
    }
}

impl Host {
    fn authorized<B>(&self, request: RequestBuilder<B>) -> RequestBuilder<B> {
        request.header("Authorization", format!("Bearer {}", self.token()))
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

/// None if no whole answer came.
fn read(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Option<(u16, Value)> {
    let mut answer = answer.ok()?;
    let body = answer.body_mut().read_to_vec().ok()?;
    Some((answer.status().as_u16(), serde_json::from_slice(&body).unwrap_or(Value::Null)))
}
