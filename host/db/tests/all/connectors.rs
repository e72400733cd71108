//! Versions of connectors.

use windlass_db::{Version, VersionState};

use crate::support::{
    Case, T0, call_line, commit, fits, go_on, is_conflict, is_missing, new_version, on_both, succeed, switch,
};

on_both![
    a_version_is_added_once,
    the_same_number_with_other_bytes_is_a_conflict,
    one_version_is_active,
    a_version_that_waits_is_not_activated,
    old_versions_are_pruned_unless_something_needs_them,
    a_connector_is_removed_when_nothing_uses_it,
];

fn version(number: &str, digest: &str, state: VersionState) -> Version {
    Version { digest: digest.to_owned(), state, ..new_version(number) }
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
    assert_eq!(db.switch(T0 + 2, &switch("d1", &[])).await.unwrap(), None);
    assert_eq!(db.switch(T0 + 3, &switch("d2", &[])).await.unwrap().as_deref(), Some("d1"));
    assert_eq!(db.active_digests().await.unwrap(), [("shopkeeper".to_owned(), "d2".to_owned())]);
    let numbers: Vec<_> =
        db.versions_of("shopkeeper").await.unwrap().into_iter().map(|v| v.version).collect();
    assert_eq!(numbers, ["1.1.0", "1.0.0"], "newest installed first");
}

async fn a_version_that_waits_is_not_activated(case: Case) {
    let db = &case.db;
    db.version_add(T0, &version("1.0.0", "d1", VersionState::WaitsForApproval), b"one").await.unwrap();
    assert!(is_conflict(&db.switch(T0, &switch("d1", &[])).await));
    db.version_approve("shopkeeper", "1.0.0", None).await.unwrap();
    db.switch(T0, &switch("d1", &[])).await.unwrap();
    assert!(is_missing(&db.switch(T0, &switch("d9", &[])).await));
    assert!(is_missing(&db.version_approve("shopkeeper", "9.0.0", None).await));
}

async fn old_versions_are_pruned_unless_something_needs_them(case: Case) {
    let db = &case.db;
    let orders = case.orders().await;
    let shop = db.connection("shop").await.unwrap().unwrap();
    for number in ["1", "2", "3", "4", "5", "6", "7"] {
        db.version_add(T0, &new_version(number), number.as_bytes()).await.unwrap();
    }
    db.switch(T0 + 1, &switch("1", &[fits(&shop)])).await.unwrap();
    // A trace needs the second; a run that goes on the third; a connection stays on the fifth.
    let (_, lease) = case.sync(&orders).await;
    let mut traced = commit(Vec::new(), succeed());
    traced.call.digest = "2".to_owned();
    traced.call.trace = Some(windlass_db::Trace { bytes: b"trace".to_vec() });
    db.commit(T0, &lease, traced).await.unwrap();
    let (_, lease) = case.sync(&orders).await;
    let mut running = commit(Vec::new(), go_on());
    running.call = windlass_db::CallLine { digest: "3".to_owned(), ..call_line() };
    db.commit(T0, &lease, running).await.unwrap();
    db.switch(T0 + 2, &switch("5", &[fits(&shop)])).await.unwrap();
    let unfit = windlass_db::Judged { unfit: Some("/token: it is missing".to_owned()), ..fits(&shop) };
    // The activation needs the sixth and what was active before.
    db.switch(T0 + 3, &switch("6", &[unfit])).await.unwrap();
    assert_eq!(db.versions_prune(T0 + 9, 9).await.unwrap(), 0, "the newest are kept");
    assert_eq!(db.versions_prune(T0, 1).await.unwrap(), 0, "the young are kept");
    assert_eq!(db.versions_prune(T0 + 9, 1).await.unwrap(), 3);
    let mut left = db.component_digests().await.unwrap();
    left.sort_unstable();
    assert_eq!(left, ["2", "3", "5", "6"]);
}

async fn a_connector_is_removed_when_nothing_uses_it(case: Case) {
    let db = &case.db;
    assert!(is_missing(&db.connector_remove("shopkeeper").await));
    db.version_add(T0, &new_version("1"), b"one").await.unwrap();
    db.switch(T0, &switch("1", &[])).await.unwrap();
    let mut new = crate::support::new_connection("shop");
    new.digest = "1".to_owned();
    let id = db.connection_id().await.unwrap();
    db.connection_create(T0, id, &new).await.unwrap();
    assert!(is_conflict(&db.connector_remove("shopkeeper").await));
    db.connection_delete(id, false).await.unwrap();
    db.connector_remove("shopkeeper").await.unwrap();
    assert!(db.versions().await.unwrap().is_empty());
    assert!(db.component_digests().await.unwrap().is_empty());
    let late = db.connection_create(T0, db.connection_id().await.unwrap(), &new).await;
    assert!(matches!(late, Err(windlass_db::DbError::Outdated)), "{late:?}");
}
