//! Taking, parking and rescuing runs.

use std::collections::HashSet;

use windlass_db::{Next, RunFilter, RunState};

use crate::support::{Case, LEASE_MS, T0, error, new_action, new_sync, on_both, snooze};

on_both![
    taking_leases_and_counts_an_attempt,
    a_run_is_not_taken_before_it_is_due,
    the_oldest_due_run_is_taken_first,
    no_run_is_taken_twice,
    a_snooze_is_not_an_attempt,
    an_expired_lease_is_rescued_and_counts,
    a_starting_host_rescues_all_at_once,
    renewing_tells_which_leases_are_lost,
    the_next_due_time_is_told,
    runs_are_filtered,
];

async fn taking_leases_and_counts_an_attempt(case: Case) {
    let orders = case.orders().await;
    let (run, lease) = case.sync(&orders).await;
    assert_eq!((run.state, run.attempt, run.fence), (RunState::Running, 1, 1));
    assert_eq!((run.started_at, run.lease_until), (Some(T0), Some(T0 + LEASE_MS)));
    assert_eq!((run.connection_name.as_str(), run.stream_name.as_deref()), ("shop", Some("orders")));
    assert_eq!((lease.run, lease.fence, lease.until), (run.id, 1, T0 + LEASE_MS));
    assert_eq!(lease.owner, "host");
    assert!(case.db.take(T0, "host", LEASE_MS, 10).await.unwrap().is_empty());
}

async fn a_run_is_not_taken_before_it_is_due(case: Case) {
    let orders = case.orders().await;
    let later = windlass_db::NewRun { due_at: T0 + 10, ..new_sync(&orders) };
    case.db.sync_enqueue(T0, &later).await.unwrap();
    assert!(case.db.take(T0 + 9, "host", LEASE_MS, 10).await.unwrap().is_empty());
    assert_eq!(case.db.take(T0 + 10, "host", LEASE_MS, 10).await.unwrap().len(), 1);
}

async fn the_oldest_due_run_is_taken_first(case: Case) {
    let shop = case.connection("shop").await;
    for (key, due_at) in [("c", T0 - 1), ("a", T0 - 3), ("b", T0 - 2), ("d", T0)] {
        let new = windlass_db::NewRun { due_at, ..new_action(shop.id, key) };
        case.db.action_enqueue(T0, &new).await.unwrap();
    }
    let taken = case.db.take(T0, "host", LEASE_MS, 3).await.unwrap();
    let keys: Vec<_> = taken.iter().map(|(run, _)| run.key.as_deref().unwrap()).collect();
    assert_eq!(keys, ["a", "b", "c"]);
}

async fn no_run_is_taken_twice(case: Case) {
    let shop = case.connection("shop").await;
    for number in 0..60 {
        case.db.action_enqueue(T0, &new_action(shop.id, &number.to_string())).await.unwrap();
    }
    let other = case.other_host().await;
    let mut hosts = tokio::task::JoinSet::new();
    for number in 0..6 {
        let db = if number % 2 == 0 { case.db.clone() } else { other.clone() };
        hosts.spawn(async move {
            let mut mine = Vec::new();
            loop {
                let taken = db.take(T0, &format!("host {number}"), LEASE_MS, 3).await.unwrap();
                if taken.is_empty() {
                    return mine;
                }
                mine.extend(taken.into_iter().map(|(run, lease)| (run.id, lease.fence)));
            }
        });
    }
    let mut all = Vec::new();
    while let Some(mine) = hosts.join_next().await {
        all.extend(mine.unwrap());
    }
    // A host that met only locked rows stops early; what it left is taken by the others or here.
    let rest = case.db.take(T0, "last", LEASE_MS, 100).await.unwrap();
    all.extend(rest.into_iter().map(|(run, lease)| (run.id, lease.fence)));
    assert_eq!(all.len(), 60);
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 60);
    assert!(all.iter().all(|(_, fence)| *fence == 1));
    other.close().await;
}

