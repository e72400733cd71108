//! The application's own API.

use serde_json::json;

use super::Shared;
use super::api::answer;
use super::target::{Target, bearer, json_body};
use crate::simulator::{Call, Now, Request, Vendor};
use crate::wire::{Answer, Incoming};

pub struct App {
    pub(super) account: Shared,
}

impl Vendor for App {
    const ECHO_FIELD: &'static str = "name";

    fn read(&mut self, incoming: &Incoming) -> Call {
        let Target { path, query } = Target::of(incoming);
        Call {
            method: format!("{} {path}", incoming.method),
            token: bearer(incoming),
            parameters: json!({ "query": query, "body": json_body(incoming) }),
            wrong: None,
        }
    }

    fn admit(&mut self, _: &Incoming, call: &Call, now: Now, _: &mut Vec<String>) -> Result<(), Answer> {
        let account = self.account.lock();
        match call.token.as_ref().is_some_and(|token| account.knows(token, now)) {
            true => Ok(()),
            false => Err(answer(401, &json!({ "detail": "Could not validate credentials" }))),
        }
    }

    fn act(&mut self, request: &Request, _: Now) -> Answer {
        let (query, body) = (&request.parameters["query"], &request.parameters["body"]);
        match request.method.as_str() {
            "GET /api/settings/" => {
                let filters =
                    (query["calculate_filters"] == "true").then(|| json!([{ "id": 1, "orders": 12 }]));
                answer(
                    200,
                    &json!({ "packer": { "name": "Balič 1", "weight_limit": 31.50 }, "filters": filters }),
                )
            }
            "POST /api/packing/set_remark/" => {
                let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
                self.account.lock().remarks.push((text("order_code"), text("remark")));
                answer(201, &json!({ "detail": "ok" }))
            }
            _ => answer(404, &json!({ "detail": "Not found." })),
        }
    }

    fn refuse(&self, code: &str, message: &str) -> Answer {
        answer(code.parse().unwrap_or(500), &json!({ "detail": message }))
    }
}
