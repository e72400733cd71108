//! Notes what the imports of a call answer, while it is made.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;

use super::{Blob, Found, Import, Read, Return};
use crate::{
    capability::{
        records::{FoundRecord, NotRead, Records},
        storage::Storage,
    },
    egress::{Ended, LimitError, Permit, RateLimited, RateLimiter},
};

/// What one call reads may take this much of its trace; a flow that goes through whole streams reads more,
/// in every call, and its traces would soon be larger than the records themselves.
const MOST_READ_BYTES: usize = 4 << 20;

/// What has been noted of one call. Shared, so that it outlives a call that is dropped.
#[derive(Default)]
pub(crate) struct Tape(Mutex<Noted>);

#[derive(Default)]
struct Noted {
    returns: Vec<Return>,
    reads: Vec<Read>,
    bytes: usize,
}

impl Tape {
    pub fn returned(&self, import: Import, at: i64) {
        let mut noted = self.noted();
        if noted.takes(size_of::<Return>()) {
            noted.returns.push(Return(import, at));
        }
    }

    pub fn read(&self, read: Read) {
        let mut noted = self.noted();
        if noted.takes(read.size()) {
            noted.reads.push(read);
        }
    }

    /// Returns and reads; no reads if all of it was too large.
    pub fn take(&self) -> (Vec<Return>, Option<Vec<Read>>) {
        let noted = std::mem::take(&mut *self.noted());
        match noted.is_over() {
            true => (Vec::new(), None),
            false => (noted.returns, Some(noted.reads)),
        }
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Noted {
    fn takes(&mut self, bytes: usize) -> bool {
        self.bytes = self.bytes.saturating_add(bytes);
        !self.is_over()
    }

    fn is_over(&self) -> bool {
        self.bytes > MOST_READ_BYTES
    }
}

/// What answers an import, with a tape that notes the answers.
pub(crate) struct Taped<T: ?Sized> {
    pub of: Arc<T>,
    pub tape: Arc<Tape>,
}

impl<T: ?Sized> Taped<T> {
    pub fn new(of: Arc<T>, tape: &Arc<Tape>) -> Arc<Self> {
        Arc::new(Taped { of, tape: tape.clone() })
    }
}

#[async_trait]
impl Storage for Taped<dyn Storage> {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        let answer = self.of.get(key).await;
        let noted = answer.clone().map(|value| value.map(|value| Blob(value.into())));
        self.tape.read(Read::Get { key: key.to_owned(), answer: noted });
        answer
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, String> {
        let answer = self.of.list(prefix, after, limit).await;
        let noted = |entries: Vec<(String, Vec<u8>)>| {
            entries.into_iter().map(|(key, value)| (key, Blob(value.into()))).collect()
        };
        let (prefix, after) = (prefix.to_owned(), after.map(str::to_owned));
        self.tape.read(Read::List { prefix, after, limit, answer: answer.clone().map(noted) });
        answer
    }

    async fn used(&self) -> Result<(i64, i64), String> {
        let answer = self.of.used().await;
        self.tape.read(Read::Used { answer: answer.clone() });
        answer
    }
}

/// What the guest asks for itself is noted; its requests' own use is not, since their outcome tells of it.
#[async_trait]
impl RateLimiter for Taped<dyn RateLimiter> {
    async fn admit(&self, costs: &[(String, u32)]) -> Result<Permit, RateLimited> {
        self.of.admit(costs).await
    }

    async fn ended(&self, permit: Permit, outcome: Ended<'_>) {
        self.of.ended(permit, outcome).await;
    }

    async fn remaining(&self, limit: &str) -> Result<u32, LimitError> {
        let answer = self.of.remaining(limit).await;
        self.tape.read(Read::Remaining { limit: limit.to_owned(), answer: answer.clone() });
        answer
    }

    async fn acquire(&self, limit: &str, n: u32) -> Result<(), LimitError> {
        let answer = self.of.acquire(limit, n).await;
        self.tape.read(Read::Acquire { limit: limit.to_owned(), n, answer: answer.clone() });
        answer
    }

    async fn block_until(&self, limit: &str, until: i64) -> Result<(), LimitError> {
        let answer = self.of.block_until(limit, until).await;
        self.tape.read(Read::BlockUntil { limit: limit.to_owned(), until, answer: answer.clone() });
        answer
    }
}

#[async_trait]
impl Records for Taped<dyn Records> {
    async fn get(&self, role: &str, stream: &str, key: &str) -> Result<Option<FoundRecord>, NotRead> {
        let answer = self.of.get(role, stream, key).await;
        let (role, stream, key) = (role.to_owned(), stream.to_owned(), key.to_owned());
        let noted = answer.clone().map(|found| found.map(Found::from));
        self.tape.read(Read::Record { role, stream, key, answer: noted });
        answer
    }

    async fn list(
        &self,
        role: &str,
        stream: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<FoundRecord>, NotRead> {
        let answer = self.of.list(role, stream, after, limit).await;
        let (role, stream, after) = (role.to_owned(), stream.to_owned(), after.map(str::to_owned));
        let noted = answer.clone().map(|found| found.into_iter().map(Found::from).collect());
        self.tape.read(Read::Records { role, stream, after, limit, answer: noted });
        answer
    }
}

impl From<FoundRecord> for Found {
    fn from(found: FoundRecord) -> Self {
        Found { key: found.key, sequence: found.sequence, json: Blob(Bytes::from(found.json)) }
    }
}
