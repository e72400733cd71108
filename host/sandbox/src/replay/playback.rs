//! Answers the imports of a call from what was noted of an earlier one.
//!
//! A question is answered by the first unused answer to the same question: for the version that was
//! recorded these come in order, and another version may ask in another order. What was never asked has no
//! answer: the call has strayed, and ends as soon as the import returns.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
};

use async_trait::async_trait;
use bytes::Bytes;

use super::{Basis, Blob, Found, Import, Read};
use crate::{
    CallGrant,
    capability::{
        records::{FoundRecord, NotRead, Records},
        storage::Storage,
    },
    egress::{
        Answer, Ended, Exchange, HttpError, HttpErrorKind, LimitError, LimitErrorKind, Permit, RateLimited,
        RateLimiter, Request, Requests, Scrubber, Trace,
    },
    limits::CallLimits,
    meter::{MemoryMeter, OverMemory},
};

/// How much of a request's body is told of a call that strayed.
const MOST_TOLD_BYTES: usize = 500;

/// The imports of one call, played back.
pub struct Playback {
    exchanges: Mutex<Vec<Once<Exchange>>>,
    reads: Mutex<Vec<Once<Read>>>,
    returns: Mutex<VecDeque<super::Return>>,
    requests: AtomicU32,
    trace: Trace,
    scrubber: Arc<Scrubber>,
    strayed: Mutex<Option<String>>,
}

struct Once<T> {
    of: T,
    used: bool,
}

impl Playback {
    /// `scrubber`: what goes over the call's log and errors, as it did when the call was made.
    pub fn new(exchanges: Vec<Exchange>, basis: &Basis, scrubber: Arc<Scrubber>) -> Arc<Playback> {
        let seen = exchanges.into_iter().filter(|exchange| !exchange.unseen);
        let reads = basis.reads.iter().flatten().cloned();
        Arc::new(Playback {
            exchanges: Mutex::new(seen.map(|of| Once { of, used: false }).collect()),
            reads: Mutex::new(reads.map(|of| Once { of, used: false }).collect()),
            returns: Mutex::new(basis.returns.iter().copied().collect()),
            requests: AtomicU32::new(0),
            trace: Trace::default(),
            scrubber,
            strayed: Mutex::default(),
        })
    }

    /// The grant of a call that is answered from here alone.
    pub fn grant(
        self: &Arc<Self>,
        config: Arc<str>,
        limits: CallLimits,
        started_at: i64,
        seed: u64,
    ) -> CallGrant {
        CallGrant {
            config,
            egress: self.clone(),
            limiter: self.clone(),
            storage: self.clone(),
            records: Some(self.clone()),
            limits,
            started_at,
            seed,
            // Never asked: the playback says how time moves.
            clock: Arc::new(move || started_at),
            playback: Some(self.clone()),
        }
    }

    /// What the call asked that was not asked before.
    pub fn strayed(&self) -> Option<String> {
        lock(&self.strayed).clone()
    }

    /// When an import returned: the next return of its kind. None when there are no more, and time stands
    /// still. An error ends the call.
    pub(crate) fn returned(&self, import: Import) -> Result<Option<i64>, String> {
        if let Some(strayed) = self.strayed() {
            return Err(strayed);
        }
        let mut returns = lock(&self.returns);
        let next = returns.iter().position(|one| one.0 == import);
        Ok(next.and_then(|next| returns.remove(next)).map(|one| one.1))
    }

    fn stray(&self, asked: impl FnOnce() -> String) {
        lock(&self.strayed).get_or_insert_with(asked);
    }

    /// The answer to a question: the first unused one, else the last of those used, since what stands
    /// outside does not change while a call looks at it.
    fn answer(&self, question: &Read) -> Option<Read> {
        let mut reads = lock(&self.reads);
        let unused = reads.iter().position(|read| !read.used && read.of.asks_the_same(question));
        let found = unused.or_else(|| reads.iter().rposition(|read| read.of.asks_the_same(question)));
        if found.is_none() {
            self.stray(|| question.question());
        }
        let read = reads.get_mut(found?)?;
        read.used = true;
        Some(read.of.clone())
    }

    fn exchange(&self, method: &str, url: &str, body: &Bytes) -> Option<Exchange> {
        let mut exchanges = lock(&self.exchanges);
        // A trace holds them without short secrets.
        let url = self.scrubber.scrub_text(url);
        let body = self.scrubber.for_trace(body).unwrap_or_else(|| body.clone());
        let fits = |one: &&mut Once<Exchange>| {
            !one.used && one.of.method == method && one.of.url == url && one.of.body == body
        };
        let found = exchanges.iter_mut().find(fits)?;
        found.used = true;
        Some(found.of.clone())
    }
}

