//! Actions that may have happened, and what a person says of them.

use serde_json::json;
use windlass_tests::host::Output;

use super::{Place, order, vendor::Turn};

/// An action whose answer was lost, and which has no way to find out what became of it.
fn held(key: &str) -> Place {
    let place = Place::open();
    place.vendor.next("/phone", Turn::Lost);
    let output = place.act("phone", &order("A"), key);
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("(action.held)"), "{output:?}");
    assert_eq!(place.run(key)["state"], "held");
    place
}

impl Place {
    fn resolve(&self, key: &str, how: &[&str]) -> Output {
        self.host.cli(&[&["run", "resolve", &self.number(key)], how].concat())
    }
}

#[test]
fn a_lost_answer_holds_an_action_that_cannot_look_and_nothing_resends_it() {
    let place = held("lost");
    assert_eq!(place.act("phone", &order("A"), "lost").code, 1, "the same key asks for the same run");
    place.host.kill_9();
    place.host.restart();
    assert_eq!(place.run("lost")["state"], "held");
    assert_eq!(place.act("phone", &order("B"), "other").code, 0, "the worker works");
    let retried = place.host.cli(&["run", "retry", &place.number("lost")]);
    assert!(retried.stderr.contains("(run.state)"), "{retried:?}");
    let orders: Vec<_> = place.vendor.seen("/phone").iter().map(|seen| seen.body["order"].clone()).collect();
    assert_eq!(orders, ["A", "B"]);
}

/// Wherever the host dies, it knows that the request may have arrived.
#[test]
fn a_host_that_is_killed_while_it_sends_holds_the_action_after_its_start() {
    let place = Place::open();
    place.vendor.next("/phone", Turn::Wait);
    place.ask("phone", &order("A"), "killed");
    place.vendor.wait_for("/phone", 1);
    place.host.kill_9();
    place.vendor.open_gate();
    place.host.restart();
    let run = place.reach("killed", "held");
    assert_eq!(run["intents"][0]["state"], "open", "{run}");
    assert_eq!(place.vendor.seen("/phone").len(), 1);
}

#[test]
fn the_two_safe_kinds_are_repeated_by_themselves() {
    let place = Place::open();
    place.vendor.next("/pay", Turn::Lost);
    assert_eq!(place.act("pay", &order("A"), "key").code, 0);
    let keys: Vec<_> = place.vendor.seen("/pay").iter().map(|seen| seen.body["key"].clone()).collect();
    assert_eq!(keys, ["key", "key"]);
    place.vendor.next("/ship", Turn::Lost);
    let output = place.act("ship", &order("A"), "looked-up");
    assert_eq!((output.code, output.stdout.trim()), (0, r#"{"id":7}"#), "{output:?}");
    assert_eq!((place.vendor.seen("/shipped").len(), place.vendor.seen("/ship").len()), (1, 2));
}

#[test]
fn a_person_says_that_it_happened_by_the_schema_of_the_output() {
    let place = held("done");
    let wrong = |json: &str, code: i32, expected: &str| {
        let output = place.resolve("done", &["--done", json]);
        assert_eq!(output.code, code, "{output:?}");
        assert!(output.stderr.contains(expected) && output.stderr.contains("(run.output)"), "{output:?}");
        assert_eq!(place.run("done")["state"], "held");
    };
    wrong("{", 2, "--done: this is not JSON");
    wrong("{}", 1, "/done/id: `id` is required and missing");
    wrong(r#"{"id":"x"}"#, 1, "/done/id: the value is not of type \"integer\"");
    let output = place.resolve("done", &["--done", r#"{"id":12}"#]);
    assert_eq!(output.code, 0, "{output:?}");
    let output = place.act("phone", &order("A"), "done");
    assert_eq!((output.code, output.stdout.trim()), (0, r#"{"id":12}"#), "{output:?}");
    assert_eq!(place.vendor.seen("/phone").len(), 1);
}

#[test]
fn a_person_has_it_sent_again() {
    let place = held("again");
    assert_eq!(place.resolve("again", &["--send-again"]).code, 0);
    let run = place.reach("again", "succeeded");
    assert_eq!(run["output"], json!({ "id": 7 }));
    assert_eq!(place.vendor.seen("/phone").len(), 2);
}

#[test]
fn a_person_gives_it_up() {
    let place = held("dropped");
    assert_eq!(place.resolve("dropped", &["--drop"]).code, 0);
    let output = place.act("phone", &order("A"), "dropped");
    assert!(output.code == 1 && output.stderr.contains("(action.cancelled)"), "{output:?}");
    assert_eq!(place.vendor.seen("/phone").len(), 1);
}

/// What may have happened is not hidden by a cancel.
#[test]
fn a_queued_action_is_cancelled_at_once_a_running_one_is_held_and_a_held_one_is_resolved() {
    let place = Place::open();
    let cancel = |key: &str| place.host.cli(&["run", "cancel", &place.number(key)]);
    place.vendor.next("/phone", Turn::Wait);
    place.ask("phone", &order("A"), "running");
    place.vendor.wait_for("/phone", 1);
    place.ask("phone", &order("A"), "queued");
    let output = cancel("queued");
    assert!(output.stdout.contains("is cancelled"), "{output:?}");
    let output = cancel("running");
    assert!(output.stdout.contains("is running, and asked to stop"), "{output:?}");
    // The host dies before the answer comes, and the next one is to cancel what may have happened.
    place.host.kill_9();
    place.vendor.open_gate();
    place.host.restart();
    place.reach("running", "held");
    let output = cancel("running");
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("--drop"), "{output:?}");
    assert_eq!(place.resolve("running", &["--send-again"]).code, 0);
    place.reach("running", "succeeded");
    assert_eq!(place.vendor.seen("/phone").len(), 2, "the cancelled one was never sent");
}

/// It cannot look any more, and does not fail in silence.
#[test]
fn an_action_in_doubt_that_is_switched_off_is_held() {
    let place = Place::open();
    place.vendor.next("/ship", Turn::Wait);
    place.ask("ship", &order("A"), "switched-off");
    place.vendor.wait_for("/ship", 1);
    place.host.ok(&["connection", "set", super::NAME, "--set", "shipping=false"]);
    place.host.kill_9();
    place.vendor.open_gate();
    place.host.restart();
    let run = place.reach("switched-off", "held");
    assert_eq!(run["error"]["code"], "action.held", "{run}");
    assert!(run["error"]["message"].to_string().contains("`shipping`"), "{run}");
}
