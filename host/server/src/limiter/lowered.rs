//! Limits that were found lower than booked, so that what was booked before is given back.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard},
    time::Instant,
};

/// When each limit was last found lowered by a run of this host: blocked, or reported by the vendor to
/// have less left than is booked. Another host may still use for two seconds what it has booked.
#[derive(Default)]
pub struct Lowered(Mutex<HashMap<i64, Instant>>);

impl Lowered {
    pub(super) fn note(&self, limit: i64) {
        self.lock().insert(limit, Instant::now());
    }

    pub(super) fn at(&self, limit: i64) -> Option<Instant> {
        self.lock().get(&limit).copied()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<i64, Instant>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
