//! What becomes of a run whose call failed: one pure function.

use windlass_sandbox::{CallFailure, GuestErrorKind};

/// Waits between attempts: doubled from the first to the longest.
pub const FIRST_DELAY_MS: i64 = 1_000;
pub const LONGEST_DELAY_MS: i64 = 300_000;
/// With the delays above, twelve attempts span some 18 minutes: a short outage of a vendor.
pub const MOST_ATTEMPTS: i64 = 12;
/// A connector that traps on an input traps on it again; a few tries cover a passing cause.
pub const MOST_ATTEMPTS_OF_A_TRAP: i64 = 3;
/// A vendor that names no time gets a minute, the commonest window.
const UNNAMED_WAIT_MS: i64 = 60_000;
/// No vendor's block is believed for longer; the run looks again then.
const LONGEST_WAIT_MS: i64 = 24 * 3_600_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Try again after this long; an attempt was used.
    RetryAfterMs(i64),
    /// The vendor asked to wait until then; no attempt was used.
    WaitUntil(i64),
    Fail,
    /// Fail, and stop the schedule: a person must change something.
    FailAndStop,
}

/// `attempts` made without progress, this one included; `jitter` in thousandths, 0 to 999.
pub fn after(failure: &CallFailure, attempts: i64, now: i64, jitter: i64) -> Verdict {
    let most = match failure {
        CallFailure::Guest(error) => match error.kind {
            GuestErrorKind::Config | GuestErrorKind::Auth => return Verdict::FailAndStop,
            GuestErrorKind::Rejected => return Verdict::Fail,
            GuestErrorKind::RateLimited => return Verdict::WaitUntil(wait_until(error.until, now)),
            GuestErrorKind::Transient | GuestErrorKind::Other => MOST_ATTEMPTS,
        },
        CallFailure::Host(_) => MOST_ATTEMPTS,
        CallFailure::Trap { .. }
        | CallFailure::Memory { .. }
        | CallFailure::Cpu(_)
        | CallFailure::Wall(_)
        | CallFailure::Output(_)
        | CallFailure::NoExport(_) => MOST_ATTEMPTS_OF_A_TRAP,
    };
    match attempts < most {
        true => Verdict::RetryAfterMs(delay_ms(attempts, jitter)),
        false => Verdict::Fail,
    }
}

/// Full delay less up to a quarter of jitter, so that runs that failed together do not return together.
pub fn delay_ms(attempts: i64, jitter: i64) -> i64 {
    let doublings = attempts.saturating_sub(1).clamp(0, 20) as u32;
    let full = (FIRST_DELAY_MS << doublings).min(LONGEST_DELAY_MS);
    full - full * jitter.clamp(0, 999) / 4_000
}

fn wait_until(until: Option<i64>, now: i64) -> i64 {
    until.unwrap_or(now + UNNAMED_WAIT_MS).clamp(now + FIRST_DELAY_MS, now + LONGEST_WAIT_MS)
}

#[cfg(test)]
mod tests {
    use windlass_sandbox::{CallFailure, GuestError, GuestErrorKind};

    use super::*;

    fn guest(kind: GuestErrorKind, until: Option<i64>) -> CallFailure {
        CallFailure::Guest(GuestError {
            kind,
            code: String::new(),
            message: String::new(),
            until,
            extras: None,
            overstepped: false,
        })
    }

    #[test]
    fn every_failure_has_its_verdict() {
        let check = |failure: CallFailure, attempts, expected| {
            assert_eq!(after(&failure, attempts, 1_000, 0), expected)
        };
        check(guest(GuestErrorKind::Transient, None), 1, Verdict::RetryAfterMs(1_000));
        check(guest(GuestErrorKind::Other, None), 3, Verdict::RetryAfterMs(4_000));
        check(guest(GuestErrorKind::Transient, None), MOST_ATTEMPTS, Verdict::Fail);
        check(guest(GuestErrorKind::Rejected, None), 1, Verdict::Fail);
        check(guest(GuestErrorKind::Auth, None), 1, Verdict::FailAndStop);
        check(guest(GuestErrorKind::Config, None), 1, Verdict::FailAndStop);
        check(guest(GuestErrorKind::RateLimited, Some(9_000)), 99, Verdict::WaitUntil(9_000));
        check(guest(GuestErrorKind::RateLimited, None), 1, Verdict::WaitUntil(61_000));
        check(guest(GuestErrorKind::RateLimited, Some(0)), 1, Verdict::WaitUntil(2_000));
        check(CallFailure::Host(String::new()), 2, Verdict::RetryAfterMs(2_000));
        check(CallFailure::Output(String::new()), MOST_ATTEMPTS_OF_A_TRAP, Verdict::Fail);
    }

    #[test]
    fn delays_double_to_the_longest_and_jitter_only_shortens_them() {
        assert_eq!(
            [1, 2, 3, 9, 10, 60].map(|n| delay_ms(n, 0)),
            [1_000, 2_000, 4_000, 256_000, 300_000, 300_000]
        );
        assert_eq!(delay_ms(1, 999), 751);
        // What the table of errors tells people.
        let minutes = (1..MOST_ATTEMPTS).map(|attempt| delay_ms(attempt, 0)).sum::<i64>() / 60_000;
        assert_eq!(minutes, 18);
    }
}
