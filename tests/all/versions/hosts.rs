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
    pair.second.ok(&["connector", "rollback", "versioned"]);
    for host in [&pair.first, &pair.second] {
        eventually("the host runs the former version", FOLLOWED_MAX, || {
            (version_on(host) == "1.0.0").then_some(())
        });
    }
}

/// The version that a host runs the connection with.
fn version_on(host: &Host) -> String {
    let (_, connection) = host.get("connections/shop-0");
    connection["version"].as_str().unwrap_or_default().to_owned()
}
