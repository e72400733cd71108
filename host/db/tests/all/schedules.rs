//! Schedules: what is due, and what stops it.

use windlass_db::{ConnectionState, Schedule, StreamSettings};

use crate::support::{Case, T0, is_missing, is_nul, is_outdated, on_both, snooze};

on_both![
    due_streams_are_told_oldest_first,
    a_schedule_is_changed_from_what_was_seen,
    a_stream_by_the_clock_is_due_like_any_other,
    paused_and_stopped_streams_are_not_due,
    a_schedule_moves_once_and_enqueues_once,
    a_schedule_does_not_cut_a_wait_short,
    new_streams_are_added_and_old_ones_kept,
    streams_are_found_by_name,
];

async fn due(case: &Case, now: i64) -> Vec<String> {
    case.db.streams_due(now, 10).await.unwrap().into_iter().map(|stream| stream.name).collect()
}

async fn due_streams_are_told_oldest_first(case: Case) {
    let orders = case.orders().await;
    assert_eq!(due(&case, T0 - 1).await, Vec::<String>::new());
    case.db.stream_schedule(orders.id, None, Some(&Schedule::Every(5_000)), Some(T0 + 2)).await.unwrap();
    assert_eq!(due(&case, T0 + 2).await, ["items", "orders"]);
    assert_eq!(case.db.streams_due(T0 + 2, 1).await.unwrap().len(), 1);
    assert_eq!(case.db.streams_due(T0 + 2, 10).await.unwrap()[1].schedule, Schedule::Every(5_000));
    let was = Some(Some(&Schedule::Every(5_000)));
    case.db.stream_schedule(orders.id, was, None, None).await.unwrap();
    assert_eq!(due(&case, T0 + 2).await, ["items"]);
}

async fn a_schedule_is_changed_from_what_was_seen(case: Case) {
    let orders = case.orders().await;
    let cron = Schedule::Cron { expression: "30 6 * * *".to_owned(), zone: "UTC".to_owned() };
    let every = Schedule::Every(5_000);
    let minute = Schedule::Every(60_000);
    let change = async |was: Option<&Schedule>, new: Option<&Schedule>| {
        case.db.stream_schedule(orders.id, Some(was), new, None).await
    };
    assert!(is_outdated(&change(Some(&every), None).await));
    assert!(is_outdated(&change(Some(&cron), None).await));
    assert!(is_outdated(&change(None, None).await));
    change(Some(&minute), None).await.unwrap();
    assert!(is_outdated(&change(Some(&minute), Some(&every)).await));
    change(None, Some(&cron)).await.unwrap();
    let elsewhere = Schedule::Cron { expression: "30 6 * * *".to_owned(), zone: "Europe/Warsaw".to_owned() };
    assert!(is_outdated(&change(Some(&elsewhere), None).await));
    change(Some(&cron), Some(&every)).await.unwrap();
    assert_eq!(case.again(&orders).await.schedule, Some(every));
    assert!(is_missing(&case.db.stream_schedule(999, Some(None), None, None).await));
}

async fn a_stream_by_the_clock_is_due_like_any_other(case: Case) {
    let orders = case.orders().await;
    let cron = |zone: &str| Schedule::Cron { expression: "30 6 * * *".to_owned(), zone: zone.to_owned() };
    let warsaw = cron("Europe/Warsaw");
    case.db.stream_schedule(orders.id, None, Some(&warsaw), Some(T0 + 1)).await.unwrap();
    assert_eq!(case.again(&orders).await.schedule, Some(warsaw.clone()));
    assert_eq!(case.db.streams_due(T0 + 1, 10).await.unwrap()[1].schedule, warsaw);
    assert!(is_nul(&case.db.stream_schedule(orders.id, None, Some(&cron("\0")), None).await));
    case.db.stream_schedule(orders.id, None, Some(&Schedule::Every(5_000)), None).await.unwrap();
    assert_eq!(case.again(&orders).await.schedule, Some(Schedule::Every(5_000)), "the one or the other");
}

async fn paused_and_stopped_streams_are_not_due(case: Case) {
    let orders = case.orders().await;
    case.db.stream_pause(orders.id, true).await.unwrap();
    assert_eq!(due(&case, T0).await, ["items"]);
    case.db.connection_stop(orders.connection, "auth", "The token is no good.").await.unwrap();
    assert!(due(&case, T0).await.is_empty());
    let stopped = case.again(&orders).await;
    assert_eq!((stopped.paused, stopped.stopped_code.as_deref()), (true, Some("auth")));
    assert_eq!(stopped.stopped_message.as_deref(), Some("The token is no good."));
    case.db.stream_pause(orders.id, false).await.unwrap();
    assert_eq!(due(&case, T0).await, ["orders"], "resuming lifts the stop");
    case.db.connection_set_state(orders.connection, ConnectionState::Paused).await.unwrap();
    assert!(due(&case, T0).await.is_empty());
    assert!(is_missing(&case.db.stream_pause(999, true).await));
}

async fn a_schedule_moves_once_and_enqueues_once(case: Case) {
    let orders = case.orders().await;
    assert!(case.db.stream_enqueue_due(T0, orders.id, T0, T0 + 60_000).await.unwrap());
    assert!(!case.db.stream_enqueue_due(T0, orders.id, T0, T0 + 60_000).await.unwrap());
    assert_eq!(case.again(&orders).await.due_at, Some(T0 + 60_000));
    let (run, _) = case.take_one().await;
    assert_eq!((run.stream, run.trigger), (Some(orders.id), windlass_db::Trigger::Schedule));
    assert!(!case.db.stream_enqueue_due(T0, 999, T0, T0 + 1).await.unwrap());
}

async fn a_schedule_does_not_cut_a_wait_short(case: Case) {
    let orders = case.orders().await;
    let (run, lease) = case.sync(&orders).await;
    case.db.transition(T0, &lease, &snooze(T0 + 90_000)).await.unwrap();
    assert!(case.db.stream_enqueue_due(T0, orders.id, T0, T0 + 60_000).await.unwrap());
    assert_eq!(case.state(run.id).await.due_at, T0 + 90_000);
}

async fn new_streams_are_added_and_old_ones_kept(case: Case) {
    let orders = case.orders().await;
    let settings = |name: &str| StreamSettings { name: name.to_owned(), every_ms: Some(1), due_at: None };
    case.db.streams_ensure(orders.connection, &[settings("orders"), settings("returns")]).await.unwrap();
    let names: Vec<_> =
        case.db.streams(orders.connection).await.unwrap().into_iter().map(|s| s.name).collect();
    assert_eq!(names, ["items", "orders", "returns"]);
    assert_eq!(case.again(&orders).await.schedule, Some(Schedule::Every(60_000)));
}

async fn streams_are_found_by_name(case: Case) {
    let orders = case.orders().await;
    assert!(case.db.stream(orders.connection, "returns").await.unwrap().is_none());
    assert!(is_nul(&case.db.stream(orders.connection, "\0").await));
    assert_eq!((orders.sequence, orders.checkpoint, orders.walk), (0, None, None));
}
