//! What a person does to runs: cancel, retry, resolve.

use windlass_db::{IntentState, Next, Output, RunState};

use crate::support::{
    Case, LEASE_MS, T0, commit, error, is_conflict, is_missing, new_sync, on_both, records, succeed, write,
};

on_both![
    a_queued_run_is_cancelled_at_once,
    a_running_run_is_asked_to_stop,
    a_run_that_was_asked_to_stop_does_not_wait,
    an_action_in_doubt_is_held_when_it_is_cancelled,
    a_failed_run_is_retried_from_its_first_attempt,
    a_retried_sync_does_not_join_a_newer_one,
    a_held_run_is_done,
    a_held_run_is_sent_again,
    a_run_that_is_sent_again_is_no_longer_asked_to_stop,
    a_held_run_is_dropped,
    what_is_not_held_is_not_resolved,
];

async fn a_queued_run_is_cancelled_at_once(case: Case) {
    let orders = case.orders().await;
    let (run, _) = case.db.sync_enqueue(T0, &new_sync(&orders)).await.unwrap();
    let cancelled = case.db.run_cancel(T0 + 1, run.id).await.unwrap();
    assert_eq!((cancelled.state, cancelled.finished_at), (RunState::Cancelled, Some(T0 + 1)));
    assert!(case.db.take(T0, "host", LEASE_MS, 1).await.unwrap().is_empty());
    assert!(is_conflict(&case.db.run_cancel(T0, run.id).await));
    assert!(is_missing(&case.db.run_cancel(T0, 999).await));
}

async fn a_running_run_is_asked_to_stop(case: Case) {
    let orders = case.orders().await;
    let (run, lease) = case.sync(&orders).await;
    let asked = case.db.run_cancel(T0, run.id).await.unwrap();
    assert_eq!((asked.state, asked.cancel_asked), (RunState::Running, true));
    let next = Next::Continue { lease_until: T0 + LEASE_MS };
    let outcome =
        case.db.commit(T0, &lease, commit(vec![write(&orders, records(&["1"]))], next)).await.unwrap();
    assert!(outcome.cancel_asked);
    case.db.transition(T0, &lease, &Next::Cancel).await.unwrap();
    assert_eq!(case.state(run.id).await.state, RunState::Cancelled);
}

async fn a_run_that_was_asked_to_stop_does_not_wait(case: Case) {
    let orders = case.orders().await;
    let (run, lease) = case.sync(&orders).await;
    case.db.run_cancel(T0, run.id).await.unwrap();
    let retry = Next::Retry { at: T0 + 60_000, error: error("transient") };
    case.db.transition(T0, &lease, &retry).await.unwrap();
    assert_eq!(case.state(run.id).await.state, RunState::Cancelled);
}

/// Whether it waits or runs: nobody may take it for undone.
async fn an_action_in_doubt_is_held_when_it_is_cancelled(case: Case) {
    let shop = case.connection("shop").await;
    let retry = Next::Retry { at: T0, error: error("transient") };
    for (key, waits) in [("waits", true), ("runs", false)] {
        let (run, lease) = case.action(shop.id, key).await;
        case.db.intent_open(T0, &lease, 1, "POST", "https://shop.example/ship").await.unwrap();
        if waits {
            case.db.transition(T0, &lease, &retry).await.unwrap();
        }
        case.db.run_cancel(T0, run.id).await.unwrap();
        if !waits {
            case.db.transition(T0, &lease, &retry).await.unwrap();
        }
        let held = case.state(run.id).await;
        assert_eq!((held.state, held.finished_at), (RunState::Held, None), "{key}");
        assert_eq!(held.error.map(|error| error.code).as_deref(), Some("action.held"));
        let dropped = case.db.run_resolve_drop(T0, run.id).await.unwrap();
        assert_eq!(dropped.state, RunState::Cancelled);
    }
}

async fn a_failed_run_is_retried_from_its_first_attempt(case: Case) {
    let orders = case.orders().await;
    let (run, lease) = case.sync(&orders).await;
    case.db.transition(T0, &lease, &Next::Fail { error: error("rejected") }).await.unwrap();
    let failed = case.state(run.id).await;
    assert_eq!((failed.state, failed.error), (RunState::Failed, Some(error("rejected"))));
    let retried = case.db.run_retry(T0 + 5, run.id).await.unwrap();
    assert_eq!((retried.state, retried.due_at, retried.attempt), (RunState::Queued, T0 + 5, 0));
    assert_eq!((retried.error, retried.finished_at), (None, None));
    assert!(is_conflict(&case.db.run_retry(T0, run.id).await), "it is queued now");
}

