//! Problems on the wire, and what becomes of requests that no handler answers.

use std::panic::AssertUnwindSafe;

use axum::{
    extract::Request,
    http::{HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use serde_json::{Map, Value};

use crate::{codes, problem::Problem};

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Value::Object(body(self, status)).to_string()).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }
}

fn body(problem: Problem, status: StatusCode) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("type".into(), format!("urn:windlass:problem:{}", problem.code).into());
    body.insert("title".into(), status.canonical_reason().unwrap_or("Error").into());
    body.insert("status".into(), problem.status.into());
    let hint = problem.hint.or_else(|| codes::hint(&problem.code).map(str::to_owned));
    body.insert("code".into(), problem.code.into());
    body.insert("detail".into(), problem.detail.into());
    let optional = [("hint", hint), ("pointer", problem.pointer)];
    body.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))));
    body.extend(*problem.members);
    body
}

pub async fn no_route(uri: Uri) -> Problem {
    Problem::new(404, "request.path", format!("there is nothing at {}", uri.path()))
}

pub async fn no_method(method: Method, uri: Uri) -> Problem {
    Problem::new(405, "request.method", format!("{method} is not possible at {}", uri.path()))
}

/// A path without the secret part of a webhook's address.
fn loggable(path: &str) -> &str {
    const HOOKS: &str = "/hooks";
    if path.starts_with(HOOKS) { HOOKS } else { path }
}

/// A panic in a handler ends its request only.
pub async fn catch_panic(request: Request, next: Next) -> Response {
    let place = format!("{} {}", request.method(), loggable(request.uri().path()));
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(panic) => {
            let said = panic.downcast_ref::<String>().map(String::as_str);
            let said = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
            Problem::host(format!("a handler panicked at {place}: {said}")).into_response()
        }
    }
}
