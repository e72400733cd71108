//! Fencing: a host that lost its lease writes nothing at all.

use windlass_db::{Ask, LogLevel, LogLine, Settle, Side, StorageWrite, Trace};

use crate::support::{Case, LEASE_MS, T0, claim, commit, is_lease_lost, on_both, records, succeed, write};

on_both![
    a_lost_lease_writes_nothing,
    a_finished_run_takes_no_more_commits,
    two_commits_of_one_lease_do_not_both_end_the_run
];

async fn a_lost_lease_writes_nothing(case: Case) {
    let db = &case.db;
    let orders = case.orders().await;
    let (run, lease) = case.sync(&orders).await;
    let limit = case.limit(&claim("s", 100, 60_000)).await;
    let ask = Ask { limit: limit.id, want: 1, ahead: 1 };
    let windlass_db::Booked::Yes(booked) =
        db.book(T0, Some(run.id), Side::Sync, &[ask], 1_000).await.unwrap()
    else {
        panic!("there is room")
    };
    db.rescue(T0, true).await.unwrap();
    let (_, present) = case.take_one().await;
    assert_eq!(present.fence, 2);

    let mut late = commit(vec![write(&orders, records(&["1"]))], succeed());
    late.storage = vec![StorageWrite { key: "a".to_owned(), value: Some(b"x".to_vec()) }];
    late.settle = vec![Settle { booking: booked[0].id, used: 0, counts_until: T0 }];
    late.settles_intents = true;
    late.call.log = vec![LogLine { at: T0, level: LogLevel::Info, message: "late".to_owned() }];
    late.call.trace = Some(Trace { bytes: b"trace".to_vec() });
    assert!(is_lease_lost(&db.commit(T0, &lease, late).await));
    assert!(is_lease_lost(&db.transition(T0, &lease, &succeed()).await));
    assert!(is_lease_lost(&db.intent_open(T0, &lease, 1, "POST", "https://shop.example").await));
    assert!(is_lease_lost(&db.checkpoint_migrated(&lease, orders.id, Some("x"), 0, 2).await));
    assert_eq!(db.renew(T0, "host", &[lease], LEASE_MS).await.unwrap(), [run.id]);

    assert!(case.keys(&orders).await.is_empty());
    assert_eq!(case.again(&orders).await.sequence, 0);
    assert!(db.calls(run.id).await.unwrap().is_empty());
    assert!(db.run_log(run.id).await.unwrap().is_empty());
    assert!(db.intents(run.id).await.unwrap().is_empty());
    assert_eq!(db.storage_get(orders.connection, "a").await.unwrap(), None);
    assert!(!db.ledger(limit.id, None, 10).await.unwrap()[0].settled);
    let standing = case.state(run.id).await;
    assert_eq!((standing.fence, standing.attempt, standing.pages), (2, 2, 0));
    db.commit(T0, &present, commit(vec![write(&orders, records(&["1"]))], succeed())).await.unwrap();
}

async fn a_finished_run_takes_no_more_commits(case: Case) {
    let orders = case.orders().await;
    let (_, lease) = case.sync(&orders).await;
    case.db.commit(T0, &lease, commit(vec![write(&orders, records(&["1"]))], succeed())).await.unwrap();
    let late = case.db.commit(T0, &lease, commit(vec![write(&orders, records(&["2"]))], succeed())).await;
    assert!(is_lease_lost(&late));
    assert_eq!(case.keys(&orders).await, ["1"]);
}

async fn two_commits_of_one_lease_do_not_both_end_the_run(case: Case) {
    let orders = case.orders().await;
    let (_, lease) = case.sync(&orders).await;
    let other = case.other_host().await;
    let page = |key| commit(vec![write(&orders, records(&[key]))], succeed());
    let one = {
        let (db, lease, page) = (case.db.clone(), lease.clone(), page("1"));
        tokio::spawn(async move { db.commit(T0, &lease, page).await })
    };
    let two = {
        let (db, lease, page) = (other.clone(), lease.clone(), page("2"));
        tokio::spawn(async move { db.commit(T0, &lease, page).await })
    };
    let outcomes = [one.await.unwrap(), two.await.unwrap()];
    assert_eq!(outcomes.iter().filter(|outcome| is_lease_lost(outcome)).count(), 1);
    assert_eq!(case.keys(&orders).await.len(), 1);
    other.close().await;
}
