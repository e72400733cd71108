//! What the scripted vendor answers.

use serde_json::Value;

use crate::http::NoAnswer;

/// An answer, or the reason why none came.
#[derive(Clone, Debug)]
pub struct Answer(pub(super) Result<Whole, NoAnswer>);

#[derive(Clone, Debug)]
pub(super) struct Whole {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// 200 with a JSON body.
    pub fn json(body: Value) -> Self {
        Self::text(200, &body.to_string()).header("content-type", "application/json")
    }

    /// Any status with any body.
    pub fn text(status: u16, body: &str) -> Self {
        Self(Ok(Whole { status, headers: Vec::new(), body: body.into() }))
    }

    /// Adds a header; the name in lower case.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Ok(whole) = &mut self.0 {
            whole.headers.push((name.into(), value.into()));
        }
        self
    }

    /// No whole answer in time; the vendor may have acted.
    pub fn timeout() -> Self {
        Self(Err(NoAnswer::Timeout("no answer in time".into())))
    }

    /// The connection broke; the vendor may have acted.
    pub fn broken() -> Self {
        Self(Err(NoAnswer::Transport("the connection broke".into())))
    }

    /// The answer is larger than a call may read.
    pub fn too_large() -> Self {
        Self(Err(NoAnswer::TooLarge("the answer is too large".into())))
    }

    /// The host cannot say more than this.
    pub fn failed(message: &str) -> Self {
        Self(Err(NoAnswer::Other(message.into())))
    }

    /// The host refuses; nothing is sent.
    pub fn denied() -> Self {
        Self(Err(NoAnswer::Denied("not allowed".into())))
    }

    /// The vendor refused the login that the request needs; nothing is sent.
    pub fn login_refused() -> Self {
        Self(Err(NoAnswer::LoginRefused("the vendor refused the login".into())))
    }

    /// A limit has no room; nothing is sent.
    pub fn rate_limited(until_ms: u64) -> Self {
        let message = "the limit has no room".into();
        Self(Err(NoAnswer::RateLimited { message, until_ms: Some(until_ms) }))
    }
}
