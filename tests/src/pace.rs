//! Time that passes faster than the machine's, for simulated vendors and real programs alike.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::simulator::Now;

/// A clock that begins at the machine's time and goes `speed` times as fast. Copies show the same time.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    began: Instant,
    began_unix_ms: i64,
    speed: u32,
}

impl Pace {
    /// Begins now. Speed 1 is the machine's own.
    #[expect(clippy::disallowed_methods, reason = "the one place of the tests")]
    pub fn times(speed: u32) -> Self {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { began: Instant::now(), began_unix_ms: unix.as_millis() as i64, speed }
    }

    /// How much has passed on this clock since it began.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed() * self.speed
    }

    pub fn now(&self) -> Now {
        let mono = self.elapsed();
        Now { mono, unix_ms: self.began_unix_ms + mono.as_millis() as i64 }
    }

    /// How long a span of this clock takes on the machine's.
    pub fn really(&self, span: Duration) -> Duration {
        span / self.speed
    }

    /// What faketime is told so that a process that starts now shows this clock: how far it is ahead
    /// already, and how fast it goes.
    pub fn faketime(&self) -> String {
        let ahead = self.began.elapsed() * (self.speed - 1);
        format!("+{:.3} x{}", ahead.as_secs_f64(), self.speed)
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self::times(1)
    }
}
