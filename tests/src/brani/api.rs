//! The public API.

use serde_json::{Value, json};

use super::Shared;
use super::events::{is_general, is_kind};
use super::order::problems;
use super::target::{Target, bearer, json_body};
use crate::simulator::{Call, Now, Request, Vendor};
use crate::wire::{Answer, Incoming};

const SAVED: &str = "Uspesne ulozeno";

pub struct Api {
    pub(super) account: Shared,
}

impl Vendor for Api {
    const ECHO_FIELD: &'static str = "order_code";

    fn read(&mut self, incoming: &Incoming) -> Call {
        let Target { path, query } = Target::of(incoming);
        let body = json_body(incoming);
        let number = path.rsplit('/').next().is_some_and(|last| last.parse::<u64>().is_ok());
        let name = if number { path.rsplit_once('/').map_or("", |(path, _)| path) } else { &path };
        Call {
            method: format!("{} {name}", incoming.method),
            token: bearer(incoming),
            parameters: json!({ "path": path, "query": query, "body": body }),
            wrong: None,
        }
    }

    fn admit(&mut self, _: &Incoming, call: &Call, _: Now, breaches: &mut Vec<String>) -> Result<(), Answer> {
        let account = self.account.lock();
        if call.token.as_ref() != Some(&account.settings.token) {
            return Err(answer(403, &json!({ "detail": "Not authenticated" })));
        }
        let body = &call.parameters["body"];
        if call.method == "POST /eshop/info" && account.eshop.as_ref() == Some(&body["data"]) {
            breaches.push("the e-shop information was sent again, unchanged".into());
        }
        let twin = account.webhooks.iter().any(|w| body["event_type"] == *w.kind && body["url"] == *w.url);
        if call.method == "POST /webhook" && twin {
            breaches.push(format!("a webhook was registered twice: {body}"));
        }
        Ok(())
    }

    fn act(&mut self, request: &Request, now: Now) -> Answer {
        let (query, body) = (&request.parameters["query"], &request.parameters["body"]);
        match request.method.as_str() {
            "GET /eshop/info" => self.eshop(),
            "POST /eshop/info" => self.set_eshop(body),
            "POST /order/upsert" => self.upsert(body, now),
            "DELETE /order/delete" => self.delete(query),
            "GET /webhook" => self.webhooks(),
            "POST /webhook" => self.register(body),
            "GET /webhook/events" | "GET /webhook/events/general" => self.events(&request.parameters, now),
            _ => answer(404, &json!({ "detail": "Not Found" })),
        }
    }

    fn refuse(&self, code: &str, message: &str) -> Answer {
        answer(code.parse().unwrap_or(500), &json!({ "detail": message }))
    }
}

impl Api {
    fn eshop(&self) -> Answer {
        let account = self.account.lock();
        let summary = json!({
            "eshop_id": 4711, "eshop_name": "Čajovna U Kočky", "eshop_url": "https://cajovna.example",
            "enabled": true, "multieshop_id": null, "is_shoptet": false, "warehouse": null,
        });
        answer(
            200,
            &account.eshop.as_ref().map_or(Value::Null, |data| json!({ "data": data, "summary": summary })),
        )
    }

    fn set_eshop(&self, body: &Value) -> Answer {
        let Some(data) = body.get("data").filter(|data| data.is_object()) else {
            return unprocessable(vec![json!({ "loc": ["body", "data"], "msg": "field required" })]);
        };
        self.account.lock().eshop = Some(data.clone());
        answer(200, &json!({ "status_code": 200, "detail": SAVED, "headers": null }))
    }

    fn upsert(&self, body: &Value, now: Now) -> Answer {
        let problems = problems(body, now.unix_ms);
        if !problems.is_empty() {
            return unprocessable(problems);
        }
        let order = body["data"].clone();
        let code = order["code"].as_str().unwrap_or_default().to_owned();
        self.account.lock().orders.insert(code, order);
        answer(200, &json!({ "detail": SAVED }))
    }

    fn delete(&self, query: &Value) -> Answer {
        let mut account = self.account.lock();
        match account.orders.remove(query["order_code"].as_str().unwrap_or_default()) {
            Some(_) => Answer::json(Vec::new()),
            None => {
                answer(account.settings.unknown_order_status, &json!({ "detail": "Objednavka neexistuje" }))
            }
        }
    }

    fn webhooks(&self) -> Answer {
        let account = self.account.lock();
        let webhooks = account.webhooks.iter();
        let webhooks: Vec<_> =
            webhooks.map(|w| json!({ "id": w.id, "event_type": w.kind, "webhook_url": w.url })).collect();
        answer(200, &json!({ "webhook_urls": webhooks }))
    }

    fn register(&self, body: &Value) -> Answer {
        let (Some(kind), Some(url)) = (body["event_type"].as_str(), body["url"].as_str()) else {
            return unprocessable(vec![json!({ "loc": ["body"], "msg": "field required" })]);
        };
        if !is_kind(kind) || !url.starts_with("http") {
            return unprocessable(vec![
                json!({ "loc": ["body", "event_type"], "msg": "not a valid enumeration member" }),
            ]);
        }
        self.account.lock().register(kind, url);
        answer(200, &json!({ "detail": SAVED }))
    }

    fn events(&self, parameters: &Value, now: Now) -> Answer {
        let mut account = self.account.lock();
        if account.settings.busy > 0 {
            account.settings.busy -= 1;
            account.happen("status_change", "busy", &json!(-2), now);
        }
        let shrinks = account.settings.shrinks;
        account.deliver_oldest(shrinks, now);
        let path = parameters["path"].as_str().unwrap_or_default();
        let id: u64 = path.rsplit('/').next().and_then(|id| id.parse().ok()).unwrap_or(0);
        let query = parameters["query"].as_object().cloned().unwrap_or_default();
        let size = query.get("items_per_page").and_then(Value::as_str).and_then(|size| size.parse().ok());
        if query.get("page_number").is_none()
            || size.is_none_or(|size: usize| size > account.settings.page_max)
        {
            return unprocessable(vec![json!({ "loc": ["query", "items_per_page"], "msg": "out of range" })]);
        }
        let webhook = account.webhooks.iter().find(|webhook| webhook.id == id);
        match webhook.map(|webhook| is_general(&webhook.kind) == path.contains("/general/")) {
            Some(true) => account.page(id, &query).map_or_else(no_such_page, |page| answer(200, &page)),
            _ => answer(404, &json!({ "detail": "Webhook neexistuje" })),
        }
    }
}

fn no_such_page() -> Answer {
    answer(406, &json!({ "detail": "Strana neexistuje" }))
}

fn unprocessable(problems: Vec<Value>) -> Answer {
    answer(422, &json!({ "detail": problems }))
}

pub(super) fn answer(status: u16, body: &Value) -> Answer {
    Answer { status, ..Answer::json(body.to_string().into_bytes()) }
}
