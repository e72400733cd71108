//! Actions in several steps.

use std::time::Duration;

use serde_json::json;

use super::{Place, vendor::Turn};

/// How long the connector asks to wait between two steps.
const PAUSE: Duration = Duration::from_millis(800);

fn lines(count: usize, pause: Duration) -> String {
    let lines: Vec<String> = (1..=count).map(|line| format!("line {line}")).collect();
    json!({ "lines": lines, "pause_ms": u64::try_from(pause.as_millis()).unwrap() }).to_string()
}

#[test]
fn a_step_is_not_made_before_its_time() {
    let place = Place::open();
    let output = place.act("import", &lines(3, PAUSE), "steps");
    assert_eq!((output.code, output.stdout.trim()), (0, r#"{"imported":3}"#), "{output:?}");
    let seen = place.vendor.seen("/import");
    assert_eq!(seen.len(), 3);
    // The pause begins in the call, after the request.
    assert!(seen.windows(2).all(|two| two[1].from - two[0].from >= PAUSE), "{seen:?}");
    let run = place.run("steps");
    assert_eq!(run["calls"].as_array().map(Vec::len), Some(4), "{run}");
    assert_eq!(run["attempt"], 1, "a step is not an attempt: {run}");
    windlass_tests::replay::assert_same(&place.host, &["act"]);
}

/// Each line arrives once, wherever between the steps the host dies; the state goes on where it was.
#[test]
fn steps_survive_a_host_that_is_killed_between_them() {
    let place = Place::open();
    place.ask("import", &lines(4, PAUSE), "killed");
    for step in 1..=3 {
        place.vendor.wait_for("/import", step);
        // Committed: the next step has its time.
        windlass_tests::eventually::eventually("the step is committed", super::REACHED_MAX, || {
            let run = place.run("killed");
            let committed = run["calls"].as_array().map(Vec::len) == Some(step);
            (committed && run["waits_for"]["code"] == "again").then_some(())
        });
        place.host.kill_9();
        place.host.restart();
    }
    place.reach("killed", "succeeded");
    let lines: Vec<_> = place.vendor.seen("/import").iter().map(|seen| seen.body["line"].clone()).collect();
    assert_eq!(lines, ["line 1", "line 2", "line 3", "line 4"]);
}

/// A passing failure of one step does not count against the next ones.
#[test]
fn a_failed_step_is_made_again_and_the_ones_before_it_are_not() {
    let place = Place::open();
    place.vendor.next("/import", Turn::Answer(200, json!({})));
    place.vendor.next("/import", Turn::Answer(422, json!({ "why": "closed" })));
    let output = place.act("import", &lines(3, Duration::ZERO), "refused");
    assert_eq!(output.code, 1, "{output:?}");
    assert_eq!(place.run("refused")["error"]["vendor_code"], "Refused");
    place.host.ok(&["run", "retry", &place.number("refused")]);
    place.reach("refused", "succeeded");
    let lines: Vec<_> = place.vendor.seen("/import").iter().map(|seen| seen.body["line"].clone()).collect();
    assert_eq!(lines, ["line 1", "line 2", "line 2", "line 3"]);
}

#[test]
fn a_step_that_neither_moves_on_nor_waits_ends_the_run() {
    let place = Place::open();
    let output = place.act("import", r#"{"lines":[],"stuck":true}"#, "stuck");
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("names no later time"), "{output:?}");
    assert_eq!(place.run("stuck")["error"]["blame"], "connector");
}
