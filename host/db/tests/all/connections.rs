//! Connections: creating, changing, pausing, deleting.

use windlass_db::{ConnectionChange, ConnectionState, IntentState, NewConnection, Next, Parts, SealedSecret};

use crate::support::{
    Case, LEASE_MS, T0, commit, error, is_conflict, is_lease_lost, is_missing, is_nul, is_outdated,
    new_connection, new_sync, on_both, records, succeed, write,
};

on_both![
    ids_are_never_given_twice,
    a_name_is_taken_once,
    an_update_raises_the_revision_and_lifts_stops,
    an_update_of_another_revision_writes_nothing,
    a_paused_connection_keeps_its_runs_queued,
    deleting_takes_all_but_the_ledger,
    deleting_spares_actions_in_doubt_unless_forced,
    a_connection_is_deleted_as_it_was_seen,
    a_connection_may_be_paused_from_its_first_moment,
    a_check_is_kept,
    names_with_nul_are_refused,
];

fn secret(field: &str, text: &str) -> SealedSecret {
    SealedSecret { field: field.to_owned(), sealed: text.as_bytes().to_vec() }
}

fn change(revision: i64) -> ConnectionChange {
    ConnectionChange {
        revision,
        config: "{}".to_owned(),
        labels: "{}".to_owned(),
        secrets: Vec::new(),
        unset: Vec::new(),
        due: Vec::new(),
        off: Parts::default(),
        digest: String::new(),
        unique: Vec::new(),
        bound: None,
    }
}

async fn ids_are_never_given_twice(case: Case) {
    let one = case.db.connection_id().await.unwrap();
    let other = case.db.connection_id().await.unwrap();
    assert!(one < other);
}

async fn a_name_is_taken_once(case: Case) {
    case.connection("shop").await;
    let id = case.db.connection_id().await.unwrap();
    let again = case.db.connection_create(T0, id, &new_connection("shop")).await;
    assert!(is_conflict(&again), "{again:?}");
    assert_eq!(case.db.connections().await.unwrap().len(), 1);
    assert!(case.db.streams(id).await.unwrap().is_empty(), "nothing of the second is kept");
}

