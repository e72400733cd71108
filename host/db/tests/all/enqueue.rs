//! Enqueueing: one sync per stream, one run per action key.

use windlass_db::{AgainState, NewRun, RunState};

use crate::support::{
    Case, LEASE_MS, T0, commit, error, go_on, is_nul, new_action, new_sync, on_both, records, snooze,
    succeed, write,
};

on_both![
    a_second_sync_joins_the_first,
    a_joined_run_becomes_due_at_once,
    a_full_read_is_taken_over_by_a_queued_run,
    a_full_read_asked_of_a_running_run_is_done_before_it_succeeds,
    an_action_key_is_enqueued_once,
    concurrent_enqueues_make_one_run,
    an_action_keeps_its_key_and_input_over_attempts,
    a_step_of_an_action_starts_the_count_of_attempts_again,
];

async fn a_second_sync_joins_the_first(case: Case) {
    let orders = case.orders().await;
    let (first, made) = case.db.sync_enqueue(T0, &new_sync(&orders)).await.unwrap();
    assert!(made);
    let (joined, made) = case.db.sync_enqueue(T0, &new_sync(&orders)).await.unwrap();
    assert_eq!((joined.id, made), (first.id, false));
    let (_, lease) = case.take_one().await;
    let (joined, made) = case.db.sync_enqueue(T0, &new_sync(&orders)).await.unwrap();
    assert_eq!((joined.id, made, joined.state), (first.id, false, RunState::Running));
    case.db.transition(T0, &lease, &succeed()).await.unwrap();
    let (next, made) = case.db.sync_enqueue(T0, &new_sync(&orders)).await.unwrap();
    assert!(made && next.id != first.id);
}

async fn a_joined_run_becomes_due_at_once(case: Case) {
    let orders = case.orders().await;
    let (run, lease) = case.sync(&orders).await;
    case.db.transition(T0, &lease, &snooze(T0 + 9_000)).await.unwrap();
    case.db.sync_enqueue(T0 + 1, &NewRun { due_at: T0 + 1, ..new_sync(&orders) }).await.unwrap();
    let joined = case.state(run.id).await;
    assert_eq!((joined.due_at, joined.snooze.is_some()), (T0 + 1, true));
}

async fn a_full_read_is_taken_over_by_a_queued_run(case: Case) {
    let orders = case.orders().await;
    let (_, lease) = case.sync(&orders).await;
    let page = commit(vec![write(&orders, records(&["1"]))], snooze(T0));
    case.db.commit(T0, &lease, page).await.unwrap();
    let (joined, _) = case.db.sync_enqueue(T0, &NewRun { full: true, ..new_sync(&orders) }).await.unwrap();
    assert_eq!((joined.full, joined.pages), (true, 0), "it starts from the start");
    let (joined, _) = case.db.sync_enqueue(T0, &new_sync(&orders)).await.unwrap();
    assert!(joined.full, "a plain one takes nothing back");
}

async fn a_full_read_asked_of_a_running_run_is_done_before_it_succeeds(case: Case) {
    let orders = case.orders().await;
    let (run, lease) = case.sync(&orders).await;
    case.db.commit(T0, &lease, commit(vec![write(&orders, records(&["1"]))], go_on())).await.unwrap();
    case.db.sync_enqueue(T0, &NewRun { full: true, ..new_sync(&orders) }).await.unwrap();
    assert!(!case.state(run.id).await.full, "the call under way is no full read");
    case.db.commit(T0, &lease, commit(vec![write(&orders, records(&["1"]))], succeed())).await.unwrap();
    let queued = case.state(run.id).await;
    assert_eq!((queued.state, queued.snooze.unwrap().code.as_str()), (RunState::Queued, "full-asked"));
    let (taken, lease) = case.take_one().await;
    assert_eq!((taken.id, taken.full, taken.pages, taken.attempt), (run.id, true, 0, 1));
    case.db.commit(T0, &lease, commit(vec![write(&orders, records(&["1"]))], succeed())).await.unwrap();
    assert_eq!(case.state(run.id).await.state, RunState::Succeeded);
}

