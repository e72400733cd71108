//! Requests to the vendor. The host attaches credentials, counts limits, and refuses what the spec
//! did not ask for or the operator does not allow. Redirects are returned, never followed.

mod request;
mod response;
mod rows;
mod status;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

pub use request::{Request, delete, get, post, put};
pub(crate) use response::Container;
pub use response::Response;
pub use rows::{KeptRows, Rows};

use crate::{Error, Result, backend};

/// Sends in parallel, in no promised order; answers stand in the order of the requests.
pub fn send_all(requests: Vec<Request>) -> Vec<Result<Response>> {
    let prepared: Result<Vec<_>> = requests.into_iter().map(Request::prepare).collect();
    match prepared {
        Ok(parts) => backend::send_all(parts)
            .into_iter()
            .map(|answer| answer.map(Response).map_err(Error::from))
            .collect(),
        Err(error) => vec![Err(error)],
    }
}

/// Everything of a request, as it crosses to the host.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
    pub timeout_ms: Option<u32>,
}

/// Why there is no answer.
#[derive(Clone, Debug)]
pub(crate) enum NoAnswer {
    Denied(String),
    /// The vendor refused the login that the request needed.
    LoginRefused(String),
    RateLimited {
        message: String,
        until_ms: Option<u64>,
    },
    Timeout(String),
    TooLarge(String),
    Transport(String),
    Other(String),
}

impl From<NoAnswer> for Error {
    fn from(reason: NoAnswer) -> Self {
        match reason {
            NoAnswer::Denied(message) => Error::config("denied", message),
            NoAnswer::LoginRefused(message) => Error::auth("login-refused", message),
            NoAnswer::RateLimited { message, until_ms } => {
                Error::rate_limited("rate-limited", message, until_ms)
            }
            NoAnswer::Timeout(message) => Error::transient("timeout", message),
            NoAnswer::TooLarge(message) => Error::other("too-large", message),
            NoAnswer::Transport(message) => Error::transient("transport", message),
            NoAnswer::Other(message) => Error::other("http", message),
        }
    }
}
