//! The only place that reads the machine's clock. Leases and limits use the database's clock instead:
//! `Db::now`.

use std::{
    sync::{Arc, OnceLock},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

/// The wall clock read once, and carried on by the monotonic clock: it never jumps while the host runs.
#[expect(clippy::disallowed_methods, reason = "the one place")]
pub fn unix_ms() -> i64 {
    static ANCHOR: OnceLock<(Instant, i64)> = OnceLock::new();
    let (began, at) = ANCHOR.get_or_init(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        (Instant::now(), since.as_millis() as i64)
    });
    at + began.elapsed().as_millis() as i64
}

/// The host's clock in the form that the sandbox and the database take.
pub fn clock() -> Arc<dyn Fn() -> i64 + Send + Sync> {
    Arc::new(unix_ms)
}
