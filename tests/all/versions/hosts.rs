//! Two hosts on one PostgreSQL follow a swap together.

use std::time::Duration;

use windlass_test_postgres::Database;
use windlass_tests::eventually::eventually;
use windlass_tests::host::Host;
use windlass_tests::versioned::Made;

use super::Shops;
use crate::pair::Pair;

/// As the design promises it.
const FOLLOWED_MAX: Duration = Duration::from_secs(2);

#[test]
fn both_hosts_run_a_version_within_two_seconds_of_its_install_on_one() {
    let pair = Pair::of(Database::create(), |setup| setup, |setup| setup);
    let shops = Shops::of(pair.first.clone(), 1);
    eventually("the second host follows the first version", Duration::from_secs(30), || {
        (version_on(&pair.second) == "1.0.0").then_some(())
    });
    assert_eq!(shops.install(Made::good("2.0.0")).code, 0);
    for host in [&pair.first, &pair.second] {
        eventually("the host runs the new version", FOLLOWED_MAX, || {
            (version_on(host) == "2.0.0").then_some(())
        });
    }
    assert_calls_are_made_by(&pair, "2.0.0");
    pair.second.ok(&["connector", "rollback", "versioned"]);
    for host in [&pair.first, &pair.second] {
        eventually("the host runs the former version", FOLLOWED_MAX, || {
            (version_on(host) == "1.0.0").then_some(())
        });
    }
    assert_calls_are_made_by(&pair, "1.0.0");
}

/// Whichever host makes them.
#[track_caller]
fn assert_calls_are_made_by(pair: &Pair, version: &str) {
    let (_, shown) = pair.first.get(&format!("connectors/versioned/versions/{version}"));
    let digest = shown["digest"].as_str().expect("a version has a digest");
    for host in [&pair.first, &pair.second, &pair.first, &pair.second] {
        host.ok(&["sync", "shop-0", "items"]);
        let (_, runs) = host.get("runs?connection=shop-0&kind=sync&limit=1");
        let (_, run) = host.get(&format!("runs/{}", runs["items"][0]["id"]));
        let calls = run["calls"].as_array().expect("a run shows its calls");
        assert!(!calls.is_empty() && calls.iter().all(|call| call["digest"] == digest), "{run}");
    }
}

/// The version that a host runs the connection with.
fn version_on(host: &Host) -> String {
    let (_, connection) = host.get("connections/shop-0");
    connection["version"].as_str().unwrap_or_default().to_owned()
}
