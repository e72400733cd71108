//! Bad versions, each installed over a good one under load.

use serde_json::Value;
use windlass_tests::cases::check_all;
use windlass_tests::versioned::Made;

use super::{BACK_MAX, Shops};

/// How it fails, and what its operator reads.
const BAD: [(&str, &str); 4] = [
    ("traps", "this version cannot read the third page"),
    ("loops", "CPU"),
    ("writes-nonsense", "key"),
    ("errs", "this version does not know the third page"),
];

#[test]
fn a_bad_version_undoes_itself_and_nothing_is_lost() {
    check_all(&BAD, BAD.len(), |&(deed, reason)| {
        let shops = Shops::open(2);
        // So that it is known that the former version works.
        shops.names.iter().for_each(|name| drop(shops.sync(name)));
        let bad = Made::bad("2.0.0", deed);
        let sent = shops.under_load(|| {
            assert_eq!(shops.install(bad).code, 0);
            shops.stands_within(BACK_MAX, "1.0.0", "undone");
        });
        shops.assert_whole(sent);
        assert_the_reason_is_readable(&shops, reason);
        // No script brings it back; a person may.
        let again = shops.install(bad);
        assert!(again.code == 1 && again.stderr.contains("connector.bad"), "{again:?}");
        assert_eq!(shops.standing().0, "1.0.0");
        shops.host.ok(&["connector", "approve", "versioned", "2.0.0"]);
        assert_eq!(shops.standing().1, "first");
    });
}

#[test]
fn a_version_that_asks_for_another_host_waits() {
    let shops = Shops::open(2);
    let asks = Made::bad("2.0.0", "asks").file(&shops.host);
    let sent = shops.under_load(|| {
        let waits = shops.host.cli(&["connector", "install", &asks]);
        assert!(waits.code == 2 && waits.stderr.contains("https://elsewhere.invalid"), "{waits:?}");
    });
    shops.assert_whole(sent);
    assert_eq!(shops.connector()["active"], Value::from("1.0.0"));
    // What a person has approved once need not be approved again, also after a version that asks for less.
    shops.host.ok(&["connector", "approve", "versioned", "2.0.0"]);
    shops.host.ok(&["connector", "install", &Made::good("3.0.0").file(&shops.host)]);
    shops.host.ok(&["connector", "install", &Made::bad("4.0.0", "asks").file(&shops.host)]);
}

#[track_caller]
fn assert_the_reason_is_readable(shops: &Shops, reason: &str) {
    let shown = shops.host.ok(&["connector", "show", "versioned"]);
    for expected in ["2.0.0 is bad", "call ", " of run ", reason] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    assert!(shown.lines().count() < 50, "one screen: {shown}");
}
