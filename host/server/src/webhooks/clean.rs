//! What is kept of a verified request: no secret of the connection, and no credential of the sender.

use bytes::Bytes;
use serde_json::Value;
use windlass_sandbox::{
    egress::{MARK, Scrubber},
    spec::{Verify, VerifyIn, VerifyKind},
};

use super::Arrived;

/// Headers that hold credentials whoever sends them.
const CREDENTIALS: [&str; 3] = ["authorization", "proxy-authorization", "cookie"];

/// `secret` is what the request was verified by.
pub fn clean(verify: &Verify, secret: Option<&str>, scrubber: &Scrubber, arrived: &Arrived) -> Arrived {
    let place = verify.place.filter(|_| verify.kind == VerifyKind::Secret);
    let name = verify.name.as_deref().unwrap_or_default();
    let in_header = |header: &str| place == Some(VerifyIn::Header) && header.eq_ignore_ascii_case(name);
    let header = |(name, value): &(String, String)| {
        let hidden = CREDENTIALS.contains(&name.as_str()) || in_header(name);
        let value = if hidden { MARK.to_owned() } else { scrubber.scrub_text(value) };
        (name.clone(), value)
    };
    let query = match place {
        Some(VerifyIn::Query) => without_parameter(&arrived.query, name),
        _ => arrived.query.clone(),
    };
    let body = match (place, secret) {
        (Some(VerifyIn::Body), Some(secret)) => without_field(arrived.body.clone(), name, secret),
        _ => arrived.body.clone(),
    };
    let scrubbed = scrubber.scrub_data(&body);
    let body = if scrubbed.hits > 0 { Bytes::from(scrubbed.value.into_owned()) } else { body };
    Arrived {
        method: arrived.method.clone(),
        query: scrubber.scrub_text(&query),
        headers: arrived.headers.iter().map(header).collect(),
        body,
    }
}

/// The query as it came, but for the values of one parameter.
fn without_parameter(query: &str, name: &str) -> String {
    let clean = |part: &str| {
        let is_it = url::form_urlencoded::parse(part.as_bytes()).next().is_some_and(|(key, _)| key == name);
        match part.split_once('=').filter(|_| is_it) {
            Some((key, _)) => format!("{key}={MARK}"),
            None => part.to_owned(),
        }
    };
    query.split('&').map(clean).collect::<Vec<_>>().join("&")
}

/// A short secret is found by its place alone: elsewhere the same letters are data.
fn without_field(body: Bytes, pointer: &str, secret: &str) -> Bytes {
    let Ok(mut json) = serde_json::from_slice::<Value>(&body) else { return body };
    let is_it = |field: &Value| match field {
        Value::String(text) => text == secret,
        Value::Number(number) => number.as_str() == secret,
        _ => false,
    };
    match json.pointer_mut(pointer).filter(|field| is_it(field)) {
        Some(field) => *field = MARK.into(),
        None => return body,
    }
    json.to_string().into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use windlass_sandbox::egress::{CredentialKind, Credentials, Secret};

    use super::*;

    fn check(verify: Value, query: &str, body: &str) -> (String, Vec<(String, String)>, String) {
        let secret = ("s".to_owned(), Secret::new("short"), CredentialKind::Secret);
        let long = ("t".to_owned(), Secret::new("a-rather-long-token"), CredentialKind::Secret);
        let scrubber = Credentials::new([secret, long]).scrubber();
        let headers = [("authorization", "Basic x"), ("x-token", "short"), ("x-uri", "/a-rather-long-token")];
        let arrived = Arrived {
            method: "POST".into(),
            query: query.into(),
            headers: headers.map(|(name, value)| (name.into(), value.into())).into(),
            body: body.to_owned().into(),
        };
        let clean = clean(&serde_json::from_value(verify).unwrap(), Some("short"), &scrubber, &arrived);
        (clean.query, clean.headers, String::from_utf8(clean.body.to_vec()).unwrap())
    }

    #[test]
    fn no_secret_is_kept_wherever_it_stood() {
        let header = json!({ "kind": "secret", "in": "header", "name": "X-Token", "secret": "{s}" });
        let (query, headers, body) =
            check(header, "t=a-rather-long-token", r#"{"a":1.50,"t":"a-rather-long-token","s":"short"}"#);
        assert_eq!(query, "t=[secret]");
        let values: Vec<_> = headers.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["[secret]", "[secret]", "/[secret]"]);
        assert_eq!(body, r#"{"a":1.50,"t":"[secret]","s":"short"}"#, "a short one may be data");
        let in_query = json!({ "kind": "secret", "in": "query", "name": "key", "secret": "{s}" });
        assert_eq!(check(in_query, "a=%20&key=short&b", "").0, "a=%20&key=[secret]&b");
        let in_body = json!({ "kind": "secret", "in": "body", "name": "/auth/key", "secret": "{s}" });
        let (_, _, body) = check(in_body, "", r#"{"n":1.50,"auth":{"key":"short"},"z":"short"}"#);
        assert_eq!(body, r#"{"n":1.50,"auth":{"key":"[secret]"},"z":"short"}"#);
    }
}
