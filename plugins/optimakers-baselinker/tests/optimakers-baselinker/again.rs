//! What came to nothing, and a flow that was deleted and made again: each order once all the same. O4, O5

use serde_json::{Value, json};
use windlass_sdk::{Change, ChangeKind, Reaction};

use crate::{
    Flow, IMPORT, OTHER, SEND, assert_held, assert_nothing, config_with, flow, imported, only,
    optimakers_order, order, order_with, realised,
};

const CREATE: (&str, &str) = ("optimakers", "create-order");
const SET_STATUS: (&str, &str) = ("baselinker", "set-order-status");

#[track_caller]
fn creation_failed(flow: &mut Flow, order: &Value) -> Reaction {
    flow.failed("baselinker", "orders", &order["order_id"].to_string(), order, CREATE).unwrap()
}

#[track_caller]
fn status_failed(flow: &mut Flow, order: &Value) -> Reaction {
    flow.failed("optimakers", "orders", "9004", order, SET_STATUS).unwrap()
}

/// As a flow is shown the records that were there when it began.
#[track_caller]
fn was_there(flow: &mut Flow, role: &str, key: &str, record: &Value) -> Reaction {
    flow.record(role, "orders", key, record);
    let change = Change {
        role: role.into(),
        stream: "orders".into(),
        sequence: 1,
        kind: ChangeKind::Created,
        key: key.into(),
        json: Some(record.to_string()),
        origin: "records".into(),
        at_ms: 0,
        failed: Vec::new(),
    };
    flow.show(&change).unwrap()
}

#[test]
fn a_creation_that_came_to_nothing_is_asked_for_again() {
    let mut flow = flow();
    only(&imported(&mut flow, &order(17)));
    let (_, action, input) = only(&creation_failed(&mut flow, &order_with(17, json!({ "phone": "1" }))));
    assert_eq!((action.as_str(), &input["customer"]["phone"]), ("create-order", &json!("1")));
    assert_nothing(&imported(&mut flow, &order(17)));
}

/// What failed for want of a row goes on when the row is there.
#[test]
fn a_creation_that_came_to_nothing_may_wait_now_and_be_asked_for_later() {
    let mut flow = flow();
    only(&imported(&mut flow, &order(17)));
    flow.configure(&config_with(json!({ "currencies": [] })));
    assert_held(&creation_failed(&mut flow, &order(17)), &["`currencies`"]);
    flow.configure(&crate::config());
    only(&creation_failed(&mut flow, &order(17)));
}

#[test]
fn an_order_that_left_the_status_after_its_creation_failed_is_created_when_it_comes_back() {
    let mut flow = flow();
    only(&imported(&mut flow, &order(17)));
    assert_nothing(&creation_failed(&mut flow, &order_with(17, json!({ "order_status_id": OTHER }))));
    only(&imported(&mut flow, &order(17)));
}

#[test]
fn a_status_that_came_to_nothing_is_asked_for_again_while_the_order_is_realised() {
    let mut flow = flow();
    only(&imported(&mut flow, &order(17)));
    only(&realised(&mut flow, &optimakers_order(17, json!(true))));
    assert_nothing(&status_failed(&mut flow, &optimakers_order(17, json!(false))));
    only(&realised(&mut flow, &optimakers_order(17, json!(true))));
    let (_, _, input) = only(&status_failed(&mut flow, &optimakers_order(17, json!(true))));
    assert_eq!(input, json!({ "order_id": 17, "status_id": SEND }));
    assert_nothing(&realised(&mut flow, &optimakers_order(17, json!(true))));
}

/// The flow before may have sent the status: only BaseLinker knows.
#[test]
fn an_order_that_was_there_gets_its_status_with_care() {
    let mut flow = flow();
    only(&was_there(&mut flow, "baselinker", "17", &order(17)));
    let (_, _, input) = only(&was_there(&mut flow, "optimakers", "9004", &optimakers_order(17, json!(true))));
    assert_eq!(input, json!({ "order_id": 17, "status_id": SEND, "only_from": [IMPORT] }));
    let (_, _, again) = only(&status_failed(&mut flow, &optimakers_order(17, json!(true))));
    assert_eq!(again, input);
}

/// The order of the streams must not matter.
#[test]
fn a_realised_order_that_is_shown_before_its_baselinker_order_is_not_forgotten() {
    let mut unknown = flow();
    assert_nothing(&was_there(&mut unknown, "optimakers", "9004", &optimakers_order(17, json!(true))));
    let (_, action, input) = only(&was_there(&mut unknown, "baselinker", "17", &order(17)));
    assert_eq!((action.as_str(), &input["only_from"]), ("set-order-status", &json!([IMPORT])));
    let (_, _, again) = only(&unknown.failed("baselinker", "orders", "17", &order(17), SET_STATUS).unwrap());
    assert_eq!(again, input);
    drop(unknown);

    let mut known = flow();
    known.record("baselinker", "orders", "17", &order(17));
    let (_, _, input) =
        only(&was_there(&mut known, "optimakers", "9004", &optimakers_order(17, json!(true))));
    assert_eq!(input["only_from"], json!([IMPORT]));
    assert_nothing(&was_there(&mut known, "baselinker", "17", &order(17)));
}

#[test]
fn an_order_past_the_status_to_import_is_left_there_unless_it_is_realised_just_now() {
    for (status, sent) in [(SEND, 0), (OTHER, 1)] {
        let past = order_with(17, json!({ "order_status_id": status }));
        let mut old = flow();
        old.record("baselinker", "orders", "17", &past);
        assert_nothing(&was_there(&mut old, "optimakers", "9004", &optimakers_order(17, json!(true))));
        assert_nothing(&realised(&mut old, &optimakers_order(17, json!(true))));
        drop(old);
        let mut now = flow();
        now.record("baselinker", "orders", "17", &past);
        let reaction = realised(&mut now, &optimakers_order(17, json!(true)));
        assert_eq!((reaction.commands().len(), reaction.held()), (sent, None), "{status}");
    }
}

#[test]
fn an_order_that_is_realised_no_longer_before_it_is_met_is_created_as_any_other() {
    let mut flow = flow();
    assert_nothing(&realised(&mut flow, &optimakers_order(17, json!(true))));
    assert_nothing(&realised(&mut flow, &optimakers_order(17, json!(false))));
    let (_, action, _) = only(&imported(&mut flow, &order(17)));
    assert_eq!(action, "create-order");
}
