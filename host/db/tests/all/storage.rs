//! The guest's storage.

use windlass_db::StorageWrite;

use crate::support::{Case, T0, commit, is_nul, on_both, succeed};

on_both![
    writes_land_with_the_commit,
    entries_are_listed_by_prefix_in_the_order_of_bytes,
    connections_do_not_see_each_other,
    keys_with_nul_are_refused,
];

fn set(key: &str, value: &[u8]) -> StorageWrite {
    StorageWrite { key: key.to_owned(), value: Some(value.to_vec()) }
}

async fn store(case: &Case, connection: i64, key: &str, writes: Vec<StorageWrite>) {
    let (_, lease) = case.action(connection, key).await;
    let mut commit = commit(Vec::new(), succeed());
    commit.storage = writes;
    case.db.commit(T0, &lease, commit).await.unwrap();
}

async fn writes_land_with_the_commit(case: Case) {
    let shop = case.connection("shop").await;
    let delete = StorageWrite { key: "gone".to_owned(), value: None };
    store(&case, shop.id, "1", vec![set("a", b"one"), set("gone", b"x"), set("a", b"two\0"), delete]).await;
    assert_eq!(case.db.storage_get(shop.id, "a").await.unwrap().unwrap(), b"two\0");
    assert_eq!(case.db.storage_get(shop.id, "gone").await.unwrap(), None);
    assert_eq!(case.db.storage_used(shop.id).await.unwrap(), (1, 5));
}

async fn entries_are_listed_by_prefix_in_the_order_of_bytes(case: Case) {
    let shop = case.connection("shop").await;
    let keys = ["p/a", "p/B", "p/ä", "p/", "q", "p", "p/\u{10ffff}", "p0"];
    store(&case, shop.id, "1", keys.iter().map(|key| set(key, key.as_bytes())).collect()).await;
    let list = async |prefix: &str, after: Option<&str>, limit| {
        let entries = case.db.storage_list(shop.id, prefix, after, limit).await.unwrap();
        entries.into_iter().map(|(key, _)| key).collect::<Vec<_>>()
    };
    assert_eq!(list("p/", None, 10).await, ["p/", "p/B", "p/a", "p/ä", "p/\u{10ffff}"]);
    assert_eq!(list("p/", Some("p/B"), 2).await, ["p/a", "p/ä"]);
    assert_eq!(list("", Some("p0"), 10).await, ["q"]);
    assert_eq!(list("p/\u{10ffff}", None, 10).await, ["p/\u{10ffff}"]);
    assert_eq!(list("%", None, 10).await, Vec::<String>::new());
}

async fn connections_do_not_see_each_other(case: Case) {
    let (one, other) = (case.connection("one").await, case.connection("other").await);
    store(&case, one.id, "1", vec![set("a", b"mine")]).await;
    assert_eq!(case.db.storage_get(other.id, "a").await.unwrap(), None);
    assert!(case.db.storage_list(other.id, "", None, 10).await.unwrap().is_empty());
    assert_eq!(case.db.storage_used(other.id).await.unwrap(), (0, 0));
}

async fn keys_with_nul_are_refused(case: Case) {
    let shop = case.connection("shop").await;
    let (_, lease) = case.action(shop.id, "1").await;
    let mut commit = commit(Vec::new(), succeed());
    commit.storage = vec![set("a", b"fine"), set("b\0", b"not")];
    assert!(is_nul(&case.db.commit(T0, &lease, commit).await));
    assert_eq!(case.db.storage_get(shop.id, "a").await.unwrap(), None, "nothing was written");
}
