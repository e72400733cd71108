//! Where vendors deliver: `/hooks/{connection}/{webhook}/{secret}`, outside `/v1` and without a token.
//!
//! Nothing here logs an address, and whatever is wrong with one is answered alike.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    body::{Body, Bytes},
    extract::{Path, Request, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;
use windlass_db::Accepted;
use windlass_sandbox::spec;

use super::Api;
use crate::{
    problem::Problem,
    webhooks::{Arrived, MOST_BODY_BYTES, NoRoom, NotKept, Target, TargetError, Unverified, Webhooks},
};

/// How long a body may take: a vendor's server sends a megabyte at once.
const LONGEST_BODY: Duration = Duration::from_secs(10);
/// As much of a body as is read, and not kept, so that its sender learns that it is too large.
const MOST_READ_BYTES: usize = 8 * MOST_BODY_BYTES;
/// An address that changes in the moment of a delivery is looked at again; twice in a row is no accident.
const TRIES: usize = 3;
/// Seconds after which a vendor may try again: a burst has passed, or a person has looked.
const SOON: u32 = 1;
const LATER: u32 = 60;

/// Why a delivery is not kept, and what the vendor is told.
enum Refusal {
    /// There is no such address. Every other fault of an address is told so, too.
    Address,
    Method,
    TooLarge,
    Slow,
    /// The connection broke off.
    Cut,
    Unverified,
    /// This address has too many requests at once, or the host has.
    Busy(NoRoom),
    /// Nothing can be verified until a person has set a secret, or the host works.
    Unready,
    NotKept,
}

type Names = Result<Path<(String, String, String)>, PathRejection>;

pub async fn receive(State(api): State<Api>, names: Names, request: Request) -> Response {
    match try_receive(&api, names, request).await {
        Ok(target) => answer(target.declared.answer.as_ref()),
        Err(refusal) => refusal.into_response(),
    }
}

/// For everything else below `/hooks`.
pub async fn nothing() -> Response {
    Refusal::Address.into_response()
}

async fn try_receive(api: &Api, names: Names, request: Request) -> Result<Arc<Target>, Refusal> {
    let Ok(Path((connection, webhook, secret))) = names else { return Err(Refusal::Address) };
    let mut target = find(api, &connection, &webhook, &secret).await?;
    let (parts, body) = request.into_parts();
    if !matches!(parts.method, Method::POST | Method::PUT | Method::PATCH | Method::GET) {
        return Err(Refusal::Method);
    }
    let expected = expected_bytes(&parts.headers);
    let room = &api.host.webhooks.room;
    let _place = room.enter(&target.room, expected.min(MOST_BODY_BYTES)).map_err(Refusal::Busy)?;
    let body = tokio::time::timeout(LONGEST_BODY, whole(body)).await.map_err(|_| Refusal::Slow)??;
    let arrived = arrived(&parts, body);
    for _ in 0..TRIES {
        if try_keep(api, &target, &arrived).await? {
            return Ok(target);
        }
        api.host.webhooks.targets.forget(&target);
        target = find(api, &connection, &webhook, &secret).await?;
    }
    Err(Refusal::NotKept)
}

/// False if what it was judged by no longer holds: it must be looked at again.
async fn try_keep(api: &Api, target: &Arc<Target>, arrived: &Arrived) -> Result<bool, Refusal> {
    let Webhooks { inbox, targets, .. } = &api.host.webhooks;
    if let Err(unverified) = target.verify(arrived) {
        // Perhaps by a secret that was changed meanwhile, on this host or another.
        let current = targets.is_current(&api.host, target).await;
        let current = current.map_err(|error| not_looked_at(target.names(), error))?;
        return if current { Err(refused(target, unverified)) } else { Ok(false) };
    }
    target.room.count(Instant::now()).map_err(Refusal::Busy)?;
    let kept = inbox.keep(target.delivery(arrived)).await;
    Ok(kept.map_err(|NotKept| Refusal::NotKept)? == Accepted::Kept)
}

async fn find(api: &Api, connection: &str, webhook: &str, secret: &str) -> Result<Arc<Target>, Refusal> {
    let found = api.host.webhooks.targets.find(&api.host, connection, webhook, secret).await;
    match found {
        Ok(Some(target)) => Ok(target),
        Ok(None) => Err(Refusal::Address),
        Err(error) => Err(not_looked_at((connection, webhook), error)),
    }
}

fn not_looked_at((connection, webhook): (&str, &str), error: TargetError) -> Refusal {
    match error {
        TargetError::NoRoom => Refusal::Busy(NoRoom::Host),
        TargetError::Db(_) | TargetError::Unusable(_) => {
            tracing::error!(connection, webhook, %error, "cannot look at a webhook");
            Refusal::Unready
        }
    }
}

fn refused(target: &Target, unverified: Unverified) -> Refusal {
    let (refusal, why) = match unverified {
        Unverified::Refused => (
            Refusal::Unverified,
            "a delivery does not prove to be the vendor's: is the secret the same there?",
        ),
        Unverified::NoSecret => (Refusal::Unready, "deliveries cannot be verified: their secret is not set"),
    };
    if target.room.warns(Instant::now()) {
        let (connection, webhook) = target.names();
        tracing::warn!(connection, webhook, "{why}");
    }
    refusal
}

/// What the vendor says, or the most it may send.
fn expected_bytes(headers: &HeaderMap) -> usize {
    let said = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    match said.map(str::parse::<usize>) {
        Some(said) => said.unwrap_or(usize::MAX),
        None if headers.contains_key(header::TRANSFER_ENCODING) => MOST_BODY_BYTES,
        None => 0,
    }
}

async fn whole(body: Body) -> Result<Bytes, Refusal> {
    let mut pieces = body.into_data_stream();
    let (mut bytes, mut length) = (Vec::new(), 0);
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| Refusal::Cut)?;
        length += piece.len();
        if length <= MOST_BODY_BYTES {
            bytes.extend_from_slice(&piece);
        } else if length > MOST_READ_BYTES {
            break;
        }
        // Between the two it is read and forgotten: who is still sending does not read what it is told.
    }
    if length > MOST_BODY_BYTES { Err(Refusal::TooLarge) } else { Ok(bytes.into()) }
}

