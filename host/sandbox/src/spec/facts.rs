//! What matchers look at: a request before credentials are attached to it.

use std::cell::OnceCell;

use serde_json::Value;
use url::{Url, form_urlencoded};

/// The facts of one request. The body is parsed when the first matcher asks.
pub struct RequestFacts<'a> {
    method: &'a str,
    url: &'a Url,
    content_type: Option<&'a str>,
    body: &'a [u8],
    parsed: OnceCell<Body>,
}

/// A body as the vendor must read it too.
pub(super) enum Body {
    Empty,
    Form(Vec<(String, String)>),
    Json(Value),
    /// It does not say what it is, says something else, or is not what it says.
    Unclear,
}

impl<'a> RequestFacts<'a> {
    /// `method` in upper case, `url` normalised; without `content_type`, a body is unclear.
    pub fn new(method: &'a str, url: &'a Url, content_type: Option<&'a str>, body: &'a [u8]) -> Self {
        RequestFacts { method, url, content_type, body, parsed: OnceCell::new() }
    }

    pub(super) fn method(&self) -> &str {
        self.method
    }

    pub(super) fn url(&self) -> &Url {
        self.url
    }

    pub(super) fn body(&self) -> &Body {
        self.parsed.get_or_init(|| self.parse())
    }

    fn parse(&self) -> Body {
        if self.body.is_empty() {
            return Body::Empty;
        }
        let kind = self.content_type.and_then(|text| text.split(';').next()).unwrap_or_default();
        let kind = kind.trim().to_ascii_lowercase();
        let is_like_json = matches!(self.body.trim_ascii_start().first(), Some(b'{' | b'['));
        if kind == "application/x-www-form-urlencoded" && !is_like_json {
            return Body::Form(form_urlencoded::parse(self.body).into_owned().collect());
        }
        if kind == "application/json" || kind.ends_with("+json") {
            return serde_json::from_slice(self.body).map_or(Body::Unclear, Body::Json);
        }
        Body::Unclear
    }
}
