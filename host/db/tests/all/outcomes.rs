//! What becomes of an action that a flow asked for and that comes to nothing: it is never lost.

use windlass_db::{AskedAction, FlowWrite, FollowedChange, Lease, Next, Output, Run, RunFilter, RunState};

use crate::flows::{Bridge, bridge, change, configured};
use crate::support::{Case, LEASE_MS, T0, commit, error, on_both, record, succeed, write};

on_both![
    an_action_that_fails_holds_the_change_that_it_answered,
    what_is_asked_again_goes_on_as_the_same_run,
    a_newer_change_says_what_came_to_nothing,
    a_failure_that_a_call_did_not_see_stays_held,
    what_a_flow_holds_for_its_own_reason_keeps_it,
    what_a_person_gave_up_only_a_person_brings_back,
    a_run_that_is_tried_again_lets_go_of_what_it_held,
    another_configuration_of_the_connection_brings_it_back,
    what_the_vendor_has_done_is_not_asked_for_again,
    a_held_run_is_named_until_it_is_resolved,
    a_flow_that_is_gone_holds_nothing,
];

/// A flow that was shown everything and asked for one action, which is taken.
async fn asked(case: &Case) -> (Bridge, Run, Lease) {
    let bridge = bridge(case).await;
    bridge.catch_up(case).await;
    ask(case, &bridge, change(2, "b")).await;
    let (run, lease) = case.take_one().await;
    (bridge, run, lease)
}

async fn ask(case: &Case, bridge: &Bridge, change: FollowedChange) {
    let key = format!("flow-{}", change.sequence);
    let action = AskedAction { change: change.clone(), ..bridge.asked(&key) };
    let unmoved = bridge.moved(bridge.at(case).await);
    let write = FlowWrite { moved: None, actions: vec![action], dealt_with: vec![change], ..unmoved };
    bridge.write(case, write).await;
}

async fn fail(case: &Case, lease: &Lease) {
    let next = Next::Fail { error: error("rejected") };
    case.db.commit(T0, lease, commit(Vec::new(), next)).await.unwrap();
}

/// The one change that is held.
async fn held(case: &Case, bridge: &Bridge) -> windlass_db::HeldChange {
    let held = case.db.held_changes(bridge.flow.id, 0, 10).await.unwrap();
    assert_eq!(held.len(), 1, "{held:?}");
    held.into_iter().next().unwrap()
}

async fn runs(case: &Case, bridge: &Bridge) -> Vec<Run> {
    let filter = RunFilter { connection: Some(bridge.store.id), limit: 10, ..RunFilter::default() };
    case.db.runs(&filter).await.unwrap()
}

async fn an_action_that_fails_holds_the_change_that_it_answered(case: Case) {
    let (bridge, run, lease) = asked(&case).await;
    assert_eq!(case.db.held_count(bridge.flow.id).await.unwrap(), 0);
    fail(&case, &lease).await;
    assert_eq!(case.db.held_failed_count(bridge.flow.id).await.unwrap(), 1);
    let held = held(&case, &bridge).await;
    let expected = format!("ship came to nothing in run {}: It did not go well. (rejected)", run.id);
    assert_eq!(held.reason, expected);
    assert_eq!((held.role.as_str(), held.change.key.as_str(), held.change.sequence), ("from", "b", 2));
    assert_eq!((held.change.origin.as_str(), held.change.json.is_some()), ("sync:1", true));
    assert!(case.db.flows_due(10).await.unwrap().is_empty(), "nobody has said to go on");
    case.db.held_deliver(bridge.flow.id, None).await.unwrap();
    let due = case.db.held_due(bridge.flow.id, 10).await.unwrap();
    let failed = &due[0].change.failed;
    assert_eq!((failed[0].run, failed[0].role.as_str(), failed[0].action.as_str()), (run.id, "to", "ship"));
}

async fn what_is_asked_again_goes_on_as_the_same_run(case: Case) {
    let (bridge, run, lease) = asked(&case).await;
    fail(&case, &lease).await;
    let again = held(&case, &bridge).await.change;
    ask(&case, &bridge, again).await;
    assert_eq!(case.db.held_count(bridge.flow.id).await.unwrap(), 0);
    let (second, lease) = case.take_one().await;
    assert_eq!((second.id, second.key.as_deref(), second.attempt), (run.id, Some("flow-2"), 1));
    // And once more while it runs: nothing.
    ask(&case, &bridge, change(2, "b")).await;
    case.db.commit(T0, &lease, commit(Vec::new(), succeed())).await.unwrap();
    ask(&case, &bridge, change(2, "b")).await;
    let runs = runs(&case, &bridge).await;
    assert_eq!((runs.len(), runs[0].state), (1, RunState::Succeeded));
}

async fn a_newer_change_says_what_came_to_nothing(case: Case) {
    let (bridge, run, lease) = asked(&case).await;
    fail(&case, &lease).await;
    case.page(&bridge.orders, write(&bridge.orders, vec![record("b", "7"), record("c", "8")])).await;
    let (shown, at) = bridge.next(&case, 10).await;
    assert_eq!((shown[0].key.as_str(), shown[0].failed.len()), ("b", 1));
    assert_eq!((shown[0].failed[0].run, shown[1].failed.len()), (run.id, 0));
    let write = FlowWrite { dealt_with: vec![shown[0].clone()], ..bridge.moved(at) };
    bridge.write(&case, write).await;
    assert_eq!(case.db.held_count(bridge.flow.id).await.unwrap(), 0, "it was told, and has answered");
}

