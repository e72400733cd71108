//! Keys, publishers, and where components came from.

use windlass_db::{FolderFile, Origin, Publisher, TrustedKey, Version};

use crate::support::{Case, T0, is_conflict, is_missing, new_version, on_both};

on_both![
    a_key_is_trusted_once_and_no_other_under_its_id,
    the_first_to_come_has_the_name_until_a_person_changes_it,
    a_verified_origin_is_not_replaced_by_less,
    what_was_taken_from_a_folder_is_known_without_its_version,
];

async fn what_was_taken_from_a_folder_is_known_without_its_version(case: Case) {
    let file = |version: &str| FolderFile {
        digest: "d9".to_owned(),
        connector: "gone".to_owned(),
        version: version.to_owned(),
    };
    assert_eq!(case.db.folder_file("d9").await.unwrap(), None);
    case.db.folder_keep(T0, &file("1.0.0")).await.unwrap();
    case.db.folder_keep(T0, &file("2.0.0")).await.unwrap();
    assert_eq!(case.db.folder_file("d9").await.unwrap(), Some(file("1.0.0")));
}

fn key(public: &str) -> TrustedKey {
    TrustedKey {
        id: "0123456789ABCDEF".to_owned(),
        public: public.to_owned(),
        comment: "ours".to_owned(),
        trusted_at: T0,
    }
}

fn publisher(key: &str) -> Publisher {
    Publisher { connector: "shop".to_owned(), key_id: key.to_uppercase(), public: key.to_owned() }
}

async fn a_key_is_trusted_once_and_no_other_under_its_id(case: Case) {
    let db = &case.db;
    db.key_trust(&key("one")).await.unwrap();
    db.key_trust(&TrustedKey { trusted_at: T0 + 1, ..key("one") }).await.unwrap();
    assert_eq!(db.trusted_keys().await.unwrap(), [key("one")]);
    assert!(is_conflict(&db.key_trust(&key("two")).await));
    db.key_distrust(&key("one").id).await.unwrap();
    assert!(is_missing(&db.key_distrust(&key("one").id).await));
    assert_eq!(db.trusted_keys().await.unwrap(), []);
}

async fn the_first_to_come_has_the_name_until_a_person_changes_it(case: Case) {
    let db = &case.db;
    assert_eq!(db.publisher("shop").await.unwrap(), None);
    assert_eq!(db.publisher_pin(T0, &publisher("one")).await.unwrap(), publisher("one"));
    assert_eq!(db.publisher_pin(T0, &publisher("two")).await.unwrap(), publisher("one"));
    db.publisher_change(T0, &publisher("two")).await.unwrap();
    assert_eq!(db.publisher("shop").await.unwrap(), Some(publisher("two")));
    db.publisher_forget("shop").await.unwrap();
    assert_eq!(db.publishers().await.unwrap(), []);
    db.publisher_change(T0, &publisher("three")).await.unwrap();
    assert_eq!(db.publishers().await.unwrap(), [publisher("three")]);
}

async fn a_verified_origin_is_not_replaced_by_less(case: Case) {
    let db = &case.db;
    let version = Version { digest: "d1".to_owned(), ..new_version("1.0.0") };
    db.version_add(T0, &version, b"wasm").await.unwrap();
    let origin = |source: &str, key: Option<&str>| Origin {
        digest: "d1".to_owned(),
        source: source.to_owned(),
        signature: key.map(|_| "signed".to_owned()),
        key_id: key.map(str::to_owned),
    };
    db.origin_keep(&origin("upload", None)).await.unwrap();
    db.origin_keep(&origin("folder", Some("K"))).await.unwrap();
    db.origin_keep(&origin("upload", None)).await.unwrap();
    assert_eq!(db.origins().await.unwrap(), [origin("folder", Some("K"))]);
    db.connector_remove(&version.connector).await.unwrap();
    assert!(is_conflict(&db.origin_keep(&origin("upload", None)).await));
    assert_eq!(db.origins().await.unwrap(), []);
}
