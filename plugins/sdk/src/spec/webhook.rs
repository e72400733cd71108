//! Webhooks: what the vendor sends on its own.

use serde::Serialize;

/// An address at which the vendor reports. Every connection has one of its own, which no component sees:
/// `{webhook-url:NAME}` in the URL or body of a request is replaced by it on the wire, and in answers the
/// address is that placeholder again.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Webhook {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    verify: Verify,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ordering: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repeat_window_seconds: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<Answer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_requests: Option<u32>,
}

/// How the host knows that a delivery is the vendor's.
#[derive(Clone, Debug, Serialize)]
pub struct Verify {
    kind: &'static str,
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    place: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
}

/// Where a delivery carries its proof.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// A header, by its name.
    Header,
    /// A query parameter, by its name.
    Query,
    /// A JSON Pointer of the body.
    Body,
}

#[derive(Clone, Debug, Serialize)]
struct Answer {
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
}

impl Verify {
    /// By nothing but the address, which cannot be guessed.
    pub fn address() -> Self {
        Self { kind: "address", place: None, name: None, secret: None, encoding: None, prefix: None }
    }

    /// By a shared secret, a secret property as `{property}`.
    pub fn secret(place: Place, name: &str, secret: &str) -> Self {
        Self {
            kind: "secret",
            place: Some(place),
            name: Some(name.into()),
            secret: Some(secret.into()),
            encoding: None,
            prefix: None,
        }
    }

    /// By HMAC-SHA-256 of the body in a header; as hexadecimal, or else as base 64.
    pub fn hmac_sha_256(header: &str, secret: &str, hex: bool) -> Self {
        Self {
            kind: "hmac-sha-256",
            encoding: Some(if hex { "hex" } else { "base64" }),
            ..Self::secret(Place::Header, header, secret)
        }
    }

    /// What stands in the header before the secret or the HMAC, such as `sha256=` or `Bearer `.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.prefix = Some(prefix.into());
        self
    }
}

impl Webhook {
    /// A webhook that is verified so.
    pub fn new(name: &str, verify: Verify) -> Self {
        Self {
            name: name.into(),
            title: None,
            description: None,
            verify,
            event_id: None,
            ordering: None,
            repeat_window_seconds: None,
            answer: None,
            max_requests: None,
        }
    }

    /// A title for people.
    #[must_use]
    pub fn title(mut self, title: &str) -> Self {
        self.title = Some(title.into());
        self
    }

    /// When the vendor sends it.
    #[must_use]
    pub fn description(mut self, description: &str) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Where the body says the vendor's event id: a JSON Pointer. A repeat is dropped by it.
    #[must_use]
    pub fn event_id(mut self, pointer: &str) -> Self {
        self.event_id = Some(pointer.into());
        self
    }

    /// Deliveries with an equal value at this JSON Pointer are received in the order they came.
    #[must_use]
    pub fn ordering(mut self, pointer: &str) -> Self {
        self.ordering = Some(pointer.into());
        self
    }

    /// Without an event id: for how long an equal body is a repeat.
    #[must_use]
    pub fn repeat_window_seconds(mut self, seconds: u32) -> Self {
        self.repeat_window_seconds = Some(seconds);
        self
    }

    /// The most requests that receiving one delivery makes; none unless said. What must be asked of the
    /// vendor is better a follow-up read: deliveries that ask nothing are received in large groups.
    #[must_use]
    pub fn max_requests(mut self, requests: u32) -> Self {
        self.max_requests = Some(requests);
        self
    }

    /// What the vendor must be answered.
    #[must_use]
    pub fn answer(mut self, status: u16, body: Option<&str>) -> Self {
        self.answer = Some(Answer { status, body: body.map(Into::into) });
        self
    }
}
