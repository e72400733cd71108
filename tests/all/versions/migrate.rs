//! A version with another format of checkpoints carries them over, and going back restores them.

use serde_json::Value;
use windlass_tests::versioned::Made;

use super::Shops;

#[test]
fn a_checkpoint_is_carried_over_and_restored() {
    let shops = Shops::open(1);
    let name = shops.names[0].clone();
    shops.host.ok(&["sync", &name, "items"]);
    let next = Made { version: "2.0.0", state: 2, deed: "good" };
    assert_eq!(shops.install(next).code, 0);
    assert_eq!(shops.standing(), ("2.0.0".to_owned(), "all".to_owned()), "it is the only connection");
    shops.host.ok(&["sync", &name, "items"]);
    assert_eq!(exports(&shops), ["migrate", "read"], "the walk goes on where it was");
    shops.host.ok(&["connector", "rollback", "versioned"]);
    // The former version would fail on the other format, and read five pages without any.
    shops.host.ok(&["sync", &name, "items"]);
    assert_eq!(exports(&shops), ["read"]);
}

#[test]
fn a_version_that_fails_after_it_carried_a_checkpoint_over_leaves_it_as_it_was() {
    let shops = Shops::open(1);
    let name = shops.names[0].clone();
    shops.host.ok(&["connection", "set", &name, "--set", "pages=3"]);
    shops.host.ok(&["sync", &name, "items"]);
    shops.host.ok(&["connection", "set", &name, "--set", "pages=5"]);
    assert_eq!(shops.install(Made { version: "2.0.0", state: 2, deed: "traps" }).code, 0);
    shops.host.ok(&["sync", &name, "items"]);
    assert_eq!(exports(&shops), ["migrate", "read", "read", "read"], "one that failed, and pages 4 and 5");
    assert_eq!(shops.standing(), ("1.0.0".to_owned(), "undone".to_owned()));
    shops.assert_whole(0);
}

/// What the last run called.
fn exports(shops: &Shops) -> Vec<String> {
    let (_, runs) = shops.host.get("runs?kind=sync&limit=1");
    let (_, run) = shops.host.get(&format!("runs/{}", runs["items"][0]["id"]));
    assert!(!shops.digests(&run).is_empty());
    let calls = run["calls"].as_array().expect("a run shows its calls").iter();
    calls
        .map(|call| call["export"].as_str().map(str::to_owned).unwrap_or_else(|| Value::to_string(call)))
        .collect()
}