/// The run ends between the look at what failed and the commit of what the flow makes of it.
async fn a_failure_that_a_call_did_not_see_stays_held(case: Case) {
    let (bridge, _, lease) = asked(&case).await;
    fail(&case, &lease).await;
    let unmoved = bridge.moved(bridge.at(&case).await);
    let write = FlowWrite { moved: None, dealt_with: vec![change(5, "b")], ..unmoved };
    bridge.write(&case, write).await;
    assert_eq!(held(&case, &bridge).await.change.failed.len(), 1);
}

async fn what_a_flow_holds_for_its_own_reason_keeps_it(case: Case) {
    let (bridge, run, lease) = asked(&case).await;
    fail(&case, &lease).await;
    let shown = held(&case, &bridge).await.change;
    let hold = windlass_db::HeldWrite { change: shown, reason: "no rate for 7 %".to_owned() };
    let unmoved = bridge.moved(bridge.at(&case).await);
    bridge.write(&case, FlowWrite { moved: None, held: vec![hold], ..unmoved }).await;
    let both = held(&case, &bridge).await;
    assert!(both.reason.starts_with("no rate for 7 %; ship came to nothing"), "{}", both.reason);
    assert_eq!(both.change.failed.len(), 1);
    case.db.run_retry(T0, run.id).await.unwrap();
    assert_eq!(held(&case, &bridge).await.reason, "no rate for 7 %");
}

async fn what_a_person_gave_up_only_a_person_brings_back(case: Case) {
    let bridge = bridge(&case).await;
    bridge.catch_up(&case).await;
    ask(&case, &bridge, change(2, "b")).await;
    let run = runs(&case, &bridge).await.remove(0);
    case.db.run_cancel(T0, run.id).await.unwrap();
    let reason = held(&case, &bridge).await.reason;
    assert!(reason.contains("a person gave it up (cancelled)"), "{reason}");
    case.db.connection_update(T0, bridge.flow.id, &configured(1, None)).await.unwrap();
    assert!(case.db.held_due(bridge.flow.id, 10).await.unwrap().is_empty());
    let id = held(&case, &bridge).await.id;
    case.db.held_deliver(bridge.flow.id, Some(id)).await.unwrap();
    assert_eq!(case.db.held_due(bridge.flow.id, 10).await.unwrap().len(), 1);
    assert!(case.db.held_drop(bridge.flow.id, id).await.unwrap());
    assert!(!case.db.held_drop(bridge.flow.id, id).await.unwrap());
    assert_eq!(case.db.held_count(bridge.flow.id).await.unwrap(), 0);
}

async fn a_run_that_is_tried_again_lets_go_of_what_it_held(case: Case) {
    let (bridge, run, lease) = asked(&case).await;
    fail(&case, &lease).await;
    case.db.run_retry(T0, run.id).await.unwrap();
    assert_eq!(case.db.held_count(bridge.flow.id).await.unwrap(), 0);
    let (_, lease) = case.take_one().await;
    fail(&case, &lease).await;
    assert_eq!(held(&case, &bridge).await.change.failed.len(), 1, "and holds it again");
}

async fn another_configuration_of_the_connection_brings_it_back(case: Case) {
    let (bridge, _, lease) = asked(&case).await;
    fail(&case, &lease).await;
    case.db.connection_update(T0, bridge.store.id, &configured(1, None)).await.unwrap();
    assert_eq!(case.db.held_due(bridge.flow.id, 10).await.unwrap().len(), 1);
}

async fn what_the_vendor_has_done_is_not_asked_for_again(case: Case) {
    let (bridge, run, lease) = asked(&case).await;
    let next = Next::FailWith { error: error("action.output"), output: Output::open("{}") };
    case.db.commit(T0, &lease, commit(Vec::new(), next)).await.unwrap();
    let again = held(&case, &bridge).await.change;
    ask(&case, &bridge, again).await;
    assert_eq!(case.db.held_count(bridge.flow.id).await.unwrap(), 0);
    assert_eq!(case.db.run(run.id).await.unwrap().unwrap().state, RunState::Failed);
    assert!(case.db.take(T0, "host", LEASE_MS, 10).await.unwrap().is_empty());
}

async fn a_held_run_is_named_until_it_is_resolved(case: Case) {
    let (bridge, run, lease) = asked(&case).await;
    case.db.transition(T0, &lease, &Next::Hold { error: error("action.held") }).await.unwrap();
    let waiting = case.db.held_asked(bridge.flow.id, 10).await.unwrap();
    assert_eq!((waiting[0].run, waiting[0].action.as_str()), (run.id, "ship"));
    assert_eq!(waiting[0].connection_name, "store");
    assert_eq!(case.db.held_count(bridge.flow.id).await.unwrap(), 0);
    case.db.run_resolve_drop(T0, run.id).await.unwrap();
    assert!(case.db.held_asked(bridge.flow.id, 10).await.unwrap().is_empty());
    assert_eq!(held(&case, &bridge).await.change.failed[0].code, "cancelled");
}

async fn a_flow_that_is_gone_holds_nothing(case: Case) {
    let (bridge, run, lease) = asked(&case).await;
    case.db.connection_delete(bridge.flow.id, false).await.unwrap();
    fail(&case, &lease).await;
    assert_eq!(case.db.run(run.id).await.unwrap().unwrap().state, RunState::Failed);
}
