//! What a page does to its run and its stream besides records.

use windlass_db::{Next, RunState, StreamWrite};

use crate::support::{
    Case, LEASE_MS, T0, commit, error, go_on, new_sync, on_both, record, records, snooze, succeed, write,
};

on_both![
    a_page_moves_the_checkpoint_and_counts,
    a_page_without_a_checkpoint_keeps_the_former,
    a_failed_call_keeps_the_checkpoint_and_leaves_its_line,
    success_is_dated_on_the_stream,
    a_migrated_checkpoint_is_fenced,
    a_committed_page_starts_the_count_of_attempts_again,
];

fn at(stream: &windlass_db::Stream, checkpoint: Option<&str>) -> StreamWrite {
    StreamWrite { checkpoint: checkpoint.map(str::to_owned), ..write(stream, records(&["1"])) }
}

async fn a_page_moves_the_checkpoint_and_counts(case: Case) {
    let orders = case.orders().await;
    let (run, lease) = case.sync(&orders).await;
    let mut first = at(&orders, Some("p1"));
    first.schema_mismatches = 2;
    first.schema_pointer = Some("/price".to_owned());
    let mut page = commit(vec![first], go_on());
    page.call.secrets_scrubbed = 3;
    case.db.commit(T0, &lease, page).await.unwrap();
    let mut second = write(&orders, vec![record("1", "{}"), record("2", "{}")]);
    second.checkpoint = Some("p2".to_owned());
    second.schema_mismatches = 1;
    second.schema_pointer = Some("/name".to_owned());
    case.db.commit(T0, &lease, commit(vec![second], go_on())).await.unwrap();
    let run = case.state(run.id).await;
    assert_eq!((run.pages, run.records_seen, run.records_written), (2, 3, 3));
    assert_eq!((run.schema_mismatches, run.schema_pointer.as_deref()), (3, Some("/price")));
    assert_eq!((run.secrets_scrubbed, run.digest.as_deref(), run.state), (3, Some("d1"), RunState::Running));
    let stream = case.again(&orders).await;
    assert_eq!((stream.checkpoint.as_deref(), stream.checkpoint_state), (Some("p2"), 1));
}

async fn a_page_without_a_checkpoint_keeps_the_former(case: Case) {
    let orders = case.orders().await;
    case.page(&orders, at(&orders, Some("p1"))).await;
    let other = StreamWrite { checkpoint_state: 9, ..at(&orders, None) };
    case.page(&orders, other).await;
    let stream = case.again(&orders).await;
    assert_eq!((stream.checkpoint.as_deref(), stream.checkpoint_state), (Some("p1"), 1));
}

async fn a_failed_call_keeps_the_checkpoint_and_leaves_its_line(case: Case) {
    let orders = case.orders().await;
    case.page(&orders, at(&orders, Some("p1"))).await;
    let (run, lease) = case.sync(&orders).await;
    let mut failed = commit(Vec::new(), Next::Retry { at: T0 + 1_000, error: error("vendor.down") });
    failed.call.error = Some(error("vendor.down"));
    case.db.commit(T0, &lease, failed).await.unwrap();
    let run = case.state(run.id).await;
    assert_eq!((run.state, run.due_at, run.attempt), (RunState::Queued, T0 + 1_000, 1));
    assert_eq!((run.error, run.lease_owner), (Some(error("vendor.down")), None));
    let calls = case.db.calls(run.id).await.unwrap();
    assert_eq!((calls.len(), calls[0].error.clone()), (1, Some(error("vendor.down"))));
    assert_eq!(case.again(&orders).await.checkpoint.as_deref(), Some("p1"));
}

async fn success_is_dated_on_the_stream(case: Case) {
    let orders = case.orders().await;
    let (run, lease) = case.sync(&orders).await;
    case.db.commit(T0 + 1, &lease, commit(vec![at(&orders, None)], go_on())).await.unwrap();
    assert_eq!(case.again(&orders).await.last_success_at, None);
    case.db.commit(T0 + 2, &lease, commit(vec![at(&orders, None)], succeed())).await.unwrap();
    assert_eq!(case.again(&orders).await.last_success_at, Some(T0 + 2));
    let run = case.state(run.id).await;
    assert_eq!((run.state, run.finished_at, run.error), (RunState::Succeeded, Some(T0 + 2), None));
}

async fn a_migrated_checkpoint_is_fenced(case: Case) {
    let orders = case.orders().await;
    case.page(&orders, at(&orders, Some("p1"))).await;
    let (_, lease) = case.sync(&orders).await;
    let stale = windlass_db::Lease { fence: lease.fence + 1, ..lease.clone() };
    assert!(case.db.checkpoint_migrated(&stale, orders.id, Some("x"), 1, 2).await.is_err());
    assert_eq!(case.again(&orders).await.checkpoint.as_deref(), Some("p1"));
    case.db.checkpoint_migrated(&lease, orders.id, Some("m1"), 1, 2).await.unwrap();
    let stream = case.again(&orders).await;
    assert_eq!((stream.checkpoint.as_deref(), stream.checkpoint_state), (Some("m1"), 2));
    case.db.checkpoint_migrated(&lease, orders.id, None, 2, 3).await.unwrap();
    assert_eq!(case.again(&orders).await.checkpoint, None);
}

async fn a_committed_page_starts_the_count_of_attempts_again(case: Case) {
    let orders = case.orders().await;
    case.db.sync_enqueue(T0, &new_sync(&orders)).await.unwrap();
    for attempt in 1..=3 {
        let (run, lease) = case.take_one().await;
        assert_eq!(run.attempt, attempt);
        let retry = Next::Retry { at: T0, error: error("vendor.down") };
        case.db.transition(T0, &lease, &retry).await.unwrap();
    }
    let (run, lease) = case.take_one().await;
    case.db.commit(T0, &lease, commit(vec![at(&orders, Some("p1"))], go_on())).await.unwrap();
    assert_eq!(case.state(run.id).await.attempt, 1);
    case.db.transition(T0, &lease, &snooze(T0)).await.unwrap();
    let taken = case.db.take(T0, "host", LEASE_MS, 1).await.unwrap();
    assert_eq!(taken[0].0.attempt, 1, "a snooze is no attempt");
}
