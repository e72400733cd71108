//! Which calls can be replayed, and what is said of the others.

use serde_json::json;
use windlass_sandbox::replay::Failed;

use super::*;

fn recording(basis: Option<Basis>, secret: bool) -> Recording {
    Recording {
        export: "read".into(),
        request: json!({ "stream": "orders", "state": 1, "keys": [], "full": false }),
        config: json!({}),
        started_at: 1,
        seed: 2,
        exchanges: Vec::new(),
        secret,
        basis,
    }
}

fn basis() -> Basis {
    Basis {
        contract: CONTRACT_VERSION.into(),
        limits: CallLimits::default(),
        returns: Vec::new(),
        reads: Some(Vec::new()),
        ending: Ending::default(),
    }
}

fn failed(code: &str) -> Option<Basis> {
    let failed = Failed { code: code.into(), message: "too slow".into(), ..Failed::default() };
    Some(Basis { ending: Ending { failed: Some(failed), ..Ending::default() }, ..basis() })
}

#[test]
fn what_cannot_be_replayed_says_why() {
    let check = |basis: Option<Basis>, secret: bool, expected: Result<(), &str>| {
        let recording = recording(basis, secret);
        match (replayable(&recording).map(drop), expected) {
            (Ok(()), Ok(())) => {}
            (Err(why), Err(part)) => assert!(why.contains(part), "{why}"),
            (found, expected) => panic!("{found:?}, not {expected:?}"),
        }
    };
    check(Some(basis()), false, Ok(()));
    check(failed("transient"), false, Ok(()));
    check(failed("call.trap"), false, Ok(()));
    check(None, true, Err("is secret"));
    check(None, false, Err("an older host"));
    for code in ["call.cpu", "call.time", "call.memory", "host"] {
        check(failed(code), false, Err("ended from outside, which depends on the machine: too slow"));
    }
    check(Some(Basis { reads: None, ..basis() }), false, Err("more than a trace keeps"));
    check(Some(Basis { contract: "0.9.0".into(), ..basis() }), false, Err("version 0.9.0 of the contract"));
}

#[test]
fn many_differences_are_counted_and_not_all_shown() {
    let one = Difference::new(Part::More, "", Some("true"), Some("false"));
    let Verdict::Differs { differences, left_off } = Verdict::of(vec![one; MOST_SHOWN + 3]) else {
        panic!("it differs")
    };
    assert_eq!((differences.len(), left_off), (MOST_SHOWN, 3));
    assert_eq!(Verdict::of(Vec::new()), Verdict::Same);
}
