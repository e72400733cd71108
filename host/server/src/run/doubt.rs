//! Is an action in doubt, and what may be done about it: one pure function.

use windlass_db::{Intent, IntentState};
use windlass_sandbox::spec::Repeat;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// Nothing was sent, or what was sent is settled.
    None,
    /// In doubt, and a repeat is safe now: the vendor deduplicates, or the lookup can be trusted.
    RepeatIsSafe,
    /// A lookup can be trusted from this moment on; Unix milliseconds.
    SettlesAt(i64),
    /// Only a person can tell.
    Hold,
}

/// A run is in doubt while an intent is open, or answered without the call having committed or
/// returned a verdict. What is settled, or never left, is not in doubt.
pub fn doubt(intents: &[Intent], repeat: Repeat, settle_ms: i64, now: i64) -> Doubt {
    let in_doubt = intents.iter().filter(|i| matches!(i.state, IntentState::Open | IntentState::Answered));
    let Some(last) = in_doubt.clone().map(|intent| intent.at).max() else { return Doubt::None };
    match repeat {
        Repeat::VendorKey => Doubt::RepeatIsSafe,
        Repeat::None => Doubt::Hold,
        Repeat::Lookup => {
            // An answered request has arrived; only an open one may still be on its way.
            let last_open = in_doubt.filter(|i| i.state == IntentState::Open).map(|i| i.at).max();
            match last_open.unwrap_or(last - settle_ms) + settle_ms {
                until if until > now => Doubt::SettlesAt(until),
                _ => Doubt::RepeatIsSafe,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intents(states: &[(IntentState, i64)]) -> Vec<Intent> {
        let intent = |(ordinal, (state, at)): (usize, &(IntentState, i64))| Intent {
            run: 1,
            ordinal: ordinal as i64,
            attempt: 1,
            method: "POST".into(),
            url: "https://vendor.example/".into(),
            state: *state,
            at: *at,
            ended_at: None,
        };
        states.iter().enumerate().map(intent).collect()
    }

    #[track_caller]
    fn check(states: &[(IntentState, i64)], repeat: Repeat, expected: Doubt) {
        assert_eq!(doubt(&intents(states), repeat, 60, 100), expected);
    }

    #[test]
    fn only_what_left_and_was_not_settled_is_in_doubt() {
        use IntentState::{Answered, NotSent, Open, Settled};
        for repeat in [Repeat::VendorKey, Repeat::Lookup, Repeat::None] {
            check(&[], repeat, Doubt::None);
            check(&[(NotSent, 90), (Settled, 91)], repeat, Doubt::None);
        }
        for state in [Open, Answered] {
            check(&[(state, 90)], Repeat::VendorKey, Doubt::RepeatIsSafe);
            check(&[(state, 90)], Repeat::None, Doubt::Hold);
        }
        check(&[(Open, 90)], Repeat::Lookup, Doubt::SettlesAt(150));
        check(&[(Open, 40)], Repeat::Lookup, Doubt::RepeatIsSafe);
        check(&[(Answered, 90)], Repeat::Lookup, Doubt::RepeatIsSafe);
        check(&[(Open, 50), (Answered, 90)], Repeat::Lookup, Doubt::SettlesAt(110));
    }
}
