//! Waiting for another process, with an end.

use std::time::{Duration, Instant};

/// How often is looked.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks until `look` finds something and returns it.
///
/// # Panics
/// When nothing was found `within` the time; the message says `what` was waited for.
#[track_caller]
pub fn eventually<T>(what: &str, within: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + within;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "not within {within:?}: {what}");
        #[expect(clippy::disallowed_methods, reason = "between two looks at another process")]
        std::thread::sleep(PAUSE);
    }
}
