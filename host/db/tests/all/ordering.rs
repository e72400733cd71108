//! Runs with an equal ordering value: one at a time, in the order they came.

use windlass_db::{NewRun, Next};

use crate::support::{Case, LEASE_MS, T0, error, new_action, new_sync, on_both, succeed};

on_both![
    equal_values_run_one_after_the_other,
    a_held_run_blocks_only_its_own_value,
    a_retried_run_waits_for_the_one_that_overtook_it,
    runs_of_one_stream_never_overlap,
    concurrent_takes_never_overlap,
];

async fn enqueue(case: &Case, connection: i64, key: &str, ordering: &str) -> i64 {
    let new = NewRun { ordering: Some(ordering.to_owned()), ..new_action(connection, key) };
    case.db.action_enqueue(T0, &new).await.unwrap().0.id
}

async fn taken(case: &Case) -> Vec<(windlass_db::Run, windlass_db::Lease)> {
    case.db.take(T0, "host", LEASE_MS, 10).await.unwrap()
}

async fn equal_values_run_one_after_the_other(case: Case) {
    let shop = case.connection("shop").await;
    let one = enqueue(&case, shop.id, "1", "A").await;
    let two = enqueue(&case, shop.id, "2", "A").await;
    let other = enqueue(&case, shop.id, "3", "B").await;
    let first = taken(&case).await;
    assert_eq!(first.iter().map(|(run, _)| run.id).collect::<Vec<_>>(), [one, other]);
    assert_eq!(case.db.next_due().await.unwrap(), None, "a blocked run makes no host spin");
    let retry = Next::Retry { at: T0 + 50, error: error("vendor.down") };
    case.db.transition(T0, &first[0].1, &retry).await.unwrap();
    assert!(taken(&case).await.is_empty(), "the first of them is not finished");
    assert_eq!(case.db.next_due().await.unwrap(), Some(T0 + 50));
    let again = case.db.take(T0 + 50, "host", LEASE_MS, 10).await.unwrap();
    assert_eq!(again[0].0.id, one);
    case.db.transition(T0, &again[0].1, &succeed()).await.unwrap();
    assert_eq!(taken(&case).await[0].0.id, two);
}

async fn a_held_run_blocks_only_its_own_value(case: Case) {
    let shop = case.connection("shop").await;
    let one = enqueue(&case, shop.id, "1", "A").await;
    let first = taken(&case).await;
    case.db.transition(T0, &first[0].1, &Next::Hold { error: error("action.held") }).await.unwrap();
    let two = enqueue(&case, shop.id, "2", "A").await;
    let other = enqueue(&case, shop.id, "3", "B").await;
    assert_eq!(taken(&case).await.iter().map(|(run, _)| run.id).collect::<Vec<_>>(), [other]);
    case.db.run_resolve_drop(T0, one).await.unwrap();
    assert_eq!(taken(&case).await[0].0.id, two);
}

async fn a_retried_run_waits_for_the_one_that_overtook_it(case: Case) {
    let shop = case.connection("shop").await;
    let one = enqueue(&case, shop.id, "1", "A").await;
    let first = taken(&case).await;
    case.db.transition(T0, &first[0].1, &Next::Fail { error: error("rejected") }).await.unwrap();
    enqueue(&case, shop.id, "2", "A").await;
    let second = taken(&case).await;
    case.db.run_retry(T0, one).await.unwrap();
    assert!(taken(&case).await.is_empty());
    case.db.transition(T0, &second[0].1, &succeed()).await.unwrap();
    assert_eq!(taken(&case).await[0].0.id, one);
}

async fn runs_of_one_stream_never_overlap(case: Case) {
    let orders = case.orders().await;
    let (walk, lease) = case.sync(&orders).await;
    let keys = NewRun { input: Some(r#"["7"]"#.to_owned()), ..new_sync(&orders) };
    let (single, made) = case.db.sync_enqueue(T0, &keys).await.unwrap();
    assert!(made && single.id != walk.id);
    assert!(taken(&case).await.is_empty());
    case.db.transition(T0, &lease, &succeed()).await.unwrap();
    assert_eq!(taken(&case).await[0].0.id, single.id);
}

async fn concurrent_takes_never_overlap(case: Case) {
    let shop = case.connection("shop").await;
    for key in 0..12 {
        enqueue(&case, shop.id, &key.to_string(), if key % 2 == 0 { "A" } else { "B" }).await;
    }
    let other = case.other_host().await;
    let mut hosts = tokio::task::JoinSet::new();
    for number in 0..4 {
        let db = if number % 2 == 0 { case.db.clone() } else { other.clone() };
        hosts.spawn(async move {
            let mut order = Vec::new();
            // Ends when all are done: every take that meets nothing finds another host at work.
            while db.next_due().await.unwrap().is_some() || running(&db).await > 0 {
                for (run, lease) in db.take(T0, "host", LEASE_MS, 2).await.unwrap() {
                    assert!(running(&db).await <= 2, "two values, two runs");
                    db.transition(T0, &lease, &succeed()).await.unwrap();
                    order.push(run.id);
                }
                tokio::task::yield_now().await;
            }
            order
        });
    }
    let mut done = Vec::new();
    while let Some(order) = hosts.join_next().await {
        let order = order.unwrap();
        done.extend(order);
    }
    assert_eq!(done.len(), 12);
    other.close().await;
}

async fn running(db: &windlass_db::Db) -> usize {
    let state = Some(windlass_db::RunState::Running);
    let filter = windlass_db::RunFilter { state, limit: 20, ..windlass_db::RunFilter::default() };
    db.runs(&filter).await.unwrap().len()
}