async fn an_update_raises_the_revision_and_lifts_stops(case: Case) {
    let orders = case.orders().await;
    let shop = case.db.connection_by_id(orders.connection).await.unwrap().unwrap();
    let with = |secrets: &[SealedSecret]| ConnectionChange { secrets: secrets.to_vec(), ..change(1) };
    let first = with(&[secret("token", "a"), secret("pin", "b")]);
    case.db.connection_update(T0, shop.id, &first).await.unwrap();
    case.db.connection_stop(shop.id, "auth", "The token is no good.").await.unwrap();
    let second = ConnectionChange {
        revision: 2,
        config: r#"{"a":1}"#.to_owned(),
        labels: r#"{"l":"m"}"#.to_owned(),
        unset: vec!["pin".to_owned()],
        due: vec![(orders.id, Some(T0 + 77))],
        ..with(&[secret("token", "c")])
    };
    let changed = case.db.connection_update(T0 + 9, shop.id, &second).await.unwrap();
    assert_eq!((changed.revision, changed.updated_at, changed.created_at), (3, T0 + 9, T0));
    assert_eq!((changed.config.as_str(), changed.labels.as_str()), (r#"{"a":1}"#, r#"{"l":"m"}"#));
    assert_eq!(case.db.secrets(shop.id).await.unwrap(), [secret("token", "c")]);
    for stream in case.db.streams(shop.id).await.unwrap() {
        assert_eq!(stream.stopped_code, None);
    }
    assert_eq!(case.again(&orders).await.due_at, Some(T0 + 77));
    assert!(is_missing(&case.db.connection_update(T0, 999, &change(1)).await));
}

async fn an_update_of_another_revision_writes_nothing(case: Case) {
    let shop = case.connection("shop").await;
    let first = ConnectionChange { config: r#"{"a":1}"#.to_owned(), ..change(shop.revision) };
    case.db.connection_update(T0, shop.id, &first).await.unwrap();
    let late = ConnectionChange { secrets: vec![secret("token", "a")], ..change(shop.revision) };
    assert!(is_conflict(&case.db.connection_update(T0, shop.id, &late).await));
    let kept = case.db.connection_by_id(shop.id).await.unwrap().unwrap();
    assert_eq!((kept.config.as_str(), kept.revision), (r#"{"a":1}"#, 2));
    assert!(case.db.secrets(shop.id).await.unwrap().is_empty());
}

async fn a_paused_connection_keeps_its_runs_queued(case: Case) {
    let orders = case.orders().await;
    case.db.sync_enqueue(T0, &new_sync(&orders)).await.unwrap();
    case.db.connection_set_state(orders.connection, ConnectionState::Paused).await.unwrap();
    assert!(case.db.take(T0, "host", LEASE_MS, 10).await.unwrap().is_empty());
    assert_eq!(case.db.next_due().await.unwrap(), None);
    case.db.stream_stop(orders.id, "config", "No such shop.").await.unwrap();
    case.db.connection_set_state(orders.connection, ConnectionState::Active).await.unwrap();
    assert_eq!(case.again(&orders).await.stopped_code, None);
    assert_eq!(case.db.take(T0, "host", LEASE_MS, 10).await.unwrap().len(), 1);
}

async fn deleting_takes_all_but_the_ledger(case: Case) {
    let orders = case.orders().await;
    case.page(&orders, write(&orders, records(&["1", "2"]))).await;
    let (run, lease) = case.sync(&orders).await;
    case.db.connection_delete(orders.connection, false).await.unwrap();
    assert!(case.db.connection("shop").await.unwrap().is_none());
    assert!(case.db.stream_by_id(orders.id).await.unwrap().is_none());
    assert!(case.db.run(run.id).await.unwrap().is_none());
    let late = case.db.commit(T0, &lease, commit(vec![write(&orders, records(&["3"]))], succeed())).await;
    assert!(is_lease_lost(&late), "{late:?}");
    assert!(is_missing(&case.db.records(orders.id, None, 10).await));
    assert!(case.db.record(orders.id, "1").await.unwrap().is_none());
    let again = case.connection("shop").await;
    assert!(again.id > orders.connection);
}

async fn deleting_spares_actions_in_doubt_unless_forced(case: Case) {
    let shop = case.connection("shop").await;
    let (run, lease) = case.action(shop.id, "k1").await;
    case.db.intent_open(T0, &lease, 1, "POST", "https://shop.example/ship").await.unwrap();
    assert!(is_conflict(&case.db.connection_delete(shop.id, false).await), "in doubt");
    case.db.intent_end(T0, run.id, 1, IntentState::NotSent).await.unwrap();
    case.db.transition(T0, &lease, &Next::Hold { error: error("action.held") }).await.unwrap();
    assert!(is_conflict(&case.db.connection_delete(shop.id, false).await), "held");
    case.db.connection_delete(shop.id, true).await.unwrap();
    assert!(is_missing(&case.db.connection_delete(shop.id, true).await));
}

async fn a_connection_is_deleted_as_it_was_seen(case: Case) {
    let shop = case.connection("shop").await;
    case.db.connection_update(T0, shop.id, &change(shop.revision)).await.unwrap();
    assert!(is_outdated(&case.db.connection_delete_at(shop.id, false, shop.revision).await));
    case.db.connection_delete_at(shop.id, false, shop.revision + 1).await.unwrap();
    assert!(case.db.connection("shop").await.unwrap().is_none());
}

async fn a_connection_may_be_paused_from_its_first_moment(case: Case) {
    let new = NewConnection { state: ConnectionState::Paused, ..new_connection("shop") };
    let id = case.db.connection_id().await.unwrap();
    case.db.connection_create(T0, id, &new).await.unwrap();
    assert!(case.db.streams_due(T0, 10).await.unwrap().is_empty());
}

async fn a_check_is_kept(case: Case) {
    let shop = case.connection("shop").await;
    let error = Some(r#"{"kind":"auth"}"#);
    case.db.connection_checked(T0 + 5, shop.id, shop.revision, error).await.unwrap();
    // Of what has been changed since.
    case.db.connection_checked(T0 + 6, shop.id, shop.revision - 1, None).await.unwrap();
    let checked = case.db.connection_by_id(shop.id).await.unwrap().unwrap();
    assert_eq!(
        (checked.checked_at, checked.check_error.as_deref()),
        (Some(T0 + 5), Some(r#"{"kind":"auth"}"#))
    );
    let changed = case.db.connection_update(T0 + 7, shop.id, &change(shop.revision)).await.unwrap();
    assert_eq!((changed.checked_at, changed.check_error), (None, None), "nobody has checked what it is now");
}

async fn names_with_nul_are_refused(case: Case) {
    let refused = case.db.connection_create(T0, 7, &new_connection("sh\0op")).await;
    assert!(is_nul(&refused), "{refused:?}");
    assert!(is_nul(&case.db.connection("sh\0op").await));
}
