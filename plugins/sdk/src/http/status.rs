//! What an HTTP status that is no success stands for.

use super::Response;
use crate::{Error, clock};

pub(super) fn error(response: &Response, words: Option<String>) -> Error {
    let status = response.status();
    let code = format!("http-{status}");
    let message = match words {
        Some(words) => format!("the vendor answered {status}: {words}"),
        None => format!("the vendor answered {status}"),
    };
    match status {
        300..=399 => Error::config(code, format!("{message}, a redirect; set the final address")),
        401 | 403 => Error::auth(code, message),
        429 => Error::rate_limited(code, message, retry_after_ms(response)),
        408 | 425 | 500.. => Error::transient(code, message),
        _ => Error::rejected(code, message),
    }
}

/// The moment that a `Retry-After` in seconds names; 0 is no hint, and dates are the host's to read.
fn retry_after_ms(response: &Response) -> Option<u64> {
    let seconds: u64 = response.header("retry-after")?.trim().parse().ok()?;
    (seconds > 0).then(|| clock::now_ms().saturating_add(seconds.saturating_mul(1000)))
}