async fn an_action_key_is_enqueued_once(case: Case) {
    let shop = case.connection("shop").await;
    let other = case.connection("other").await;
    let (first, made) = case.db.action_enqueue(T0, &new_action(shop.id, "k")).await.unwrap();
    assert!(made);
    let again = NewRun { input_hash: Some("other".to_owned()), ..new_action(shop.id, "k") };
    let (found, made) = case.db.action_enqueue(T0, &again).await.unwrap();
    assert_eq!((found.id, made, found.input_hash.as_deref()), (first.id, false, Some("hash of k")));
    assert!(case.db.action_enqueue(T0, &new_action(other.id, "k")).await.unwrap().1);
    let elsewhere = NewRun { action: Some("cancel".to_owned()), ..new_action(shop.id, "k") };
    assert!(case.db.action_enqueue(T0, &elsewhere).await.unwrap().1);
    assert!(is_nul(&case.db.action_enqueue(T0, &new_action(shop.id, "k\0")).await));
}

async fn concurrent_enqueues_make_one_run(case: Case) {
    let orders = case.orders().await;
    let mut hosts = tokio::task::JoinSet::new();
    for number in 0..8 {
        let (db, orders) = (case.db.clone(), orders.clone());
        hosts.spawn(async move {
            let sync = db.sync_enqueue(T0, &new_sync(&orders)).await.unwrap();
            let action = db.action_enqueue(T0, &new_action(orders.connection, "k")).await.unwrap();
            let due = db.stream_enqueue_due(T0, orders.id, T0, T0 + 1 + number).await.unwrap();
            (sync.0.id, sync.1, action.0.id, action.1, due)
        });
    }
    let mut all = Vec::new();
    while let Some(one) = hosts.join_next().await {
        all.push(one.unwrap());
    }
    assert!(all.iter().all(|one| (one.0, one.2) == (all[0].0, all[0].2)));
    assert_eq!(all.iter().filter(|one| one.1).count(), 1);
    assert_eq!(all.iter().filter(|one| one.3).count(), 1);
    assert_eq!(all.iter().filter(|one| one.4).count(), 1, "the schedule moved once");
}

async fn an_action_keeps_its_key_and_input_over_attempts(case: Case) {
    let shop = case.connection("shop").await;
    let (first, lease) = case.action(shop.id, "k").await;
    let again = windlass_db::Next::Snooze {
        until: T0,
        reason: windlass_db::SnoozeReason { code: "again".to_owned(), message: String::new() },
        state: Some(AgainState::Open("half done".to_owned())),
    };
    case.db.commit(T0, &lease, commit(Vec::new(), again)).await.unwrap();
    let (second, lease) = case.take_one().await;
    assert_eq!((&second.key, &second.input, second.attempt), (&first.key, &first.input, 1));
    let half_done = Some(AgainState::Open("half done".to_owned()));
    assert_eq!(second.again, half_done);
    case.db.transition(T0, &lease, &snooze(T0)).await.unwrap();
    let taken = case.db.take(T0, "host", LEASE_MS, 1).await.unwrap();
    assert_eq!(taken[0].0.again, half_done, "kept where none is given");
}

async fn a_step_of_an_action_starts_the_count_of_attempts_again(case: Case) {
    let shop = case.connection("shop").await;
    let (_, lease) = case.action(shop.id, "k").await;
    let retry = windlass_db::Next::Retry { at: T0, error: error("transient") };
    case.db.transition(T0, &lease, &retry).await.unwrap();
    let (second, lease) = case.take_one().await;
    assert_eq!(second.attempt, 2);
    let again = windlass_db::Next::Snooze {
        until: T0,
        reason: windlass_db::SnoozeReason { code: "again".to_owned(), message: String::new() },
        state: Some(AgainState::Open("half done".to_owned())),
    };
    case.db.commit(T0, &lease, commit(Vec::new(), again)).await.unwrap();
    assert_eq!(case.take_one().await.0.attempt, 1);
}
