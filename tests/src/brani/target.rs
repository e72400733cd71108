//! The target of a request: its path and its query.

use serde_json::{Map, Value};
use url::Url;

use crate::wire::Incoming;

pub struct Target {
    pub path: String,
    pub query: Map<String, Value>,
}

impl Target {
    pub fn of(incoming: &Incoming) -> Self {
        let url = Url::parse("http://brani.example").and_then(|base| base.join(&incoming.target));
        match url {
            Ok(url) => {
                let pairs = url.query_pairs().map(|(name, value)| (name.into_owned(), Value::from(value)));
                Self { path: url.path().to_owned(), query: pairs.collect() }
            }
            Err(_) => Self { path: incoming.target.clone(), query: Map::new() },
        }
    }
}

/// The token of `Authorization: Bearer`.
pub fn bearer(incoming: &Incoming) -> Option<String> {
    incoming.header("authorization")?.strip_prefix("Bearer ").map(str::to_owned)
}

/// The body as JSON; null if it is none.
pub fn json_body(incoming: &Incoming) -> Value {
    let is_json = incoming.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    let body = serde_json::from_slice(&incoming.body).ok();
    body.filter(|_| is_json).unwrap_or_default()
}
