//! Once each, and no loop. O5

use serde_json::json;

use crate::{
    Flow, IMPORT, OTHER, SEND, assert_held, assert_nothing, config_with, flow, imported, only,
    optimakers_order, order, order_with, realised,
};

#[test]
fn an_order_whose_record_changes_again_is_created_once() {
    let mut flow = flow();
    only(&imported(&mut flow, &order(17)));
    assert_nothing(&imported(&mut flow, &order_with(17, json!({ "phone": "1" }))));
}

#[test]
fn an_order_that_leaves_the_status_and_comes_back_is_created_once() {
    let mut flow = flow();
    only(&imported(&mut flow, &order(17)));
    assert_nothing(&imported(&mut flow, &order_with(17, json!({ "order_status_id": OTHER }))));
    assert_nothing(&imported(&mut flow, &order(17)));
}

#[test]
fn our_own_status_imports_nothing() {
    let mut flow = flow();
    only(&imported(&mut flow, &order(17)));
    only(&realised(&mut flow, &optimakers_order(17, json!(true))));
    assert_nothing(&imported(&mut flow, &order_with(17, json!({ "order_status_id": SEND }))));
    // And an operator puts it back.
    assert_nothing(&imported(&mut flow, &order(17)));
}

/// One status for both would be a loop: nothing is done, and it is said why.
#[test]
fn the_same_status_for_both_is_refused_both_ways() {
    let same = config_with(json!({ "baselinkerOrderStatusToSend": format!(" {IMPORT}") }));
    let words = ["`baselinkerOrderStatusToImport`", "`baselinkerOrderStatusToSend`", "another status"];
    assert_held(&imported(&mut Flow::new(&same), &order(17)), &words);
    let mut flow = flow();
    only(&imported(&mut flow, &order(17)));
    flow.configure(&same);
    assert_held(&realised(&mut flow, &optimakers_order(17, json!(true))), &words);
    flow.configure(&crate::config());
    only(&realised(&mut flow, &optimakers_order(17, json!(true))));
}

/// A call that fails commits nothing: shown again, the order is asked for.
#[test]
fn a_change_that_cannot_be_read_fails_and_leaves_nothing() {
    let flow = flow();
    let change = windlass_sdk::Change {
        role: "baselinker".into(),
        stream: "products".into(),
        sequence: 1,
        kind: windlass_sdk::ChangeKind::Created,
        key: "17".into(),
        json: Some("{}".into()),
        origin: "sync:1".into(),
        at_ms: 0,
        failed: Vec::new(),
    };
    assert_eq!(flow.show(&change).unwrap_err().code, "unknown-stream");
    let unread = windlass_sdk::Change { stream: "orders".into(), json: Some("{".into()), ..change };
    assert!(flow.show(&unread).unwrap_err().message.contains("`17`"));
}
