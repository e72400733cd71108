//! A request that the connector sent.

use std::fmt;

use serde_json::Value;

use crate::http::Parts;

/// A request that the connector sent, as the host would see it before it attaches credentials.
#[derive(Clone)]
pub struct Sent {
    /// Such as `GET`.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// As set by the connector.
    pub headers: Vec<(String, String)>,
    /// Empty without one.
    pub body: Vec<u8>,
}

impl Sent {
    /// A field of a form-encoded body.
    pub fn form(&self, field: &str) -> Option<String> {
        let mut fields = form_urlencoded::parse(&self.body);
        fields.find(|(name, _)| name == field).map(|(_, value)| value.into_owned())
    }

    /// A field of a form-encoded body that holds JSON; null without one.
    pub fn form_json(&self, field: &str) -> Value {
        self.form(field).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl From<Parts> for Sent {
    fn from(parts: Parts) -> Self {
        Self {
            method: parts.method,
            url: parts.url,
            headers: parts.headers,
            body: parts.body.unwrap_or_default(),
        }
    }
}

impl fmt::Debug for Sent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        write!(formatter, "{} {} {:?} {body}", self.method, self.url, self.headers)
    }
}
