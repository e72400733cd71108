//! Everything between a guest's `http.send` and the wire.
//!
//! A request is normalised, judged by the [`Grant`], given its credentials (after a login, where the spec
//! asks for one: `logged_in`), counted by the [`RateLimiter`], announced to [`Intents`] when it is unsafe,
//! sent by a [`Transport`], and its answer scrubbed. A guest sees no credential, and nothing is sent that
//! was not allowed and counted.
//!
//! To add a rule about what may be sent: put it into `prepare`, before anything is counted.

mod address;
mod attach;
pub(crate) mod base64_body;
mod credentials;
mod disguises;
mod grant;
mod headers;
mod intents;
mod limiter;
mod logged_in;
mod login;
mod message;
mod network;
mod prepare;
mod requests;
mod resolver;
mod scrub;
mod session;
#[cfg(test)]
mod tests;
mod trace;
mod transport;
mod webhook_addresses;

use std::borrow::Cow;
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU32, Ordering::Relaxed},
};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::Value;

pub use address::{Cidr, CidrError};
pub use credentials::{CredentialKind, Credentials, Secret};
pub use grant::{Grant, OperatorPolicy};
pub use intents::{IntentOutcome, Intents};
pub use limiter::{Ended, LimitError, LimitErrorKind, Permit, RateLimited, RateLimiter};
pub use login::LOGIN_TIMEOUT;
pub use message::{Answer, Exchange, HttpError, HttpErrorKind, Request, Withheld};
pub use network::Network;
pub use requests::Requests;
pub use scrub::{MARK, MIN_SECRET_BYTES_IN_DATA, MIN_SECRET_BYTES_IN_TEXTS, Scrubbed, Scrubber};
pub use session::{Credential, Look, Opened, Session, Sessions, Turn};
pub use transport::{Reach, Transport, TransportError, TransportErrorKind, WireAnswer, WireRequest};
pub use webhook_addresses::WebhookAddresses;

use crate::{
    meter::{MemoryMeter, OverMemory},
    spec::Spec,
};
use prepare::Prepared;
pub(crate) use trace::Trace;

/// What the requests of one call may take; the default is for one request.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// The stream's or action's `max-requests`.
    pub max_requests: u32,
    /// Of one answer, after decompression.
    pub max_body_bytes: usize,
    /// Address, headers and body of one request.
    pub max_request_bytes: usize,
    /// Of one request.
    pub max_headers: usize,
    pub default_timeout: Duration,
    pub max_timeout: Duration,
}

/// Whole collections come in one answer from some vendors. A call's memory bounds it besides.
const MAX_BODY_BYTES: usize = 32 << 20;
/// Batches of products with their texts; images go by address.
const MAX_REQUEST_BYTES: usize = 8 << 20;
/// Far more than any vendor reads.
const MAX_HEADERS: usize = 64;
/// Vendors cut off their own work after 30 s, as do the proxies in front of them.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
const MAX_TIMEOUT: Duration = Duration::from_secs(60);

impl Default for Bounds {
    fn default() -> Self {
        Bounds {
            max_requests: 1,
            max_body_bytes: MAX_BODY_BYTES,
            max_request_bytes: MAX_REQUEST_BYTES,
            max_headers: MAX_HEADERS,
            default_timeout: DEFAULT_TIMEOUT,
            max_timeout: MAX_TIMEOUT,
        }
    }
}

/// The requests of one call.
pub struct Egress {
    spec: Arc<Spec>,
    config: Arc<Value>,
    grant: Arc<Grant>,
    credentials: Arc<Credentials>,
    scrubber: Arc<Scrubber>,
    transport: Arc<dyn Transport>,
    limiter: Arc<dyn RateLimiter>,
    intents: Arc<dyn Intents>,
    sessions: Arc<dyn Sessions>,
    bounds: Bounds,
    clock: Arc<dyn Fn() -> i64 + Send + Sync>,
    requests: AtomicU32,
    /// Sessions that this call has opened, by scope and number.
    opened: Mutex<Vec<(Arc<str>, i64)>>,
    trace: Trace,
    webhooks: Arc<WebhookAddresses>,
}

impl Egress {
    /// `config` is the connection's, with its defaults and without its secrets; `clock` tells Unix
    /// milliseconds for traces.
    #[expect(clippy::too_many_arguments, reason = "all that a request depends on, given once per call")]
    pub fn new(
        spec: Arc<Spec>,
        config: Arc<Value>,
        grant: Arc<Grant>,
        credentials: Arc<Credentials>,
        transport: Arc<dyn Transport>,
        limiter: Arc<dyn RateLimiter>,
        intents: Arc<dyn Intents>,
        sessions: Arc<dyn Sessions>,
        bounds: Bounds,
        clock: Arc<dyn Fn() -> i64 + Send + Sync>,
    ) -> Egress {
        let scrubber = Scrubber::with_basic(&spec, &config, &credentials);
        let requests = AtomicU32::new(0);
        let trace = Trace::default();
        Egress {
            spec,
            config,
            grant,
            credentials,
            scrubber,
            transport,
            limiter,
            intents,
            sessions,
            bounds,
            clock,
            requests,
            opened: Mutex::default(),
            trace,
            webhooks: Arc::default(),
        }
    }

    /// With the addresses of the connection's webhooks, for requests that name them.
    #[must_use]
    pub fn with_webhooks(self, webhooks: Arc<WebhookAddresses>) -> Egress {
        Egress { webhooks, ..self }
    }

