//! Deletions that a walk withholds until a person gives the word.

use windlass_db::{Blame, RunState};

use crate::support::{
    Case, T0, commit, go_on, is_conflict, on_both, records, succeed, walk_page, whole_walk, write,
};

on_both![
    more_than_the_share_is_withheld_and_the_run_fails,
    exactly_the_share_is_deleted,
    an_empty_walk_withholds_everything,
    accepting_deletes_exactly_what_was_withheld,
    accepting_spares_what_was_met_or_written_since,
    a_withheld_walk_is_no_witness_for_the_next,
    a_later_good_walk_withdraws_the_question,
    nothing_withheld_is_nothing_to_accept,
];

/// Ten records met by a complete walk, then one that met only the first four.
async fn two_walks(case: &Case) -> windlass_db::Stream {
    let orders = case.orders().await;
    case.page(&orders, whole_walk(&orders, &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"])).await;
    case.page(&orders, whole_walk(&orders, &["0", "1", "2", "3"])).await;
    orders
}

async fn more_than_the_share_is_withheld_and_the_run_fails(case: Case) {
    let orders = two_walks(&case).await;
    let (run, lease) = case.sync(&orders).await;
    let outcome = case
        .db
        .commit(T0, &lease, commit(vec![whole_walk(&orders, &["0", "new"])], succeed()))
        .await
        .unwrap();
    assert_eq!((outcome.created, outcome.deleted, outcome.withheld), (1, 0, Some(6)));
    let failed = case.state(run.id).await;
    assert_eq!(failed.state, RunState::Failed);
    let error = failed.error.unwrap();
    assert_eq!((error.code.as_str(), error.blame), ("deletion-withheld", Blame::Operator));
    assert!(error.hint.unwrap().contains("windlass stream accept-deletions"));
    assert_eq!(case.keys(&orders).await.len(), 11, "the page's own records are kept");
    assert_eq!(case.db.withheld_deletions(orders.id).await.unwrap(), Some(6));
    let stream = case.again(&orders).await;
    assert_eq!((stream.checkpoint, stream.walk), (None, None));
}

async fn exactly_the_share_is_deleted(case: Case) {
    let orders = case.orders().await;
    case.page(&orders, whole_walk(&orders, &["1", "2"])).await;
    case.page(&orders, whole_walk(&orders, &["1"])).await;
    let outcome = case.page(&orders, whole_walk(&orders, &["1"])).await;
    assert_eq!((outcome.deleted, outcome.withheld), (1, None));
}

async fn an_empty_walk_withholds_everything(case: Case) {
    let orders = case.orders().await;
    assert_eq!(case.page(&orders, whole_walk(&orders, &[])).await.withheld, None, "nothing is live");
    case.page(&orders, whole_walk(&orders, &["1", "2"])).await;
    let outcome = case.page(&orders, whole_walk(&orders, &[])).await;
    assert_eq!((outcome.deleted, outcome.withheld), (0, Some(2)));
    case.db.accept_deletions(T0 + 1, orders.id).await.unwrap();
    assert!(case.keys(&orders).await.is_empty());
    assert_eq!(case.page(&orders, whole_walk(&orders, &[])).await.withheld, None);
}

async fn accepting_deletes_exactly_what_was_withheld(case: Case) {
    let orders = two_walks(&case).await;
    let outcome = case.page(&orders, whole_walk(&orders, &["0", "1"])).await;
    assert_eq!(outcome.withheld, Some(6), "2 and 3 were missed once only");
    case.db.accept_deletions(T0 + 7, orders.id).await.unwrap();
    assert_eq!(case.keys(&orders).await, ["0", "1", "2", "3"]);
    let changes = case.db.changes(orders.id, 10, 10).await.unwrap();
    let first = &changes.changes[0];
    assert_eq!((changes.changes.len(), first.sequence, first.at), (6, 11, T0 + 7));
    assert_eq!((first.origin.as_str(), first.kind.as_str()), ("person", "deleted"));
    let stream = case.again(&orders).await;
    assert_eq!((stream.records, stream.sequence), (4, 16));
    assert_eq!(case.db.withheld_deletions(orders.id).await.unwrap(), None);
    let outcome = case.page(&orders, whole_walk(&orders, &["0", "1"])).await;
    assert_eq!((outcome.deleted, outcome.withheld), (2, None), "the accepted walk is a witness");
}

async fn accepting_spares_what_was_met_or_written_since(case: Case) {
    let orders = two_walks(&case).await;
    case.page(&orders, whole_walk(&orders, &["0", "1", "2", "3"])).await;
    let (_, lease) = case.action(orders.connection, "a").await;
    case.db.commit(T0, &lease, commit(vec![write(&orders, records(&["4"]))], succeed())).await.unwrap();
    let (_, lease) = case.sync(&orders).await;
    case.db.commit(T0, &lease, commit(vec![walk_page(&orders, &["5"], true, false)], go_on())).await.unwrap();
    case.db.accept_deletions(T0, orders.id).await.unwrap();
    assert_eq!(case.keys(&orders).await, ["0", "1", "2", "3", "4", "5"]);
}

async fn a_withheld_walk_is_no_witness_for_the_next(case: Case) {
    let orders = case.orders().await;
    case.page(&orders, whole_walk(&orders, &["0", "1", "2", "3"])).await;
    assert_eq!(case.page(&orders, whole_walk(&orders, &[])).await.withheld, Some(4));
    let outcome = case.page(&orders, whole_walk(&orders, &["0", "1", "2"])).await;
    assert_eq!((outcome.deleted, outcome.withheld), (0, None), "3 was missed by one good walk");
}

async fn a_later_good_walk_withdraws_the_question(case: Case) {
    let orders = two_walks(&case).await;
    case.page(&orders, whole_walk(&orders, &["0", "1", "2", "3"])).await;
    let all = whole_walk(&orders, &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    assert_eq!(case.page(&orders, all).await.withheld, None);
    assert_eq!(case.db.withheld_deletions(orders.id).await.unwrap(), None);
    assert!(is_conflict(&case.db.accept_deletions(T0, orders.id).await));
    assert_eq!(case.keys(&orders).await.len(), 10);
}

async fn nothing_withheld_is_nothing_to_accept(case: Case) {
    let orders = case.orders().await;
    assert!(is_conflict(&case.db.accept_deletions(T0, orders.id).await));
    assert_eq!(case.db.withheld_deletions(orders.id).await.unwrap(), None);
}
