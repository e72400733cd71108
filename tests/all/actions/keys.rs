//! One key, one action.

use std::thread;

use serde_json::{Value, json};

use super::{NAME, Place, order, vendor::Turn};

const CALLERS: usize = 12;

#[test]
fn callers_that_ask_at_once_with_one_key_get_one_run() {
    let place = Place::open();
    let answers: Vec<(u16, Value)> = thread::scope(|scope| {
        let ask = || place.host.post_action(NAME, "phone", "same", &order("A"), 30);
        let asked: Vec<_> = (0..CALLERS).map(|_| scope.spawn(ask)).collect();
        asked.into_iter().map(|asked| asked.join().expect("an answer")).collect()
    });
    assert!(answers.iter().all(|answer| *answer == (200, json!({ "id": 7 }))), "{answers:?}");
    assert_eq!(place.runs().len(), 1);
    assert_eq!(place.vendor.seen("/phone").len(), 1);
}

#[test]
fn a_key_that_was_given_with_another_input_is_refused() {
    let place = Place::open();
    assert_eq!(place.act("pay", r#"{"order":"A","amount":1}"#, "same").code, 0);
    assert_eq!(place.act("pay", r#"{ "amount" : 1, "order" : "A" }"#, "same").code, 0, "the same input");
    let (status, problem) = place.host.post_action(NAME, "pay", "same", r#"{"order":"A","amount":2}"#, 0);
    assert_eq!((status, &problem["code"]), (409, &json!("action.key-reused")), "{problem}");
    assert_eq!(problem["run"].to_string(), place.number("same"));
    assert_eq!(place.vendor.seen("/pay").len(), 1);
}

#[test]
fn whoever_waited_long_enough_is_told_where_it_goes_on() {
    let place = Place::open();
    place.vendor.next("/pay", Turn::Wait);
    let (status, run) = place.host.post_action(NAME, "pay", "slow", &order("A"), 1);
    assert_eq!((status, &run["state"]), (202, &json!("running")), "{run}");
    let output = place.act_waiting("pay", &order("A"), "slow", "1");
    assert_eq!((output.code, output.stdout.as_str()), (4, ""), "{output:?}");
    assert!(output.stderr.contains("goes on"), "{output:?}");
    place.vendor.open_gate();
    let output = place.act("pay", &order("A"), "slow");
    assert_eq!((output.code, output.stdout.trim()), (0, r#"{"id":7}"#), "{output:?}");
    assert_eq!(place.vendor.seen("/pay").len(), 1);
}
