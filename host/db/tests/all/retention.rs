//! Retention: what is past its time goes, a bounded number of rows at once.

use windlass_db::{IntentState, Next, Retention, RunFilter, RunState};

use crate::support::{
    Case, T0, commit, error, new_action, on_both, records, succeed, walk_page, whole_walk, write,
};

on_both![
    finished_runs_leave_with_all_that_hangs_on_them,
    held_and_doubtful_runs_stay,
    pruning_is_bounded_and_says_so,
    keys_of_dropped_walks_leave,
];

const KEEP: Retention =
    Retention { changes_ms: 1_000, runs_ms: 1_000, deliveries_ms: 1_000, ledger_ms: 1_000, good_traces: 20 };

async fn finished_runs_leave_with_all_that_hangs_on_them(case: Case) {
    let orders = case.orders().await;
    case.page(&orders, write(&orders, records(&["1"]))).await;
    let runs = case.db.runs(&RunFilter { limit: 10, ..RunFilter::default() }).await.unwrap();
    assert!(!case.db.prune(T0 + 1_000, &KEEP).await.unwrap());
    assert!(case.db.run(runs[0].id).await.unwrap().is_some(), "just kept");
    assert!(!case.db.prune(T0 + 1_001, &KEEP).await.unwrap());
    assert!(case.db.run(runs[0].id).await.unwrap().is_none());
    assert!(case.db.calls(runs[0].id).await.unwrap().is_empty());
    assert_eq!(case.keys(&orders).await, ["1"], "records are no history");
}

async fn held_and_doubtful_runs_stay(case: Case) {
    let shop = case.connection("shop").await;
    let (held, lease) = case.action(shop.id, "held").await;
    case.db.transition(T0, &lease, &Next::Hold { error: error("action.held") }).await.unwrap();
    let (doubtful, lease) = case.action(shop.id, "doubtful").await;
    case.db.intent_open(T0, &lease, 1, "POST", "https://shop.example").await.unwrap();
    case.db.transition(T0, &lease, &Next::Fail { error: error("call.trap") }).await.unwrap();
    let (sure, lease) = case.action(shop.id, "sure").await;
    case.db.intent_open(T0, &lease, 1, "POST", "https://shop.example").await.unwrap();
    case.db.intent_end(T0, sure.id, 1, IntentState::NotSent).await.unwrap();
    case.db.transition(T0, &lease, &Next::Fail { error: error("call.trap") }).await.unwrap();
    case.db.action_enqueue(T0, &new_action(shop.id, "queued")).await.unwrap();
    case.db.prune(T0 + 9_000, &KEEP).await.unwrap();
    assert_eq!(case.state(held.id).await.state, RunState::Held);
    assert_eq!(case.state(doubtful.id).await.state, RunState::Failed);
    assert!(case.db.run(sure.id).await.unwrap().is_none());
    assert_eq!(case.db.runs(&RunFilter { limit: 10, ..RunFilter::default() }).await.unwrap().len(), 3);
}

async fn pruning_is_bounded_and_says_so(case: Case) {
    let orders = case.orders().await;
    let keys: Vec<String> = (0..1_500).map(|number| number.to_string()).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    case.page(&orders, write(&orders, records(&keys))).await;
    assert!(case.db.prune(T0 + 5_000, &KEEP).await.unwrap(), "there is more");
    let expired = case.db.changes(orders.id, 0, 1).await;
    assert!(matches!(expired, Err(windlass_db::DbError::Expired { oldest: 1_001 })), "{expired:?}");
    assert!(!case.db.prune(T0 + 5_000, &KEEP).await.unwrap());
    assert!(case.db.changes(orders.id, 1_500, 1).await.unwrap().changes.is_empty());
}

async fn keys_of_dropped_walks_leave(case: Case) {
    let orders = case.orders().await;
    let (_, lease) = case.sync(&orders).await;
    let page = commit(vec![walk_page(&orders, &["1", "2"], true, false)], crate::support::go_on());
    case.db.commit(T0, &lease, page).await.unwrap();
    case.db.commit(T0, &lease, commit(vec![whole_walk(&orders, &["1", "2"])], succeed())).await.unwrap();
    case.page(&orders, whole_walk(&orders, &["1", "2"])).await;
    assert!(!case.db.prune(T0, &KEEP).await.unwrap());
    let outcome = case.page(&orders, whole_walk(&orders, &["1", "2"])).await;
    assert_eq!((outcome.deleted, outcome.withheld), (0, None), "what is still needed stayed");
}
