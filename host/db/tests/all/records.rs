//! Records: upsert by key.

use windlass_db::{RecordWrite, StreamWrite};

use crate::support::{
    Case, T0, commit, deletions, is_missing, is_nul, on_both, record, records, succeed, write,
};

on_both![
    unchanged_content_writes_no_record_and_no_change,
    the_last_of_equal_keys_counts,
    an_older_version_never_replaces_a_newer,
    deleting_what_is_not_there_does_nothing,
    a_deleted_record_is_created_again,
    records_are_read_in_the_order_of_bytes,
    a_large_page_arrives_whole,
    text_with_nul_is_refused_and_nothing_is_written,
    a_stream_of_another_connection_is_refused,
    several_streams_are_written_in_one_commit,
];

async fn unchanged_content_writes_no_record_and_no_change(case: Case) {
    let orders = case.orders().await;
    let first = case.page(&orders, write(&orders, records(&["1", "2"]))).await;
    assert_eq!((first.created, first.updated, first.unchanged), (2, 0, 0));
    let second =
        case.page(&orders, write(&orders, vec![record("1", r#"{"id":"1"}"#), record("2", "{}")])).await;
    assert_eq!((second.created, second.updated, second.unchanged), (0, 1, 1));
    assert_eq!(case.changes(&orders, 0).await, ["1 created 1", "2 created 2", "3 updated 2"]);
    let one = case.db.record(orders.id, "1").await.unwrap().unwrap();
    assert_eq!((one.sequence, one.written_at), (1, T0));
    assert_eq!(case.db.record(orders.id, "2").await.unwrap().unwrap().sequence, 3);
    assert_eq!(case.again(&orders).await.records, 2);
}

async fn the_last_of_equal_keys_counts(case: Case) {
    let orders = case.orders().await;
    let page = vec![record("1", "{}"), record("2", "{}"), record("1", r#"{"a":1}"#)];
    let outcome = case.page(&orders, write(&orders, page)).await;
    assert_eq!(outcome.created, 2);
    assert_eq!(case.db.record(orders.id, "1").await.unwrap().unwrap().json, r#"{"a":1}"#);
    assert_eq!(case.changes(&orders, 0).await, ["1 created 2", "2 created 1"]);
}

async fn an_older_version_never_replaces_a_newer(case: Case) {
    let orders = case.orders().await;
    let versioned = |json: &str, version: &str| {
        let record = RecordWrite { version: Some(version.to_owned()), ..record("1", json) };
        write(&orders, vec![record])
    };
    case.page(&orders, versioned("{}", "10")).await;
    let older = case.page(&orders, versioned(r#"{"a":9}"#, "9")).await;
    assert_eq!((older.updated, older.unchanged), (0, 1));
    assert_eq!(case.db.record(orders.id, "1").await.unwrap().unwrap().json, "{}");
    assert_eq!(case.page(&orders, versioned(r#"{"a":10}"#, "10")).await.updated, 1);
    assert_eq!(case.page(&orders, versioned(r#"{"a":11}"#, "11")).await.updated, 1);
}

async fn deleting_what_is_not_there_does_nothing(case: Case) {
    let orders = case.orders().await;
    let outcome = case.page(&orders, deletions(&orders, &["1", "1"])).await;
    assert_eq!(outcome.deleted, 0);
    assert_eq!(case.again(&orders).await.sequence, 0);
}

async fn a_deleted_record_is_created_again(case: Case) {
    let orders = case.orders().await;
    case.page(&orders, write(&orders, records(&["1", "2"]))).await;
    let mut page = deletions(&orders, &["1", "1", "2"]);
    page.records = records(&["2"]);
    let outcome = case.page(&orders, page).await;
    assert_eq!((outcome.deleted, outcome.unchanged), (1, 1), "a key that is also a record stays");
    assert_eq!(case.again(&orders).await.records, 1);
    case.page(&orders, write(&orders, records(&["1"]))).await;
    let expected = ["1 created 1", "2 created 2", "3 deleted 1", "4 created 1"];
    assert_eq!(case.changes(&orders, 0).await, expected);
}

async fn records_are_read_in_the_order_of_bytes(case: Case) {
    let orders = case.orders().await;
    case.page(&orders, write(&orders, records(&["b", "a", "B", "ä", "10", "9", "a-b", "ab", ""]))).await;
    assert_eq!(case.keys(&orders).await, ["", "10", "9", "B", "a", "a-b", "ab", "b", "ä"]);
    let page = case.db.records(orders.id, Some("B"), 2).await.unwrap();
    let keys: Vec<_> = page.records.iter().map(|record| record.key.as_str()).collect();
    assert_eq!((keys, page.next.as_deref(), page.as_of), (vec!["a", "a-b"], Some("a-b"), 9));
    let end = case.db.records(orders.id, Some("ab"), 2).await.unwrap();
    assert_eq!((end.records.len(), end.next), (2, None));
    assert!(is_missing(&case.db.records(999, None, 2).await));
}

async fn a_large_page_arrives_whole(case: Case) {
    let orders = case.orders().await;
    let keys: Vec<String> = (0..3_000).map(|number| format!("{number:05}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let outcome = case.page(&orders, write(&orders, records(&keys))).await;
    assert_eq!(outcome.created, 3_000);
    assert_eq!(case.page(&orders, write(&orders, records(&keys))).await.unchanged, 3_000);
    assert_eq!(case.keys(&orders).await, keys);
    assert_eq!(case.again(&orders).await.sequence, 3_000);
}

async fn text_with_nul_is_refused_and_nothing_is_written(case: Case) {
    let orders = case.orders().await;
    let (run, lease) = case.sync(&orders).await;
    let with_key = write(&orders, records(&["1", "2\0"]));
    let with_json = write(&orders, vec![record("1", "{\0}")]);
    let with_checkpoint =
        StreamWrite { checkpoint: Some("\0".to_owned()), ..write(&orders, records(&["1"])) };
    for page in [with_key, with_json, with_checkpoint, deletions(&orders, &["\0"])] {
        let refused = case.db.commit(T0, &lease, commit(vec![page], succeed())).await;
        assert!(is_nul(&refused), "{refused:?}");
    }
    assert!(is_nul(&case.db.record(orders.id, "\0").await));
    assert!(case.keys(&orders).await.is_empty());
    assert!(case.db.calls(run.id).await.unwrap().is_empty());
}

async fn a_stream_of_another_connection_is_refused(case: Case) {
    let orders = case.orders().await;
    let other = case.connection("other").await;
    let (_, lease) = case.action(other.id, "1").await;
    let refused = case.db.commit(T0, &lease, commit(vec![write(&orders, records(&["1"]))], succeed())).await;
    assert!(is_missing(&refused), "{refused:?}");
    assert!(case.keys(&orders).await.is_empty());
}

async fn several_streams_are_written_in_one_commit(case: Case) {
    let orders = case.orders().await;
    let items = case.db.stream(orders.connection, "items").await.unwrap().unwrap();
    let (run, lease) = case.action(orders.connection, "1").await;
    let mut commit = commit(vec![write(&items, records(&["i"])), write(&orders, records(&["o"]))], succeed());
    commit.origin = "action";
    let outcome = case.db.commit(T0, &lease, commit).await.unwrap();
    assert_eq!(outcome.created, 2);
    let changes = case.db.changes(items.id, 0, 10).await.unwrap().changes;
    assert_eq!(changes[0].origin, format!("action:{}", run.id));
    assert_eq!(changes[0].hash.as_ref().unwrap().len(), 64);
    assert_eq!(case.again(&orders).await.last_success_at, None, "an action is no sync");
}
