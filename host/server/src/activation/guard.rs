//! What a call's outcome means for a version that has just taken the place of another: pure functions.

use windlass_db::{Activation, Millis, Stage};
use windlass_sandbox::{CallFailure, GuestErrorKind};

/// A version is confirmed after this many times the span of the first connection. With the ten minutes of
/// the default that is an hour, in which nearly every stream runs: most are read every quarter of one.
const CONFIRM_SPANS: i64 = 6;
/// An activation that nothing runs yet is given up after this: the host that began it is gone, since it
/// waits for other hosts at most half of it.
const LOADING_MOST_MS: i64 = 60_000;

/// When a version that tries itself on one connection is given to all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard {
    /// After so many calls that returned.
    pub calls: i64,
    /// Or after so long, however many calls there were.
    pub time_ms: i64,
}

/// How far a failure is the connector's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The vendor's, the operator's or the host's.
    None,
    /// It said itself that something went wrong.
    Erred,
    /// It trapped, broke a limit, or returned what makes no sense.
    Broke,
}

/// What is known of the former version where the new one failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Former {
    Worked,
    /// It failed there, too.
    Failed,
    /// It made no such call.
    Unknown,
}

/// What follows from a failed call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// What follows from any failure.
    Ordinary,
    /// The connection runs another version by now: the call is made again with that.
    Again,
    /// The version goes, and the call is made again with the former one.
    Undo,
}

/// What comes next for an activation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Wait,
    /// From the first connection to all.
    Widen,
    Confirm,
    GiveUp,
}

pub fn fault(failure: &CallFailure) -> Fault {
    match failure {
        CallFailure::Guest(error) if error.overstepped => Fault::Broke,
        CallFailure::Guest(error) if error.kind == GuestErrorKind::Other => Fault::Erred,
        CallFailure::Guest(_) | CallFailure::Host(_) => Fault::None,
        CallFailure::Trap { .. }
        | CallFailure::Memory { .. }
        | CallFailure::Cpu(_)
        | CallFailure::Wall(_)
        | CallFailure::Output(_)
        | CallFailure::NoExport(_) => Fault::Broke,
    }
}

/// `runs_it`: whether the connection still runs the version that failed; `is_watched`: whether that version
/// can still be undone.
pub fn judge(fault: Fault, runs_it: bool, is_watched: bool, former: Former) -> Verdict {
    match (fault, former) {
        (Fault::None, _) => Verdict::Ordinary,
        _ if !runs_it => Verdict::Again,
        _ if !is_watched => Verdict::Ordinary,
        // Going back would help nobody.
        (_, Former::Failed) => Verdict::Ordinary,
        (Fault::Erred, Former::Unknown) => Verdict::Ordinary,
        (Fault::Erred, Former::Worked) | (Fault::Broke, _) => Verdict::Undo,
    }
}

pub fn next(activation: &Activation, now: Millis, guard: Guard) -> Step {
    let elapsed = now - activation.since;
    match activation.stage {
        Stage::Loading if elapsed >= LOADING_MOST_MS => Step::GiveUp,
        Stage::First if activation.calls >= guard.calls || elapsed >= guard.time_ms => Step::Widen,
        Stage::All if elapsed >= guard.confirm_ms() => Step::Confirm,
        Stage::Loading | Stage::First | Stage::All | Stage::Confirmed | Stage::Undone => Step::Wait,
    }
}

impl Guard {
    /// How long a version is watched that is active for all.
    pub fn confirm_ms(self) -> i64 {
        self.time_ms.saturating_mul(CONFIRM_SPANS)
    }
}

#[cfg(test)]
mod tests {
    use windlass_sandbox::GuestError;

    use super::*;

    fn guest(kind: GuestErrorKind, overstepped: bool) -> CallFailure {
        let (code, message) = (String::new(), String::new());
        CallFailure::Guest(GuestError { kind, code, message, until: None, extras: None, overstepped })
    }

    #[test]
    fn only_what_the_connector_did_is_its_fault() {
        for kind in [
            GuestErrorKind::Config,
            GuestErrorKind::Auth,
            GuestErrorKind::RateLimited,
            GuestErrorKind::Transient,
            GuestErrorKind::Rejected,
        ] {
            assert_eq!(fault(&guest(kind, false)), Fault::None, "{kind:?}");
            assert_eq!(fault(&guest(kind, true)), Fault::Broke, "{kind:?}");
        }
        assert_eq!(fault(&guest(GuestErrorKind::Other, false)), Fault::Erred);
        assert_eq!(fault(&CallFailure::Host(String::new())), Fault::None);
        assert_eq!(fault(&CallFailure::Output(String::new())), Fault::Broke);
        assert_eq!(fault(&CallFailure::NoExport("streams")), Fault::Broke);
        let trap = CallFailure::Trap { message: String::new(), backtrace: Vec::new() };
        assert_eq!(fault(&trap), Fault::Broke);
    }

    #[test]
    fn a_failure_has_its_verdict() {
        use Former::{Failed, Unknown, Worked};
        let check = |fault, runs_it, is_watched, expected: [Verdict; 3]| {
            let found = [Worked, Failed, Unknown].map(|former| judge(fault, runs_it, is_watched, former));
            assert_eq!(found, expected, "{fault:?} {runs_it} {is_watched}");
        };
        let (ordinary, again) = ([Verdict::Ordinary; 3], [Verdict::Again; 3]);
        for watched in [true, false] {
            check(Fault::None, true, watched, ordinary);
            check(Fault::None, false, watched, ordinary);
            check(Fault::Erred, false, watched, again);
            check(Fault::Broke, false, watched, again);
        }
        check(Fault::Erred, true, false, ordinary);
        check(Fault::Broke, true, false, ordinary);
        check(Fault::Erred, true, true, [Verdict::Undo, Verdict::Ordinary, Verdict::Ordinary]);
        check(Fault::Broke, true, true, [Verdict::Undo, Verdict::Ordinary, Verdict::Undo]);
    }

    #[test]
    fn a_version_is_given_to_all_after_calls_or_time_and_confirmed_after_time_alone() {
        let check = |stage, calls, elapsed, expected| {
            let activation = Activation {
                connector: "shop".into(),
                digest: "d2".into(),
                former: Some("d1".into()),
                stage,
                first: None,
                since: 1_000,
                calls,
                reason: None,
            };
            let guard = Guard { calls: 20, time_ms: 600_000 };
            assert_eq!(next(&activation, 1_000 + elapsed, guard), expected, "{stage:?} {calls} {elapsed}");
        };
        check(Stage::Loading, 0, LOADING_MOST_MS - 1, Step::Wait);
        check(Stage::Loading, 0, LOADING_MOST_MS, Step::GiveUp);
        check(Stage::First, 19, 599_999, Step::Wait);
        check(Stage::First, 20, 0, Step::Widen);
        check(Stage::First, 0, 600_000, Step::Widen);
        check(Stage::All, 1_000, 3_599_999, Step::Wait);
        check(Stage::All, 0, 3_600_000, Step::Confirm);
        check(Stage::Confirmed, 1_000, i64::MAX / 2, Step::Wait);
        check(Stage::Undone, 1_000, i64::MAX / 2, Step::Wait);
    }
}
