//! Versions of connectors.

use windlass_db::{Version, VersionState};

use crate::support::{Case, T0, is_conflict, is_missing, on_both};

on_both![
    a_version_is_added_once,
    the_same_number_with_other_bytes_is_a_conflict,
    one_version_is_active,
    a_version_that_waits_is_not_activated,
];

fn version(number: &str, digest: &str, state: VersionState) -> Version {
    Version {
        connector: "shopkeeper".to_owned(),
        version: number.to_owned(),
        digest: digest.to_owned(),
        spec: r#"{"spec":1}"#.to_owned(),
        state,
        active: false,
        installed_at: T0,
        activated_at: None,
    }
}

async fn a_version_is_added_once(case: Case) {
    let one = version("1.0.0", "d1", VersionState::Approved);
    case.db.version_add(T0, &one, b"wasm").await.unwrap();
    case.db.version_add(T0 + 1, &one, b"wasm").await.unwrap();
    let all = case.db.versions().await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].installed_at, all[0].active, all[0].activated_at), (T0, false, None));
    assert_eq!(case.db.component("d1").await.unwrap().wasm, b"wasm");
    assert!(is_missing(&case.db.component("d2").await));
}

async fn the_same_number_with_other_bytes_is_a_conflict(case: Case) {
    case.db.version_add(T0, &version("1.0.0", "d1", VersionState::Approved), b"one").await.unwrap();
    let other = case.db.version_add(T0, &version("1.0.0", "d2", VersionState::Approved), b"two").await;
    assert!(is_conflict(&other), "{other:?}");
    assert!(is_missing(&case.db.component("d2").await), "its bytes are not kept");
}

async fn one_version_is_active(case: Case) {
    let db = &case.db;
    db.version_add(T0, &version("1.0.0", "d1", VersionState::Approved), b"one").await.unwrap();
    db.version_add(T0 + 1, &version("1.1.0", "d2", VersionState::Approved), b"two").await.unwrap();
    assert_eq!(db.version_activate(T0 + 2, "shopkeeper", "1.0.0", &[]).await.unwrap(), None);
    assert_eq!(db.version_activate(T0 + 3, "shopkeeper", "1.1.0", &[]).await.unwrap().as_deref(), Some("d1"));
    assert_eq!(db.active_digests().await.unwrap(), [("shopkeeper".to_owned(), "d2".to_owned())]);
    let numbers: Vec<_> =
        db.versions_of("shopkeeper").await.unwrap().into_iter().map(|v| v.version).collect();
    assert_eq!(numbers, ["1.1.0", "1.0.0"], "newest installed first");
}

async fn a_version_that_waits_is_not_activated(case: Case) {
    let db = &case.db;
    db.version_add(T0, &version("1.0.0", "d1", VersionState::WaitsForApproval), b"one").await.unwrap();
    assert!(is_conflict(&db.version_activate(T0, "shopkeeper", "1.0.0", &[]).await));
    db.version_approve("shopkeeper", "1.0.0").await.unwrap();
    db.version_activate(T0, "shopkeeper", "1.0.0", &[]).await.unwrap();
    assert!(is_missing(&db.version_activate(T0, "shopkeeper", "9.0.0", &[]).await));
    assert!(is_missing(&db.version_approve("shopkeeper", "9.0.0").await));
}
