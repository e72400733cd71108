//! The API of a service.

use serde_json::Value;

use super::Host;

impl Host {
    /// GET below `/v1`; the status and the JSON, also of an error.
    pub fn get(&self, path: &str) -> (u16, Value) {
        self.try_get(path).expect("a ready service answers")
    }

    /// As [`get`](Self::get); none while the service is dead.
    pub fn try_get(&self, path: &str) -> Option<(u16, Value)> {
        let request = agent().get(format!("{}/v1/{path}", self.url()));
        let request = request.header("Authorization", format!("Bearer {}", self.token()));
        read(request.call())
    }

    /// POST of JSON below `/v1`; the status and the JSON, also of an error.
    pub fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = agent().post(format!("{}/v1/{path}", self.url()));
        let request = request.header("Authorization", format!("Bearer {}", self.token()));
        let request = request.header("Content-Type", "application/json");
        read(request.send(body.to_string())).expect("a ready service answers")
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
        let request = agent().post(format!("{}/v1/{path}", self.url()));
        let request = request.header("Authorization", format!("Bearer {}", self.token()));
        read(request.header("Idempotency-Key", key).send(input)).expect("a ready service answers")
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