fn arrived(parts: &Parts, body: Bytes) -> Arrived {
    let headers = parts.headers.iter();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Arrived {
        method: parts.method.to_string(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: headers.map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        body,
    }
}

/// What the spec says, to the first delivery and to its repeats.
fn answer(declared: Option<&spec::WebhookAnswer>) -> Response {
    let status = declared.and_then(|answer| answer.status).unwrap_or(200);
    let body = declared.and_then(|answer| answer.body.clone()).unwrap_or_default();
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&body).is_ok();
    let kind = if is_json { "application/json" } else { "text/plain; charset=utf-8" };
    let mut response = Response::new(Body::from(body.clone()));
    *response.status_mut() = status.try_into().unwrap_or_default();
    if !body.is_empty() {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    response
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (problem, retry_after) = match self {
            Refusal::Address => {
                (Problem::new(404, "delivery.address", "there is nothing at this address"), None)
            }
            Refusal::Method => {
                (Problem::new(405, "request.method", "deliveries come by POST, PUT, PATCH or GET"), None)
            }
            Refusal::TooLarge => {
                let most = MOST_BODY_BYTES >> 20;
                let detail = format!("the body is too large: at most {most} MiB are taken here");
                (Problem::new(413, "request.too-large", detail), None)
            }
            Refusal::Slow => (Problem::new(408, "delivery.slow", "the body did not come in time"), None),
            Refusal::Cut => (Problem::bad_request("request.body", "the body broke off"), None),
            Refusal::Unverified => (Problem::new(401, "delivery.unverified", Unverified::Refused), None),
            Refusal::Busy(NoRoom::Address) => {
                (Problem::new(429, "delivery.busy", "too many deliveries at once"), Some(SOON))
            }
            Refusal::Busy(NoRoom::Host) => {
                (Problem::new(503, "delivery.busy", "too many deliveries at once"), Some(SOON))
            }
            Refusal::Unready => (
                Problem::new(503, "delivery.unready", "deliveries cannot be verified at the moment"),
                Some(LATER),
            ),
            Refusal::NotKept => {
                (Problem::new(503, "delivery.not-kept", "the delivery could not be kept"), Some(SOON))
            }
        };
        let mut response = problem.into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
