//! Building a request.

use form_urlencoded::Serializer;
use serde::Serialize;

use super::{Parts, Response};
use crate::{Error, Result, backend};

/// One request. `{webhook-url:NAME}` in its URL or body is replaced by that webhook's address on
/// the wire.
#[derive(Clone, Debug)]
pub struct Request {
    parts: Parts,
    unfit: Option<Error>,
}

/// A GET request to an absolute URL.
pub fn get(url: impl Into<String>) -> Request {
    Request::new("GET", url)
}

/// A POST request to an absolute URL.
pub fn post(url: impl Into<String>) -> Request {
    Request::new("POST", url)
}

/// A PUT request to an absolute URL.
pub fn put(url: impl Into<String>) -> Request {
    Request::new("PUT", url)
}

/// A DELETE request to an absolute URL. It may carry a body: some vendors want one.
pub fn delete(url: impl Into<String>) -> Request {
    Request::new("DELETE", url)
}

impl Request {
    /// A request with any method to an absolute, percent-encoded URL.
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        let parts = Parts {
            method: method.into(),
            url: url.into(),
            headers: Vec::new(),
            body: None,
            timeout_ms: None,
        };
        Self { parts, unfit: None }
    }

    /// Adds a query parameter, encoded.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        let url = &mut self.parts.url;
        url.push(if url.contains('?') { '&' } else { '?' });
        let pair = Serializer::new(String::new()).append_pair(name, &value.to_string()).finish();
        url.push_str(&pair);
        self
    }

    /// Adds a header. Credentials are no business of a connector: declare
    /// [`Auth`](crate::spec::Auth). The host sets Host, Content-Length, Connection,
    /// Transfer-Encoding and all proxy headers by itself and refuses them here.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parts.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the body as it is.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.parts.body = Some(body.into());
        self.header("content-type", content_type)
    }

    /// Sets a form-encoded body.
    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        self.body("application/x-www-form-urlencoded", body)
    }

    /// Sets a JSON body. A value that has no JSON fails when the request is sent.
    #[must_use]
    pub fn json(mut self, value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => self.body("application/json", body),
            Err(error) => {
                self.unfit = Some(Error::other("request-body", error.to_string()));
                self
            }
        }
    }

    /// Lowers the time until the whole answer must have come.
    #[must_use]
    pub fn timeout_ms(mut self, timeout_ms: u32) -> Self {
        self.parts.timeout_ms = Some(timeout_ms);
        self
    }

    /// Sends it. Any answer is a success here; see [`Response::ok`].
    pub fn send(self) -> Result<Response> {
        Ok(Response(backend::send(self.prepare()?)?))
    }

    pub(super) fn prepare(self) -> Result<Parts> {
        match self.unfit {
            None => Ok(self.parts),
            Some(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_and_form_are_encoded() {
        let request = get("https://a.example/x?y=1").query("q", "a b&c");
        assert_eq!(request.parts.url, "https://a.example/x?y=1&q=a+b%26c");
        let request = post("https://a.example").form(&[("image", "a+b=")]);
        assert_eq!(request.parts.body.unwrap(), b"image=a%2Bb%3D");
    }
}
