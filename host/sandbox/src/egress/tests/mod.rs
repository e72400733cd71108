//! What egress promises, case by case; the network is loopback.

mod addresses;
mod canned;
mod grants;
mod logins;
mod recorder;
mod scrubbing;
mod sending;
mod wire;

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    Answer, Cidr, CredentialKind, Credentials, Egress, Grant, HttpError, OperatorPolicy, Request, Requests,
    Secret,
};
use crate::{meter::MemoryMeter, spec::Spec};

pub const TOKEN: &str = "tok-3f9a/71+c e\"2";
pub const PASSWORD: &str = "hunter2";

/// A spec with these hosts and attachments; `token`, `user` and `password` are secrets.
pub fn spec(hosts: &[&str], attach: Value) -> Arc<Spec> {
    let spec = json!({
        "spec": 1, "name": "shop", "version": "1.0.0", "title": "Shop",
        "config": { "type": "object", "properties": {
            "token": { "type": "string", "secret": true },
            "user": { "type": "string", "secret": true, "identifier": true },
            "password": { "type": "string", "secret": true },
            "tenant": { "type": "string" },
            "base_url": { "type": "string" }
        } },
        "hosts": hosts,
        "auth": [
            { "path-prefix": "/open", "attach": [] },
            { "attach": attach }
        ],
        "limits": [{ "name": "minute", "max": 100, "window-seconds": 60, "counts": [
            { "match": { "path-prefix": "/dear" }, "cost": 7 }
        ] }]
    });
    Arc::new(Spec::parse(&spec.to_string()).expect("a valid spec"))
}

pub fn policy(ranges: &[&str]) -> OperatorPolicy {
    let allow_private = ranges.iter().map(|range| range.parse::<Cidr>().expect("a range")).collect();
    OperatorPolicy { allow_private }
}

pub fn grant(hosts: &[&str], config: &Value, ranges: &[&str]) -> Result<Grant, String> {
    Grant::new(&spec(hosts, json!([])), config, &policy(ranges))
}

pub fn credentials() -> Arc<Credentials> {
    Arc::new(Credentials::new([
        ("token".to_owned(), Secret::new(TOKEN), CredentialKind::Secret),
        ("password".to_owned(), Secret::new(PASSWORD), CredentialKind::Secret),
        ("user".to_owned(), Secret::new("warehouse-berlin@shop.example"), CredentialKind::Identifier),
    ]))
}

/// Sends where memory is no matter.
pub trait Ask {
    async fn ask(&self, request: Request) -> Result<Answer, HttpError>;
}

impl Ask for Egress {
    async fn ask(&self, request: Request) -> Result<Answer, HttpError> {
        let memory = Arc::new(MemoryMeter::new(usize::MAX));
        self.send(request, &memory).await.expect("there is room")
    }
}
