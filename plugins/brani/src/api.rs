//! One call of the public API. Its answers may carry a status of their own, which counts: the vendor
//! sends its framework's exceptions as they are, successful ones included.

use serde_json::Value;
use windlass_sdk::http::{Request, Response};
use windlass_sdk::{Error, Result};

use crate::Brani;

impl Brani {
    pub(crate) fn call(&self, method: &str, path: &str) -> Request {
        Request::new(method, format!("{}{path}", self.base_url.trim_end_matches('/')))
    }
}

/// The answer if it says success in its status and in its body, else the error with the vendor's words.
pub fn judge(answer: Response) -> Result<Response> {
    if !answer.is_success() {
        return Err(refusal(answer));
    }
    let inner = match answer.scalar("/status_code") {
        Ok(inner) => inner.and_then(|text| text.parse::<u16>().ok()),
        Err(_) if answer.bytes().is_empty() => None,
        // A proxy's page, or JSON that was cut: nobody knows what Brani said.
        Err(unreadable) => return Err(unreadable),
    };
    match inner {
        Some(status) if !(200..300).contains(&status) => {
            Err(error(status, &words(&answer).unwrap_or_default()))
        }
        _ => Ok(answer),
    }
}

/// The error of an answer that says failure by its status.
pub fn refusal(answer: Response) -> Error {
    let (status, words) = (answer.status(), words(&answer));
    match (status, words) {
        // A wrong token is a 403 here.
        (400..=428 | 430..=499, Some(words)) => error(status, &words),
        // What waiting helps against, and redirects.
        _ => answer.ok().err().unwrap_or_else(|| error(status, "")),
    }
}

fn error(status: u16, words: &str) -> Error {
    let code = format!("http-{status}");
    let message = format!("Brani refused with {status}: {words}");
    match status {
        401 | 403 => Error::auth(code, message),
        408 | 425 | 429 | 500.. => Error::transient(code, message),
        _ => Error::rejected(code, message),
    }
}

/// What `detail` says: a text, or a list of places and what is wrong there. A web server's own page has
/// none.
pub fn words(answer: &Response) -> Option<String> {
    let detail: Value = serde_json::from_str(&answer.field("/detail").ok()??).ok()?;
    match detail {
        Value::String(text) => Some(text),
        Value::Array(problems) => Some(problems.iter().map(problem).collect::<Vec<_>>().join("; ")),
        _ => None,
    }
}

fn problem(problem: &Value) -> String {
    let steps = problem["loc"].as_array().into_iter().flatten();
    let place: Vec<String> =
        steps.map(|step| step.as_str().map_or_else(|| step.to_string(), str::to_owned)).collect();
    format!("{}: {}", place.join("."), problem["msg"].as_str().unwrap_or_default())
}
