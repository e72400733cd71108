//! Everything under `/v1` needs a bearer token.

use axum::{
    extract::{Request, State},
    http::header,
    middleware::Next,
    response::Response,
};

use super::Api;
use crate::problem::Problem;

pub async fn require_token(
    State(api): State<Api>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = given
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    match token {
        Some((_, token)) if api.admin.is(token.trim()) => Ok(next.run(request).await),
        Some(_) => Err(Problem::new(401, "token.unknown", "this token is not known here")
            .hint("the admin token stands in admin.token of the host's data folder; set WINDLASS_TOKEN to it")),
        None => Err(Problem::new(401, "token.missing", "a bearer token is needed")
            .hint("send `Authorization: Bearer TOKEN`; the admin token stands in admin.token of the host's data folder")),
    }
}
