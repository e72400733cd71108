//! What a person is told who asked for something that cannot be done: one type for the API and
//! everything behind it.

use std::{borrow::Cow, fmt};

use serde_json::{Map, Value};
use windlass_db::DbError;
use windlass_sandbox::LoadError;

use crate::registry::RegistryError;

/// An answer other than the one asked for. On the wire it is `application/problem+json`:
///
/// ```json
/// {"type": "urn:windlass:problem:connection.missing", "title": "Not Found", "status": 404,
///  "code": "connection.missing", "detail": "there is no connection shop", "hint": "…", "pointer": "/config/url"}
/// ```
#[derive(Debug, Clone)]
pub struct Problem {
    pub status: u16,
    /// Stable and dotted.
    pub code: Cow<'static, str>,
    /// A sentence for the person who asked.
    pub detail: String,
    /// What to do next, with the exact setting or command.
    pub hint: Option<String>,
    /// JSON Pointer into the request's body.
    pub pointer: Option<String>,
    /// More members of the answer. Boxed, since a `Result` is as large as its error.
    pub members: Box<Map<String, Value>>,
}

impl Problem {
    pub fn new(status: u16, code: impl Into<Cow<'static, str>>, detail: impl fmt::Display) -> Self {
        let detail = detail.to_string();
        Problem { status, code: code.into(), detail, hint: None, pointer: None, members: Box::default() }
    }

    pub fn bad_request(code: &'static str, detail: impl fmt::Display) -> Self {
        Problem::new(400, code, detail)
    }

    /// A query parameter makes no sense.
    pub fn bad_param(name: &str, detail: impl fmt::Display) -> Self {
        Problem::new(400, "request.parameter", format!("parameter `{name}`: {detail}")).with("param", name)
    }

    pub fn missing(noun: &str, name: impl fmt::Display) -> Self {
        Problem::new(404, format!("{noun}.missing"), format!("there is no {noun} {name}"))
    }

    pub fn conflict(code: &'static str, detail: impl fmt::Display) -> Self {
        Problem::new(409, code, detail)
    }

    pub fn unprocessable(code: &'static str, detail: impl fmt::Display) -> Self {
        Problem::new(422, code, detail)
    }

    /// Something was to be changed from a revision that is no longer the present one.
    pub fn moved(name: &str, revision: i64, now: i64) -> Self {
        Problem::outdated(format!("{name} is at revision {now} by now, and this was made from {revision}"))
    }

    /// Something was to be changed from what it no longer is.
    pub fn outdated(detail: impl fmt::Display) -> Self {
        Problem::conflict("connection.moved", detail)
    }

    /// A change that what is there does not allow, under a code of its own; other errors as they are.
    pub fn refused(code: &'static str, error: DbError) -> Self {
        match error {
            DbError::Conflict(message) => Problem::conflict(code, message),
            error => error.into(),
        }
    }

    /// The host's own fault: the person learns that it happened, the log learns what.
    pub fn host(error: impl fmt::Display) -> Self {
        tracing::error!(%error, "a request failed");
        Problem::new(500, "host", "the host failed; its log says why")
            .hint("look at the output of `windlass serve`")
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = Some(pointer.into());
        self
    }

    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.members.insert(member.to_owned(), value.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl std::error::Error for Problem {}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Missing { noun, name } => Problem::missing(noun, name),
            DbError::Conflict(message) => Problem::conflict("conflict", message),
            DbError::Outdated => Problem::conflict("conflict", error),
            DbError::Repeated { ref value, ref pointer, ref connection, .. } => {
                let (pointer, value) = (format!("/config{pointer}"), value.clone());
                let connection = connection.clone();
                Problem::conflict("connection.repeated", error)
                    .at(pointer)
                    .with("value", value)
                    .with("connection", connection)
            }
            DbError::Expired { oldest } => Problem::new(410, "changes.expired", error_text(oldest))
                .with("oldest", oldest)
                .hint("read the stream's records again and follow from their `as_of`"),
            DbError::Nul(what) => {
                Problem::bad_request("request.nul", format!("{what} holds a NUL character"))
            }
            DbError::LeaseLost | DbError::Newer { .. } | DbError::Open(_) | DbError::Sql(_) => {
                Problem::host(error)
            }
        }
    }
}

fn error_text(oldest: i64) -> String {
    format!("changes before {oldest} are no longer kept")
}

impl From<LoadError> for Problem {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Refused(_) => Problem::unprocessable("connector.refused", error),
            LoadError::Spec(_) => Problem::unprocessable("connector.spec", error)
                .hint("wit/spec.schema.json describes every member"),
            LoadError::Describe(_) => Problem::unprocessable("connector.describe", error),
            LoadError::Host(_) => Problem::host(error),
        }
    }
}

impl From<RegistryError> for Problem {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::NotActive(ref name) => Problem::conflict("connector.not-active", &error)
                .hint(format!("approve a version with `windlass connector approve {name}`")),
            RegistryError::Load(error) => error.into(),
            RegistryError::Db(error) => error.into(),
        }
    }
}
