//! Snapshot walks: what two complete walks missed is deleted.

use windlass_db::{RunState, StreamWrite, WalkStep};

use crate::support::{Case, T0, commit, go_on, on_both, records, succeed, walk_page, whole_walk, write};

on_both![
    the_first_complete_walk_deletes_nothing,
    what_two_walks_missed_is_deleted_in_the_last_commit,
    what_one_walk_missed_stays,
    a_write_by_something_else_saves_a_record,
    a_write_between_two_walks_saves_a_record_once,
    an_unchanged_write_saves_a_record_too,
    an_unfinished_walk_goes_on_after_a_crash,
    an_unfinished_walk_that_is_begun_again_is_no_witness,
    a_walk_crossed_by_another_revision_starts_again,
    a_walk_crossed_by_another_state_starts_again,
    a_complete_walk_is_counted_for_the_next_estimate,
];

async fn the_first_complete_walk_deletes_nothing(case: Case) {
    let orders = case.orders().await;
    case.page(&orders, write(&orders, records(&["1", "2"]))).await;
    let outcome = case.page(&orders, whole_walk(&orders, &["2", "3"])).await;
    assert_eq!((outcome.created, outcome.deleted, outcome.withheld), (1, 0, None));
    assert_eq!(case.keys(&orders).await, ["1", "2", "3"]);
}

async fn what_two_walks_missed_is_deleted_in_the_last_commit(case: Case) {
    let orders = case.orders().await;
    let (run, lease) = case.sync(&orders).await;
    case.db
        .commit(T0, &lease, commit(vec![walk_page(&orders, &["1", "2"], true, false)], go_on()))
        .await
        .unwrap();
    case.db
        .commit(T0, &lease, commit(vec![walk_page(&orders, &["3"], false, true)], succeed()))
        .await
        .unwrap();
    case.page(&orders, whole_walk(&orders, &["1", "3"])).await;
    assert_eq!(case.keys(&orders).await, ["1", "2", "3"], "missed once");
    let outcome = case.page(&orders, whole_walk(&orders, &["1", "3"])).await;
    assert_eq!((outcome.deleted, outcome.withheld), (1, None));
    assert_eq!(case.keys(&orders).await, ["1", "3"]);
    assert_eq!(case.changes(&orders, 3).await, ["4 deleted 2"]);
    let stream = case.again(&orders).await;
    assert_eq!((stream.records, stream.sequence), (2, 4));
    assert_eq!(case.state(run.id).await.pages, 2);
}

async fn what_one_walk_missed_stays(case: Case) {
    let orders = case.orders().await;
    for keys in [&["1", "2"][..], &["1"], &["1", "2"], &["1"], &["1", "2"]] {
        assert_eq!(case.page(&orders, whole_walk(&orders, keys)).await.deleted, 0);
    }
    assert_eq!(case.keys(&orders).await, ["1", "2"]);
}

/// Writes keys as an action does.
async fn by_action(case: &Case, stream: &windlass_db::Stream, name: &str, keys: &[&str]) {
    let (_, lease) = case.action(stream.connection, name).await;
    let mut page = commit(vec![write(stream, records(keys))], succeed());
    page.origin = "action";
    case.db.commit(T0, &lease, page).await.unwrap();
}

async fn a_write_by_something_else_saves_a_record(case: Case) {
    let orders = case.orders().await;
    case.page(&orders, whole_walk(&orders, &["1", "2", "3"])).await;
    let (_, lease) = case.sync(&orders).await;
    case.db
        .commit(T0, &lease, commit(vec![walk_page(&orders, &["1", "2"], true, false)], go_on()))
        .await
        .unwrap();
    by_action(&case, &orders, "a", &["new"]).await;
    case.db
        .commit(T0, &lease, commit(vec![walk_page(&orders, &["3"], false, true)], succeed()))
        .await
        .unwrap();
    assert_eq!(case.page(&orders, whole_walk(&orders, &["1", "2", "3"])).await.deleted, 0, "written since");
    let outcome = case.page(&orders, whole_walk(&orders, &["1", "2", "3"])).await;
    assert_eq!(outcome.deleted, 1, "two whole walks began after it was written");
}

async fn a_write_between_two_walks_saves_a_record_once(case: Case) {
    let orders = case.orders().await;
    case.page(&orders, whole_walk(&orders, &["1", "2"])).await;
    by_action(&case, &orders, "a", &["new"]).await;
    assert_eq!(case.page(&orders, whole_walk(&orders, &["1", "2"])).await.deleted, 0);
    assert_eq!(case.page(&orders, whole_walk(&orders, &["1", "2"])).await.deleted, 1);
}

