//! The exchanges of one call, in the order in which they were asked for.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU32, Ordering::Relaxed},
};

use bytes::Bytes;

use super::{Answer, Exchange, HttpError, HttpErrorKind};
use crate::meter::{MemoryMeter, OverMemory};

#[derive(Default)]
pub struct Trace {
    exchanges: Mutex<Vec<Exchange>>,
    scrubbed: AtomicU32,
}

impl Trace {
    /// Notes a request before anything is done for it, so that a killed call shows it too. Returns
    /// its place.
    pub fn begin(
        &self,
        method: &str,
        url: &str,
        headers: &[(String, String)],
        body: &Bytes,
        now: i64,
    ) -> usize {
        let cut_off = HttpError::new(HttpErrorKind::Other, "the call ended before the answer came");
        let mut exchanges = self.exchanges();
        exchanges.push(Exchange {
            method: method.to_owned(),
            url: url.to_owned(),
            headers: headers.to_vec(),
            body: body.clone(),
            started_at: now,
            ended_at: now,
            outcome: Err(cut_off),
            scrubbed: 0,
            unseen: false,
            withheld: None,
        });
        exchanges.len() - 1
    }

    /// The exchange at a place is one that the guest knows nothing of.
    pub fn hide(&self, place: usize) {
        if let Some(exchange) = self.exchanges().get_mut(place) {
            exchange.unseen = true;
        }
    }

    /// Keeps an answer that the guest does not see because its request, at that place, is sent again.
    pub fn repeat(&self, place: usize, outcome: Result<Answer, HttpError>, scrubbed: u32, now: i64) {
        self.scrubbed.fetch_add(scrubbed, Relaxed);
        let mut exchanges = self.exchanges();
        if let Some(exchange) = exchanges.get(place).cloned() {
            exchanges.push(Exchange { outcome, scrubbed, ended_at: now, unseen: true, ..exchange });
        }
    }

    /// Keeps how the request at a place ended, its answer counted against the call's memory; gives it back
    /// for the guest.
    pub fn answered(
        &self,
        place: usize,
        outcome: Result<Answer, HttpError>,
        memory: &Arc<MemoryMeter>,
        scrubbed: u32,
        now: i64,
    ) -> Result<Result<Answer, HttpError>, OverMemory> {
        let (outcome, counted) = match outcome.map(|answer| answer.counted(memory)) {
            Ok((answer, counted)) => (Ok(answer), counted),
            Err(error) => (Err(error), Ok(())),
        };
        self.end(place, outcome.clone(), scrubbed, now);
        counted.map(|()| outcome)
    }

    pub fn end(&self, place: usize, outcome: Result<Answer, HttpError>, scrubbed: u32, now: i64) {
        self.scrubbed.fetch_add(scrubbed, Relaxed);
        if let Some(exchange) = self.exchanges().get_mut(place) {
            *exchange = Exchange { outcome, scrubbed, ended_at: now, ..exchange.clone() };
        }
    }

    pub fn take(&self) -> Vec<Exchange> {
        std::mem::take(&mut *self.exchanges())
    }

    pub fn any(&self, fits: impl Fn(&Result<Answer, HttpError>) -> bool) -> bool {
        self.exchanges().iter().any(|exchange| fits(&exchange.outcome))
    }

    pub fn scrubbed(&self) -> u32 {
        self.scrubbed.load(Relaxed)
    }

    fn exchanges(&self) -> MutexGuard<'_, Vec<Exchange>> {
        self.exchanges.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
