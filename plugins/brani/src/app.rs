//! The application's own API, which wants a login. Only what Brani's guide shows is known of it, so the
//! rest is asked by hand.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use windlass_sdk::http::{Request, Response};
use windlass_sdk::spec::{Action, Repeat, Stream};
use windlass_sdk::{ActRequest, Error, Outcome, Page, Result, lenient};

use crate::Brani;
use crate::api::refusal;

pub const SETTINGS: &str = "settings";
pub const REQUEST: &str = "app-request";

/// The one record's key: what a user sees is one thing.
const KEY: &str = "settings";

#[derive(Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

#[derive(Deserialize, JsonSchema)]
struct Asked {
    method: Method,
    /// Begins with `/api/`; Brani's own paths end with a slash.
    #[schemars(regex(pattern = "^/api/[^?#]*$"))]
    path: String,
    /// Parameters, each a text, a number or a flag.
    #[serde(default)]
    query: Map<String, Value>,
    /// Any JSON; left out, no body is sent.
    body: Option<Value>,
}

#[derive(Serialize, JsonSchema)]
struct Answered {
    status: u16,
    /// The answer: JSON as it came, or a text; null when it is empty.
    body: Value,
}

pub fn settings() -> Stream {
    Stream::incremental(SETTINGS)
        .title("Packer's settings")
        .description(
            "The settings of the application, with its filters, as one record. Brani does not document what \
             is in it. Needs `email` and `password`.",
        )
        .key("always `settings`")
        .every("6h")
        .schema(json!({ "description": "Brani does not document it." }))
}

pub fn request() -> Action {
    Action::new::<Asked, Answered>(REQUEST, Repeat::None).title("Ask the application").description(
        "Makes one request to the application's API, as the user whose `email` and `password` are set. \
             Only GET is repeated by itself: whether another one may be, only its caller knows. An answer of \
             the four hundreds is an error with the vendor's words.",
    )
}

pub fn read(shop: &Brani) -> Result<Page> {
    let answer = read_settings(shop)?;
    // Whatever is in it, it must be JSON; what is not is a page of a proxy.
    match answer.field("")? {
        Some(_) => Ok(Page::new().record(KEY, answer.text()?)),
        None => Err(Error::transient("unreadable-answer", "the application's answer is no JSON")),
    }
}

pub fn read_settings(shop: &Brani) -> Result<Response> {
    shop.app("GET", "/api/settings/").query("calculate_filters", true).send()?.ok_or_saying("/detail")
}

pub fn ask(shop: &Brani, request: &ActRequest) -> Result<Outcome> {
    let asked: Asked = request.input()?;
    if !asked.path.starts_with("/api/") {
        return Err(Error::rejected("path", "`path` must begin with `/api/`"));
    }
    let method = serde_json::to_value(asked.method).unwrap_or_default();
    let mut sent = shop.app(method.as_str().unwrap_or_default(), &asked.path);
    for (name, value) in &asked.query {
        let text = lenient::text(&value.to_string()).ok_or_else(|| {
            Error::rejected("query", format!("the parameter `{name}` is neither text, number nor flag"))
        })?;
        sent = sent.query(name, text);
    }
    if let Some(body) = &asked.body {
        sent = sent.json(body);
    }
    let answer = sent.send()?;
    match answer.status() {
        // Not allowed to this user; the login itself was accepted.
        403 => Err(Error::rejected("http-403", refusal(answer).message)),
        200..=299 => Outcome::done(&Answered { status: answer.status(), body: body(&answer)? }),
        _ => Err(refusal(answer)),
    }
}

fn body(answer: &Response) -> Result<Value> {
    let text = answer.text()?;
    Ok(match text.is_empty() {
        true => Value::Null,
        false => serde_json::from_str(&text).unwrap_or(Value::String(text)),
    })
}

impl Brani {
    fn app(&self, method: &str, path: &str) -> Request {
        Request::new(method, format!("{}{path}", self.app_url.trim_end_matches('/')))
    }
}