async fn a_retried_sync_does_not_join_a_newer_one(case: Case) {
    let orders = case.orders().await;
    let (run, lease) = case.sync(&orders).await;
    case.db.transition(T0, &lease, &Next::Fail { error: error("rejected") }).await.unwrap();
    case.db.sync_enqueue(T0, &new_sync(&orders)).await.unwrap();
    assert!(is_conflict(&case.db.run_retry(T0, run.id).await));
    assert_eq!(case.state(run.id).await.state, RunState::Failed);
}

/// A held action with one open and one answered intent.
async fn held(case: &Case) -> i64 {
    let shop = case.connection("shop").await;
    let (run, lease) = case.action(shop.id, "k").await;
    for _ in 0..2 {
        case.db.intent_open(T0, &lease, 1, "POST", "https://shop.example/ship").await.unwrap();
    }
    case.db.intent_end(T0, run.id, 2, IntentState::Answered).await.unwrap();
    case.db.transition(T0, &lease, &Next::Hold { error: error("action.held") }).await.unwrap();
    run.id
}

async fn all_settled(case: &Case, run: i64) -> bool {
    case.db.intents(run).await.unwrap().iter().all(|intent| intent.state == IntentState::Settled)
}

async fn a_held_run_is_done(case: Case) {
    let run = held(&case).await;
    assert_eq!(case.state(run).await.finished_at, None);
    let done = case.db.run_resolve_done(T0 + 1, run, &Output::open(r#"{"ok":true}"#)).await.unwrap();
    assert_eq!((done.state, done.output.as_deref()), (RunState::Succeeded, Some(r#"{"ok":true}"#)));
    assert_eq!((done.error, done.finished_at), (None, Some(T0 + 1)));
    assert!(all_settled(&case, run).await);
}

async fn a_held_run_is_sent_again(case: Case) {
    let run = held(&case).await;
    let again = case.db.run_resolve_send_again(T0 + 1, run).await.unwrap();
    assert_eq!((again.state, again.due_at, again.error), (RunState::Queued, T0 + 1, None));
    assert!(all_settled(&case, run).await);
    let taken = case.db.take(T0 + 1, "host", LEASE_MS, 1).await.unwrap();
    let ordinal = case.db.intent_open(T0, &taken[0].1, 1, "POST", "https://shop.example/ship").await.unwrap();
    assert_eq!(ordinal, 3, "ordinals count over all attempts");
}

/// It was asked to stop while it ran, and was held for that.
async fn a_run_that_is_sent_again_is_no_longer_asked_to_stop(case: Case) {
    let shop = case.connection("shop").await;
    let (run, lease) = case.action(shop.id, "k").await;
    case.db.intent_open(T0, &lease, 1, "POST", "https://shop.example/ship").await.unwrap();
    case.db.run_cancel(T0, run.id).await.unwrap();
    case.db.transition(T0, &lease, &Next::Cancel).await.unwrap();
    assert_eq!(case.state(run.id).await.state, RunState::Held);
    let again = case.db.run_resolve_send_again(T0, run.id).await.unwrap();
    assert_eq!((again.state, again.cancel_asked), (RunState::Queued, false));
}

async fn a_held_run_is_dropped(case: Case) {
    let run = held(&case).await;
    let dropped = case.db.run_resolve_drop(T0 + 1, run).await.unwrap();
    assert_eq!((dropped.state, dropped.finished_at), (RunState::Cancelled, Some(T0 + 1)));
    assert!(all_settled(&case, run).await);
}

async fn what_is_not_held_is_not_resolved(case: Case) {
    let orders = case.orders().await;
    let (run, lease) = case.sync(&orders).await;
    assert!(is_conflict(&case.db.run_resolve_done(T0, run.id, &Output::open("{}")).await));
    assert!(is_conflict(&case.db.run_resolve_send_again(T0, run.id).await));
    assert!(is_conflict(&case.db.run_resolve_drop(T0, run.id).await));
    assert!(is_missing(&case.db.run_resolve_drop(T0, 999).await));
    case.db.transition(T0, &lease, &succeed()).await.unwrap();
}
