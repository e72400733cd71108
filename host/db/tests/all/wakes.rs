//! Queued runs that look again, because what they wait for has changed.

use windlass_db::{ConnectionChange, Next, Parts, SnoozeReason};

use crate::support::{Case, LEASE_MS, T0, new_action, new_sync, on_both, snooze};

on_both![what_is_switched_off_becomes_due, runs_parked_by_a_limit_look_again, another_wait_is_not_cut_short];

const HOUR: i64 = 3_600_000;

async fn what_is_switched_off_becomes_due(case: Case) {
    let shop = case.connection("shop").await;
    let streams = case.db.streams(shop.id).await.unwrap();
    for stream in &streams {
        case.db
            .sync_enqueue(T0, &windlass_db::NewRun { due_at: T0 + HOUR, ..new_sync(stream) })
            .await
            .unwrap();
    }
    for action in ["ship", "bill"] {
        let new = new_action(shop.id, action);
        let new = windlass_db::NewRun { action: Some(action.to_owned()), due_at: T0 + HOUR, ..new };
        case.db.action_enqueue(T0, &new).await.unwrap();
    }
    let off = Parts { streams: vec![streams[0].id], actions: vec!["bill".to_owned()] };
    let change = ConnectionChange {
        revision: 1,
        config: "{}".to_owned(),
        labels: "{}".to_owned(),
        secrets: Vec::new(),
        unset: Vec::new(),
        due: vec![(streams[0].id, None)],
        off,
        digest: String::new(),
        unique: Vec::new(),
        bound: None,
    };
    case.db.connection_update(T0 + 1, shop.id, &change).await.unwrap();
    let taken = case.db.take(T0 + 1, "host", LEASE_MS, 10).await.unwrap();
    let mut parts: Vec<_> = taken.into_iter().map(|(run, _)| run.stream_name.or(run.action)).collect();
    parts.sort();
    assert_eq!(parts, [Some("bill".to_owned()), Some(streams[0].name.clone())]);
}

async fn runs_parked_by_a_limit_look_again(case: Case) {
    let orders = case.orders().await;
    let (run, lease) = case.sync(&orders).await;
    case.db.transition(T0, &lease, &snooze(T0 + HOUR)).await.unwrap();
    assert_eq!(case.db.runs_look_again(T0 + 5, "another").await.unwrap(), 0);
    assert!(case.db.take(T0 + 5, "host", LEASE_MS, 10).await.unwrap().is_empty());
    assert_eq!(case.db.runs_look_again(T0 + 5, "shopkeeper").await.unwrap(), 1);
    let taken = case.db.take(T0 + 5, "host", LEASE_MS, 10).await.unwrap();
    assert_eq!((taken.len(), taken[0].0.id, taken[0].0.attempt), (1, run.id, run.attempt), "not an attempt");
}

async fn another_wait_is_not_cut_short(case: Case) {
    let orders = case.orders().await;
    let (_, lease) = case.sync(&orders).await;
    let reason = SnoozeReason { code: "blocked".to_owned(), message: "The vendor asked to wait.".to_owned() };
    let next = Next::Snooze { until: T0 + HOUR, reason, state: None };
    case.db.transition(T0, &lease, &next).await.unwrap();
    assert_eq!(case.db.runs_look_again(T0 + 5, "shopkeeper").await.unwrap(), 0);
}
