//! The clock of a database that has none of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::Millis;

/// Unix milliseconds. It must not jump: read the wall clock once and go on by the monotonic clock.
pub type Clock = Arc<dyn Fn() -> Millis + Send + Sync>;

/// The wall clock at this moment, carried on by the monotonic clock: who sets the machine's time later
/// neither ends a lease nor frees a limit.
#[expect(
    clippy::disallowed_methods,
    reason = "the default clock of tests and tools; the host brings its own"
)]
pub fn anchored_clock() -> Clock {
    let anchor = Instant::now();
    let start = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let start = i64::try_from(start).unwrap_or(0);
    Arc::new(move || start + i64::try_from(anchor.elapsed().as_millis()).unwrap_or(0))
}

/// A clock that starts no earlier than what the database already holds, and never goes back.
pub(crate) struct SteadyClock {
    clock: Clock,
    /// Added when the machine's time was set back while the host was down: time goes on from the
    /// newest row instead of standing still.
    ahead: Millis,
    newest: AtomicI64,
}

impl SteadyClock {
    pub fn new(clock: Clock, newest_row: Millis) -> SteadyClock {
        let ahead = (newest_row - clock()).max(0);
        SteadyClock { clock, ahead, newest: AtomicI64::new(newest_row) }
    }

    pub fn now(&self) -> Millis {
        let now = (self.clock)() + self.ahead;
        self.newest.fetch_max(now, Ordering::Relaxed).max(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_on_from_the_newest_row_and_never_back() {
        let hand = Arc::new(AtomicI64::new(1_000));
        let read = hand.clone();
        let clock = SteadyClock::new(Arc::new(move || read.load(Ordering::Relaxed)), 5_000);
        assert_eq!(clock.now(), 5_000);
        hand.store(1_010, Ordering::Relaxed);
        assert_eq!(clock.now(), 5_010);
        hand.store(900, Ordering::Relaxed);
        assert_eq!(clock.now(), 5_010);
    }
}