#[async_trait]
impl Requests for Playback {
    async fn send(
        &self,
        request: Request,
        memory: &Arc<MemoryMeter>,
    ) -> Result<Result<Answer, HttpError>, OverMemory> {
        let (method, body) = (request.method.to_ascii_uppercase(), request.body);
        let found = self.exchange(&method, &request.url, &body);
        let (from, to) = found.as_ref().map_or((0, 0), |found| (found.started_at, found.ended_at));
        let place = self.trace.begin(&method, &request.url, &request.headers, &body, from);
        let (outcome, scrubbed) = match found {
            Some(found) => (found.outcome, found.scrubbed),
            None => {
                self.stray(|| told(&method, &request.url, &body));
                (Err(HttpError::new(HttpErrorKind::Other, "a replay sends nothing")), 0)
            }
        };
        self.requests.fetch_add(1, Relaxed);
        self.trace.answered(place, outcome, memory, scrubbed, to)
    }

    fn requests(&self) -> u32 {
        self.requests.load(Relaxed)
    }

    fn scrubber(&self) -> Arc<Scrubber> {
        self.scrubber.clone()
    }

    fn trace(&self) -> &Trace {
        &self.trace
    }
}

fn told(method: &str, url: &str, body: &Bytes) -> String {
    let text = String::from_utf8_lossy(body);
    let shown = &text[..text.floor_char_boundary(MOST_TOLD_BYTES)];
    match (text.is_empty(), shown.len() < text.len()) {
        (true, _) => format!("{method} {url}"),
        (false, false) => format!("{method} {url} {shown}"),
        (false, true) => format!("{method} {url} {shown}… ({} bytes)", body.len()),
    }
}

/// What is told where there is no answer; the call ends before the guest sees it.
const NOTHING: &str = "the replay holds no answer to this";

#[async_trait]
impl Storage for Playback {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        let question = Read::Get { key: key.to_owned(), answer: Ok(None) };
        match self.answer(&question) {
            Some(Read::Get { answer, .. }) => Ok(answer?.map(|Blob(value)| value.to_vec())),
            _ => Err(NOTHING.into()),
        }
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, String> {
        let (prefix, after) = (prefix.to_owned(), after.map(str::to_owned));
        match self.answer(&Read::List { prefix, after, limit, answer: Ok(Vec::new()) }) {
            Some(Read::List { answer, .. }) => {
                Ok(answer?.into_iter().map(|(key, Blob(value))| (key, value.to_vec())).collect())
            }
            _ => Err(NOTHING.into()),
        }
    }

    /// Only the quota depends on it: where it was not asked for, the storage counts as empty.
    async fn used(&self) -> Result<(i64, i64), String> {
        let reads = lock(&self.reads);
        let noted = reads.iter().find_map(|read| match &read.of {
            Read::Used { answer } => Some(answer.clone()),
            _ => None,
        });
        noted.unwrap_or(Ok((0, 0)))
    }
}

#[async_trait]
impl RateLimiter for Playback {
    /// Nobody asks: a playback's requests take no permits.
    async fn admit(&self, _: &[(String, u32)]) -> Result<Permit, RateLimited> {
        Ok(Permit { ids: Vec::new() })
    }

    async fn ended(&self, _: Permit, _: Ended<'_>) {}

    async fn remaining(&self, limit: &str) -> Result<u32, LimitError> {
        match self.answer(&Read::Remaining { limit: limit.to_owned(), answer: Ok(0) }) {
            Some(Read::Remaining { answer, .. }) => answer,
            _ => Err(no_limit()),
        }
    }

    async fn acquire(&self, limit: &str, n: u32) -> Result<(), LimitError> {
        match self.answer(&Read::Acquire { limit: limit.to_owned(), n, answer: Ok(()) }) {
            Some(Read::Acquire { answer, .. }) => answer,
            _ => Err(no_limit()),
        }
    }

    async fn block_until(&self, limit: &str, until: i64) -> Result<(), LimitError> {
        match self.answer(&Read::BlockUntil { limit: limit.to_owned(), until, answer: Ok(()) }) {
            Some(Read::BlockUntil { answer, .. }) => answer,
            _ => Err(no_limit()),
        }
    }
}

fn no_limit() -> LimitError {
    LimitError { kind: LimitErrorKind::Other, message: NOTHING.into(), until: None }
}

#[async_trait]
impl Records for Playback {
    async fn get(&self, role: &str, stream: &str, key: &str) -> Result<Option<FoundRecord>, NotRead> {
        let (role, stream, key) = (role.to_owned(), stream.to_owned(), key.to_owned());
        match self.answer(&Read::Record { role, stream, key, answer: Ok(None) }) {
            Some(Read::Record { answer, .. }) => Ok(answer?.map(FoundRecord::from)),
            _ => Err(NotRead::Other(NOTHING.into())),
        }
    }

    async fn list(
        &self,
        role: &str,
        stream: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<FoundRecord>, NotRead> {
        let (role, stream, after) = (role.to_owned(), stream.to_owned(), after.map(str::to_owned));
        match self.answer(&Read::Records { role, stream, after, limit, answer: Ok(Vec::new()) }) {
            Some(Read::Records { answer, .. }) => Ok(answer?.into_iter().map(FoundRecord::from).collect()),
            _ => Err(NotRead::Other(NOTHING.into())),
        }
    }
}

impl From<Found> for FoundRecord {
    fn from(found: Found) -> Self {
        let json = String::from_utf8_lossy(&found.json.0).into_owned();
        FoundRecord { key: found.key, json, sequence: found.sequence }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
