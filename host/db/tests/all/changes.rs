//! Changes: numbers in the order of commits, without gaps.

use windlass_db::{Retention, StorageWrite};

use crate::support::{
    Case, LEASE_MS, T0, commit, go_on, is_missing, new_action, on_both, records, succeed, write,
};

on_both![
    changes_are_paged_in_order,
    a_rollback_leaves_no_gap,
    concurrent_writers_leave_no_gap,
    a_position_older_than_what_is_kept_is_told_so,
];

async fn changes_are_paged_in_order(case: Case) {
    let orders = case.orders().await;
    case.page(&orders, write(&orders, records(&["1", "2", "3"]))).await;
    let page = case.db.changes(orders.id, 1, 1).await.unwrap();
    assert_eq!((page.changes.len(), page.changes[0].sequence, page.latest), (1, 2, 3));
    let end = case.db.changes(orders.id, 3, 10).await.unwrap();
    assert_eq!((end.changes.len(), end.latest), (0, 3));
    assert!(is_missing(&case.db.changes(999, 0, 1).await));
}

async fn a_rollback_leaves_no_gap(case: Case) {
    let orders = case.orders().await;
    let (_, lease) = case.sync(&orders).await;
    // The storage is written after the records: so all of them are rolled back.
    let mut broken = commit(vec![write(&orders, records(&["1", "2"]))], succeed());
    broken.storage = vec![StorageWrite { key: "\0".to_owned(), value: None }];
    assert!(case.db.commit(T0, &lease, broken).await.is_err());
    assert!(case.keys(&orders).await.is_empty());
    case.db.commit(T0, &lease, commit(vec![write(&orders, records(&["3"]))], succeed())).await.unwrap();
    assert_eq!(case.changes(&orders, 0).await, ["1 created 3"]);
}

async fn concurrent_writers_leave_no_gap(case: Case) {
    let orders = case.orders().await;
    let items = case.db.stream(orders.connection, "items").await.unwrap().unwrap();
    for number in 0..6 {
        case.db.action_enqueue(T0, &new_action(orders.connection, &number.to_string())).await.unwrap();
    }
    let other = case.other_host().await;
    let mut taken = case.db.take(T0, "one", LEASE_MS, 3).await.unwrap();
    taken.extend(other.take(T0, "other", LEASE_MS, 3).await.unwrap());
    assert_eq!(taken.len(), 6);
    let mut writers = tokio::task::JoinSet::new();
    for (number, (_, lease)) in taken.into_iter().enumerate() {
        let db = if number % 2 == 0 { case.db.clone() } else { other.clone() };
        let (orders, items) = (orders.clone(), items.clone());
        writers.spawn(async move {
            for page in 0..10 {
                let keys = [format!("{number}-{page}"), format!("{number}-{page}b")];
                let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
                // Given in both orders: the database takes the streams by their id.
                let mut streams = vec![write(&orders, records(&keys)), write(&items, records(&keys))];
                if number % 3 == 0 {
                    streams.reverse();
                }
                db.commit(T0, &lease, commit(streams, go_on())).await.unwrap();
            }
        });
    }
    while let Some(done) = writers.join_next().await {
        done.unwrap();
    }
    for stream in [&orders, &items] {
        let changes = case.db.changes(stream.id, 0, 1_000).await.unwrap();
        let sequences: Vec<i64> = changes.changes.iter().map(|change| change.sequence).collect();
        assert_eq!(sequences, (1..=120).collect::<Vec<_>>());
        assert_eq!(case.again(stream).await.records, 120);
    }
    other.close().await;
}

async fn a_position_older_than_what_is_kept_is_told_so(case: Case) {
    let orders = case.orders().await;
    case.page(&orders, write(&orders, records(&["1", "2"]))).await;
    let keep = Retention {
        changes_ms: 1_000,
        runs_ms: 10_000,
        deliveries_ms: 1_000,
        ledger_ms: 1_000,
        good_traces: 20,
    };
    case.db.prune(T0 + 1_000, &keep).await.unwrap();
    assert_eq!(case.changes(&orders, 0).await.len(), 2, "just kept");
    case.db.prune(T0 + 1_001, &keep).await.unwrap();
    let expired = case.db.changes(orders.id, 1, 10).await;
    assert!(matches!(expired, Err(windlass_db::DbError::Expired { oldest: 3 })), "{expired:?}");
    assert!(case.db.changes(orders.id, 2, 10).await.unwrap().changes.is_empty());
    case.page(&orders, write(&orders, records(&["3"]))).await;
    assert_eq!(case.changes(&orders, 2).await, ["3 created 3"]);
}