    /// Permit, intent, wire, and the same backwards.
    async fn perform(&self, request: Prepared) -> Result<WireAnswer, HttpError> {
        let permit = self.limiter.admit(&request.costs).await.map_err(rate_limited)?;
        let intent = match self.announce(&request).await {
            Ok(intent) => intent,
            Err(error) => {
                self.limiter.ended(permit, Ended::NotSent).await;
                return Err(error);
            }
        };
        let outcome = self.transport.send(request.wire).await;
        if let Some(ordinal) = intent {
            self.intents.end(ordinal, intent_outcome(&outcome, &request.refusals)).await;
        }
        self.limiter.ended(permit, Ended::of(&outcome)).await;
        outcome.map_err(http_error)
    }

    async fn announce(&self, request: &Prepared) -> Result<Option<i64>, HttpError> {
        if request.safe {
            return Ok(None);
        }
        let opened = self.intents.open(&request.wire.method, &request.address).await;
        opened.map(Some).map_err(|message| HttpError::new(HttpErrorKind::Other, message))
    }

    fn opened(&self) -> MutexGuard<'_, Vec<(Arc<str>, i64)>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn scrub(&self, outcome: Result<WireAnswer, HttpError>) -> (Result<Answer, HttpError>, u32) {
        match outcome {
            Ok(answer) => {
                let clean = self.scrub_answer(answer);
                (Ok(clean.value), clean.hits)
            }
            Err(error) => {
                let message = self.scrubber().scrub_text_counted(&error.message);
                (Err(HttpError { message: message.value, ..error }), message.hits)
            }
        }
    }

    fn scrub_answer(&self, answer: WireAnswer) -> Scrubbed<Answer> {
        let scrubber = self.scrubber();
        let mut hits = 0;
        let mut clean = |text: &str| {
            let hidden = self.webhooks.hide(text.as_bytes());
            let scrubbed = scrubber.scrub_text_counted(&String::from_utf8_lossy(&hidden));
            hits += scrubbed.hits;
            scrubbed.value
        };
        let headers = answer.headers.iter().map(|(name, value)| (clean(name), clean(value))).collect();
        let hidden = match self.webhooks.hide(&answer.body) {
            Cow::Owned(hidden) => Bytes::from(hidden),
            Cow::Borrowed(_) => answer.body.clone(),
        };
        let body = scrubber.scrub_data(&hidden);
        hits += body.hits;
        let body = if body.hits > 0 { Bytes::from(body.value.into_owned()) } else { hidden };
        Scrubbed { value: Answer { status: answer.status, headers, body }, hits }
    }
}

#[async_trait]
impl Requests for Egress {
    /// When the future is dropped before the answer, permit and intent stay as they are: counted, and open.
    async fn send(
        &self,
        request: Request,
        memory: &Arc<MemoryMeter>,
    ) -> Result<Result<Answer, HttpError>, OverMemory> {
        let Request { method, url, headers, body, timeout } = request;
        let method = method.to_ascii_uppercase();
        let place = self.trace.begin(&method, &url, &headers, &body, (self.clock)());
        let outcome = match self.prepare(method, &url, headers, body, timeout) {
            Ok((prepared, None)) => self.perform(prepared).await,
            Ok((prepared, Some(login))) => self.ask_in_session(place, prepared, &login, memory).await,
            Err(error) => Err(error),
        };
        let (outcome, scrubbed) = self.scrub(outcome);
        self.trace.answered(place, outcome, memory, scrubbed, (self.clock)())
    }

    /// At most the call's `max-requests`.
    fn requests(&self) -> u32 {
        self.requests.load(Relaxed).min(self.bounds.max_requests)
    }

    fn scrubber(&self) -> Arc<Scrubber> {
        self.credentials.with_sessions(&self.scrubber)
    }

    fn trace(&self) -> &Trace {
        &self.trace
    }
}

fn rate_limited(error: RateLimited) -> HttpError {
    HttpError { until: Some(error.until), ..HttpError::new(HttpErrorKind::RateLimited, error.message) }
}

fn http_error(error: TransportError) -> HttpError {
    match error.kind {
        TransportErrorKind::Timeout => HttpError::new(HttpErrorKind::Timeout, error.message),
        TransportErrorKind::Transport => HttpError::new(HttpErrorKind::Transport, error.message),
        TransportErrorKind::TooLarge => HttpError::new(HttpErrorKind::TooLarge, error.message),
        TransportErrorKind::DeniedAddress => HttpError::denied(error.message),
    }
}

/// `refusals`: statuses that say that nothing was done.
fn intent_outcome(outcome: &Result<WireAnswer, TransportError>, refusals: &[u16]) -> IntentOutcome {
    match outcome {
        Ok(answer) if refusals.contains(&answer.status) => IntentOutcome::Refused,
        Ok(_) => IntentOutcome::Answered,
        Err(error) if error.sent => IntentOutcome::Open,
        Err(_) => IntentOutcome::NotSent,
    }
}

impl Ended<'_> {
    fn of(outcome: &Result<WireAnswer, TransportError>) -> Ended<'_> {
        match outcome {
            Ok(answer) => Ended::Answered { status: answer.status, headers: &answer.headers },
            Err(error) if error.sent => Ended::Lost,
            Err(_) => Ended::NotSent,
        }
    }
}
