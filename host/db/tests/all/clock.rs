//! Opening, versions of the schema, and time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use sqlx::Executor;
use sqlx::any::AnyPoolOptions;
use windlass_db::{Db, DbError};

use crate::support::{Case, T0, new_sync, on_both};

on_both![
    opening_again_keeps_what_is_there,
    a_newer_database_is_refused,
    hosts_that_open_at_once_migrate_once,
    time_never_goes_back,
    sqlite_goes_on_from_its_newest_row,
];

async fn opening_again_keeps_what_is_there(case: Case) {
    case.connection("shop").await;
    let other = case.other_host().await;
    assert_eq!(other.connection("shop").await.unwrap().unwrap().name, "shop");
    other.close().await;
}

async fn a_newer_database_is_refused(case: Case) {
    let pool = AnyPoolOptions::new().max_connections(1).connect(&case.url).await.unwrap();
    pool.execute("INSERT INTO windlass_schema (version) VALUES (999)").await.unwrap();
    pool.close().await;
    let refused = Db::open(&case.url).await;
    assert!(matches!(refused, Err(DbError::Newer { found: 999, .. })), "{refused:?}");
}

async fn hosts_that_open_at_once_migrate_once(case: Case) {
    let hosts = futures(4, |_| case.other_host()).await;
    for host in &hosts {
        assert!(host.connections().await.unwrap().is_empty());
        host.close().await;
    }
}

async fn time_never_goes_back(case: Case) {
    let one = case.db.now().await.unwrap();
    let other = case.db.now().await.unwrap();
    assert!(one <= other && one > T0, "{one} {other}");
}

async fn sqlite_goes_on_from_its_newest_row(case: Case) {
    let orders = case.orders().await;
    case.db.sync_enqueue(T0 + 5_000, &new_sync(&orders)).await.unwrap();
    let hand = Arc::new(AtomicI64::new(T0));
    let read = hand.clone();
    let clock = Arc::new(move || read.load(Ordering::Relaxed));
    let again = Db::open_with_clock(&case.url, clock).await.unwrap();
    let first = again.now().await.unwrap();
    hand.store(T0 + 70, Ordering::Relaxed);
    let second = again.now().await.unwrap();
    if again.is_single_host() {
        assert_eq!((first, second), (T0 + 5_000, T0 + 5_070));
    } else {
        assert!(first > T0 + 70_000, "PostgreSQL has its own clock");
    }
    again.close().await;
}

/// Runs several futures side by side.
async fn futures<T, F: Future<Output = T>>(count: usize, make: impl Fn(usize) -> F) -> Vec<T> {
    let mut made: Vec<_> = (0..count).map(|number| Box::pin(make(number))).collect();
    let mut done: Vec<Option<T>> = (0..count).map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, slot) in made.iter_mut().zip(&mut done) {
            if slot.is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(context)
            {
                *slot = Some(value);
            }
        }
        if done.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}