async fn an_unchanged_write_saves_a_record_too(case: Case) {
    let orders = case.orders().await;
    case.page(&orders, whole_walk(&orders, &["1", "2", "3"])).await;
    case.page(&orders, whole_walk(&orders, &["1", "2"])).await;
    by_action(&case, &orders, "a", &["3"]).await;
    assert_eq!(case.page(&orders, whole_walk(&orders, &["1", "2"])).await.deleted, 0);
}

async fn an_unfinished_walk_goes_on_after_a_crash(case: Case) {
    let orders = case.orders().await;
    case.page(&orders, whole_walk(&orders, &["1", "2"])).await;
    let (_, lease) = case.sync(&orders).await;
    case.db.commit(T0, &lease, commit(vec![walk_page(&orders, &["1"], true, false)], go_on())).await.unwrap();
    case.db.rescue(T0, true).await.unwrap();
    let (_, lease) = case.take_one().await;
    let stream = case.again(&orders).await;
    assert_eq!(stream.checkpoint.as_deref(), Some("after 1"));
    assert_eq!(stream.walk.map(|walk| (walk.revision, walk.state)), Some((1, 1)));
    let outcome =
        case.db.commit(T0, &lease, commit(vec![walk_page(&orders, &["2"], false, true)], succeed())).await;
    assert!(!outcome.unwrap().walk_restarted);
    let stream = case.again(&orders).await;
    assert_eq!((stream.walk, stream.checkpoint), (None, None), "the next walk starts from the start");
}

async fn an_unfinished_walk_that_is_begun_again_is_no_witness(case: Case) {
    let orders = case.orders().await;
    case.page(&orders, whole_walk(&orders, &["1", "2"])).await;
    let (_, lease) = case.sync(&orders).await;
    case.db.commit(T0, &lease, commit(vec![walk_page(&orders, &["1"], true, false)], go_on())).await.unwrap();
    case.db.commit(T0, &lease, commit(vec![whole_walk(&orders, &["1"])], succeed())).await.unwrap();
    assert_eq!(case.keys(&orders).await, ["1", "2"], "one complete walk missed it");
    assert_eq!(case.page(&orders, whole_walk(&orders, &["1"])).await.deleted, 1);
}

async fn a_walk_crossed_by_another_revision_starts_again(case: Case) {
    let orders = case.orders().await;
    case.page(&orders, whole_walk(&orders, &["1", "2"])).await;
    case.page(&orders, whole_walk(&orders, &["1"])).await;
    let (run, lease) = case.sync(&orders).await;
    case.db.commit(T0, &lease, commit(vec![walk_page(&orders, &["1"], true, false)], go_on())).await.unwrap();
    let step = WalkStep { first: false, last: true, revision: 2, most_deleted_permille: 500 };
    let crossed = StreamWrite { walk: Some(step), ..walk_page(&orders, &["new"], false, true) };
    let outcome = case.db.commit(T0, &lease, commit(vec![crossed], succeed())).await.unwrap();
    assert!(outcome.walk_restarted);
    assert_eq!((outcome.created, outcome.deleted), (1, 0), "its records are kept, nothing is deleted");
    let stream = case.again(&orders).await;
    assert_eq!((stream.walk, stream.checkpoint), (None, None));
    let queued = case.state(run.id).await;
    assert_eq!((queued.state, queued.snooze.unwrap().code.as_str()), (RunState::Queued, "walk-restarted"));
    let (taken, _) = case.take_one().await;
    assert_eq!((taken.id, taken.attempt), (run.id, 1));
}

async fn a_walk_crossed_by_another_state_starts_again(case: Case) {
    let orders = case.orders().await;
    let (_, lease) = case.sync(&orders).await;
    case.db.commit(T0, &lease, commit(vec![walk_page(&orders, &["1"], true, false)], go_on())).await.unwrap();
    let crossed = StreamWrite { checkpoint_state: 2, ..walk_page(&orders, &["2"], false, false) };
    let outcome = case.db.commit(T0, &lease, commit(vec![crossed], go_on())).await.unwrap();
    assert!(outcome.walk_restarted);
    assert_eq!(case.again(&orders).await.checkpoint, None);
}

async fn a_complete_walk_is_counted_for_the_next_estimate(case: Case) {
    let orders = case.orders().await;
    let (_, lease) = case.sync(&orders).await;
    case.db
        .commit(T0, &lease, commit(vec![walk_page(&orders, &["1", "2"], true, false)], go_on()))
        .await
        .unwrap();
    assert_eq!(case.again(&orders).await.last_walk_pages, None);
    case.db
        .commit(T0, &lease, commit(vec![walk_page(&orders, &["3"], false, true)], succeed()))
        .await
        .unwrap();
    let stream = case.again(&orders).await;
    assert_eq!((stream.last_walk_records, stream.last_walk_pages), (Some(3), Some(2)));
}