async fn a_snooze_is_not_an_attempt(case: Case) {
    let orders = case.orders().await;
    let (run, lease) = case.sync(&orders).await;
    case.db.transition(T0, &lease, &snooze(T0 + 100)).await.unwrap();
    let parked = case.state(run.id).await;
    assert_eq!((parked.state, parked.due_at), (RunState::Queued, T0 + 100));
    assert_eq!(parked.snooze.unwrap().message, "No room before noon.");
    let taken = case.db.take(T0 + 100, "host", LEASE_MS, 1).await.unwrap();
    assert_eq!((taken[0].0.attempt, taken[0].0.fence), (1, 2));
    assert!(taken[0].0.snooze.is_none());
    let retry = Next::Retry { at: T0 + 200, error: error("vendor.down") };
    case.db.transition(T0, &taken[0].1, &retry).await.unwrap();
    let taken = case.db.take(T0 + 200, "host", LEASE_MS, 1).await.unwrap();
    assert_eq!(taken[0].0.attempt, 2, "a retry is one");
}

async fn an_expired_lease_is_rescued_and_counts(case: Case) {
    let orders = case.orders().await;
    let (run, _) = case.sync(&orders).await;
    assert_eq!(case.db.rescue(T0 + LEASE_MS - 1, false).await.unwrap(), 0);
    assert_eq!(case.db.rescue(T0 + LEASE_MS, false).await.unwrap(), 1);
    let rescued = case.state(run.id).await;
    assert_eq!((rescued.state, rescued.due_at, rescued.lease_owner), (RunState::Queued, T0 + LEASE_MS, None));
    let taken = case.db.take(T0 + LEASE_MS, "other", LEASE_MS, 1).await.unwrap();
    assert_eq!((taken[0].0.attempt, taken[0].0.started_at), (2, Some(T0)));
}

async fn a_starting_host_rescues_all_at_once(case: Case) {
    let orders = case.orders().await;
    case.sync(&orders).await;
    case.action(orders.connection, "1").await;
    assert_eq!(case.db.rescue(T0, true).await.unwrap(), 2);
    assert_eq!(case.db.take(T0, "host", LEASE_MS, 10).await.unwrap().len(), 2);
}

async fn renewing_tells_which_leases_are_lost(case: Case) {
    let orders = case.orders().await;
    let (sync, first) = case.sync(&orders).await;
    let (action, second) = case.action(orders.connection, "1").await;
    let leases = [second, first];
    assert!(case.db.renew(T0 + 5_000, "host", &leases, LEASE_MS).await.unwrap().is_empty());
    assert_eq!(case.state(sync.id).await.lease_until, Some(T0 + 5_000 + LEASE_MS));
    case.db.rescue(T0, true).await.unwrap();
    case.db.take(T0, "other", LEASE_MS, 1).await.unwrap();
    assert_eq!(case.db.renew(T0, "host", &leases, LEASE_MS).await.unwrap(), [sync.id, action.id]);
}

async fn the_next_due_time_is_told(case: Case) {
    let orders = case.orders().await;
    assert_eq!(case.db.next_due().await.unwrap(), None);
    let (_, lease) = case.sync(&orders).await;
    assert_eq!(case.db.next_due().await.unwrap(), None, "a running run waits for nothing");
    case.db.transition(T0, &lease, &snooze(T0 + 70)).await.unwrap();
    assert_eq!(case.db.next_due().await.unwrap(), Some(T0 + 70));
}

async fn runs_are_filtered(case: Case) {
    let orders = case.orders().await;
    let other = case.connection("other").await;
    case.sync(&orders).await;
    for key in ["1", "2"] {
        case.db.action_enqueue(T0, &new_action(other.id, key)).await.unwrap();
    }
    let count =
        async |filter: RunFilter| case.db.runs(&RunFilter { limit: 10, ..filter }).await.unwrap().len();
    assert_eq!(count(RunFilter::default()).await, 3);
    assert_eq!(count(RunFilter { connection: Some(other.id), ..RunFilter::default() }).await, 2);
    assert_eq!(count(RunFilter { stream: Some(orders.id), ..RunFilter::default() }).await, 1);
    let kind = Some(windlass_db::RunKind::Action);
    assert_eq!(count(RunFilter { kind, state: Some(RunState::Running), ..RunFilter::default() }).await, 0);
    let newest = case.db.runs(&RunFilter { limit: 1, ..RunFilter::default() }).await.unwrap();
    assert_eq!(newest[0].key.as_deref(), Some("2"));
    assert_eq!(count(RunFilter { before: Some(newest[0].id), kind, ..RunFilter::default() }).await, 1);
}
