//! An answer, whose body stays with the host until it is asked for.

use serde::de::{DeserializeOwned, IgnoredAny};

use super::{Rows, status};
use crate::{Error, Result, backend, lenient};

/// A whole answer.
#[derive(Debug)]
pub struct Response(pub(super) backend::Answer);

/// What a JSON container holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Container {
    Elements,
    Members,
}

impl Response {
    /// Such as 200.
    pub fn status(&self) -> u16 {
        self.0.status()
    }

    /// Whether the status is one of the two hundreds. Not every vendor means success by it.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status())
    }

    /// Names in lower case, in the order they came.
    pub fn headers(&self) -> Vec<(String, String)> {
        self.0.headers()
    }

    /// The first header of a name.
    pub fn header(&self, name: &str) -> Option<String> {
        self.0.header(name)
    }

    /// This answer if its status says success, else the error that its status stands for: 401 and
    /// 403 are `auth`, 429 is `rate-limited` with what `Retry-After` says, 408, 425 and the five
    /// hundreds are `transient`, a redirect is `config`, the rest is `rejected`.
    pub fn ok(self) -> Result<Self> {
        if self.is_success() { Ok(self) } else { Err(status::error(&self, None)) }
    }

    /// As [`ok`](Self::ok); the error tells what the vendor says at a JSON Pointer of the body.
    pub fn ok_or_saying(self, pointer: &str) -> Result<Self> {
        if self.is_success() {
            return Ok(self);
        }
        let words = self.scalar(pointer).ok().flatten();
        Err(status::error(&self, words))
    }

    /// The body, copied into the component.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.bytes()
    }

    /// The body as text, copied into the component.
    pub fn text(&self) -> Result<String> {
        self.0.text().map_err(unreadable)
    }

    /// The body as JSON of a type, parsed in the component. [`pick`](Self::pick) is faster.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.bytes()).map_err(|error| match error.is_data() {
            true => unexpected(&error.to_string()),
            false => unreadable(error.to_string()),
        })
    }

    /// The JSON text at a JSON Pointer of the body; none if nothing is there.
    pub fn field(&self, pointer: &str) -> Result<Option<String>> {
        self.0.field(pointer).map_err(|message| self.why_not(message))
    }

    /// The text of the scalar at a JSON Pointer: text, number or flag alike.
    pub fn scalar(&self, pointer: &str) -> Result<Option<String>> {
        Ok(self.field(pointer)?.as_deref().and_then(lenient::text))
    }

    /// The elements of the array at a JSON Pointer. `key` is the JSON Pointer of the key inside an
    /// element; an element without it is an error that names the element.
    pub fn pick(&self, pointer: &str, key: &str) -> Result<Rows> {
        self.0.pick(pointer, Container::Elements, key).map(Rows).map_err(|message| self.why_not(message))
    }

    /// The members of the object at a JSON Pointer; an empty array counts as an empty object. With
    /// an empty `key` a member's name is its key.
    pub fn pick_members(&self, pointer: &str, key: &str) -> Result<Rows> {
        self.0.pick(pointer, Container::Members, key).map(Rows).map_err(|message| self.why_not(message))
    }

    /// Whose fault it is that something was not found: the vendor's if this is no JSON.
    fn why_not(&self, message: String) -> Error {
        match serde_json::from_slice::<IgnoredAny>(&self.bytes()) {
            Ok(_) => unexpected(&message),
            Err(_) => unreadable(message),
        }
    }
}

/// A body that is not what was expected is worth another try: cut answers and error pages pass.
fn unreadable(message: String) -> Error {
    Error::transient("unreadable-answer", format!("the vendor's answer cannot be read: {message}"))
}

/// A whole answer that is made otherwise is a matter for the connector: its pointers are wrong, or the vendor has
/// changed. It is tried again all the same.
fn unexpected(message: &str) -> Error {
    let message = format!("the vendor's answer is not as the connector expects it: {message}");
    Error::other("unexpected-answer", message)
}
