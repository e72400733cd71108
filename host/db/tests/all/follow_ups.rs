//! What a delivery asks for is enqueued in its commit, and joined with what waits.

use windlass_db::{
    DeliveriesCommit, Lease, MOST_JOINED_KEYS, NewRun, ReadSoon, Received, Run, RunFilter, RunKind, RunState,
    Stream, Trigger,
};

use crate::support::{
    Case, T0, commit, go_on, new_action, new_sync, on_both, received, records, snooze, succeed, write,
};

on_both![
    keys_are_joined_with_a_run_that_waits,
    a_run_reads_a_bounded_number_of_keys,
    a_run_that_has_begun_takes_no_more_keys,
    a_walk_is_asked_for_once,
    a_walk_under_way_walks_again,
    a_person_takes_a_waiting_walk_over,
    an_action_is_enqueued_once_by_its_key,
];

/// A connection's webhook run, and the stream that is asked for.
async fn asking(case: &Case) -> (Lease, Stream) {
    let shop = case.connection("shop").await;
    let webhook = case.webhook(shop.id).await;
    let lease = case.receiving(&webhook).await;
    (lease, case.db.stream(shop.id, "orders").await.unwrap().unwrap())
}

/// Commits what a delivery asks for.
async fn ask(case: &Case, lease: &Lease, reads: Vec<ReadSoon>, actions: Vec<NewRun>) {
    // No such delivery is needed: what follows does not depend on it.
    let received = vec![Received { reads, actions, ..received(0) }];
    let commit = DeliveriesCommit { received, settle: Vec::new(), next: go_on() };
    case.db.commit_deliveries(T0, lease, commit).await.unwrap();
}

async fn ask_keys(case: &Case, lease: &Lease, stream: &Stream, keys: &[&str]) {
    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
    ask(case, lease, vec![ReadSoon { stream: stream.id, keys }], Vec::new()).await;
}

/// The syncs of a stream, oldest first.
async fn syncs(case: &Case, stream: &Stream) -> Vec<Run> {
    let filter = RunFilter { stream: Some(stream.id), limit: 100, ..RunFilter::default() };
    let mut runs = case.db.runs(&filter).await.unwrap();
    runs.reverse();
    runs
}

async fn keys_are_joined_with_a_run_that_waits(case: Case) {
    let (lease, orders) = asking(&case).await;
    ask_keys(&case, &lease, &orders, &["1", "2", "1"]).await;
    ask_keys(&case, &lease, &orders, &["2", "3"]).await;
    ask_keys(&case, &lease, &orders, &["3"]).await;
    let runs = syncs(&case, &orders).await;
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].input.as_deref(), Some(r#"["1","2","3"]"#));
    assert_eq!((runs[0].kind, runs[0].trigger), (RunKind::Sync, Trigger::Webhook));
    // One that waits for room in a limit has not begun.
    let (_, keyed) = case.take_one().await;
    case.db.transition(T0, &keyed, &snooze(T0 + 1_000)).await.unwrap();
    ask_keys(&case, &lease, &orders, &["4"]).await;
    assert_eq!(syncs(&case, &orders).await[0].input.as_deref(), Some(r#"["1","2","3","4"]"#));
}

async fn a_run_reads_a_bounded_number_of_keys(case: Case) {
    let (lease, orders) = asking(&case).await;
    let keys: Vec<String> = (0..MOST_JOINED_KEYS + 5).map(|key| key.to_string()).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    ask_keys(&case, &lease, &orders, &keys[..MOST_JOINED_KEYS - 1]).await;
    ask_keys(&case, &lease, &orders, &keys).await;
    let count = |run: &Run| serde_json::from_str::<Vec<String>>(run.input.as_deref().unwrap()).unwrap().len();
    assert_eq!(syncs(&case, &orders).await.iter().map(count).collect::<Vec<_>>(), [MOST_JOINED_KEYS, 5]);
}

async fn a_run_that_has_begun_takes_no_more_keys(case: Case) {
    let (lease, orders) = asking(&case).await;
    ask_keys(&case, &lease, &orders, &["1", "2"]).await;
    let (_, keyed) = case.take_one().await;
    ask_keys(&case, &lease, &orders, &["3"]).await;
    let mut rest = snooze(T0);
    if let windlass_db::Next::Snooze { state, .. } = &mut rest {
        *state = Some(windlass_db::AgainState::Open(r#"["2"]"#.to_owned()));
    }
    case.db.commit(T0, &keyed, commit(vec![write(&orders, records(&["1"]))], rest)).await.unwrap();
    ask_keys(&case, &lease, &orders, &["4"]).await;
    let inputs: Vec<_> = syncs(&case, &orders).await.into_iter().map(|run| run.input.unwrap()).collect();
    assert_eq!(inputs, [r#"["1","2"]"#, r#"["3","4"]"#]);
}

async fn a_walk_is_asked_for_once(case: Case) {
    let (lease, orders) = asking(&case).await;
    let walk = || ReadSoon { stream: orders.id, keys: Vec::new() };
    ask(&case, &lease, vec![walk(), walk()], Vec::new()).await;
    ask(&case, &lease, vec![walk()], Vec::new()).await;
    let runs = syncs(&case, &orders).await;
    assert_eq!((runs.len(), runs[0].trigger, runs[0].due_at), (1, Trigger::Webhook, T0));
}

async fn a_walk_under_way_walks_again(case: Case) {
    let (lease, orders) = asking(&case).await;
    let walk = || vec![ReadSoon { stream: orders.id, keys: Vec::new() }];
    let (run, sync) = case.sync(&orders).await;
    ask(&case, &lease, walk(), Vec::new()).await;
    ask(&case, &lease, walk(), Vec::new()).await;
    assert_eq!(syncs(&case, &orders).await.len(), 1);
    case.db.commit(T0, &sync, commit(vec![write(&orders, records(&["1"]))], succeed())).await.unwrap();
    let queued = case.state(run.id).await;
    assert_eq!((queued.state, queued.snooze.unwrap().code.as_str()), (RunState::Queued, "walk-asked"));
    let (_, sync) = case.take_one().await;
    case.db.commit(T0, &sync, commit(vec![write(&orders, records(&["1"]))], succeed())).await.unwrap();
    assert_eq!(case.state(run.id).await.state, RunState::Succeeded);
}

async fn a_person_takes_a_waiting_walk_over(case: Case) {
    let (lease, orders) = asking(&case).await;
    ask(&case, &lease, vec![ReadSoon { stream: orders.id, keys: Vec::new() }], Vec::new()).await;
    let (joined, made) = case.db.sync_enqueue(T0, &new_sync(&orders)).await.unwrap();
    assert_eq!((made, joined.trigger), (false, Trigger::Manual));
}

async fn an_action_is_enqueued_once_by_its_key(case: Case) {
    let (lease, orders) = asking(&case).await;
    let ship = |key: &str| NewRun { trigger: Trigger::Webhook, ..new_action(orders.connection, key) };
    ask(&case, &lease, Vec::new(), vec![ship("k"), ship("k"), ship("l")]).await;
    ask(&case, &lease, Vec::new(), vec![ship("k")]).await;
    let filter = RunFilter { kind: Some(RunKind::Action), limit: 10, ..RunFilter::default() };
    let keys: Vec<_> = case.db.runs(&filter).await.unwrap().into_iter().filter_map(|run| run.key).collect();
    assert_eq!(keys, ["l", "k"]);
}
