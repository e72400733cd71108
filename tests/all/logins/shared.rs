//! Whoever shares a credential shares its session: one login for all.

use windlass_test_postgres::Database;
use windlass_tests::clock::Clock;
use windlass_tests::host::{Begun, Host, Setup};
use windlass_tests::member::{EMAIL, PASSWORD, Settings, Simulator};
use windlass_tests::simulator::{Fault, When};

use super::{Reader, SLOW_MS, assert_whole, connect};
use crate::pair::Pair;

/// Two hosts; the second one's wall clock is shifted.
fn pair(shift: Option<&str>) -> Pair {
    let clock = shift.map_or(Clock::Machine, |shift| Clock::Shifted(shift.to_owned()));
    let pair = Pair::of(Database::create(), |setup| setup, |setup| Setup { clock, ..setup });
    pair.first.install_guest("member");
    pair
}

/// Both streams of two connections to one account, all at once.
fn sync_all(vendor: &Simulator, hosts: [&Host; 2]) {
    // All come while the first login is under way.
    vendor.fault(When::Method("POST /login".into()), Fault::SlowBody(SLOW_MS));
    for (name, host) in ["left", "right"].into_iter().zip(hosts) {
        connect(host, name, vendor, &[("email", EMAIL), ("password", PASSWORD)]);
    }
    let syncs: Vec<_> =
        ["left", "right"].into_iter().zip(hosts).map(|(name, host)| host.begin(&["sync", name])).collect();
    assert!(syncs.into_iter().all(Begun::end));
    for (name, host) in ["left", "right"].into_iter().zip(hosts) {
        assert_whole(host, name, "books");
        assert_whole(host, name, "loans");
    }
}

#[test]
fn runs_of_one_credential_log_in_once() {
    let reader = Reader::open(Settings::default());
    sync_all(&reader.vendor, [&reader.host, &reader.host]);
    assert_eq!(reader.vendor.logins(), 1);
    // A token that all lose in the same moment costs one login, too.
    reader.vendor.forget_tokens();
    let syncs = ["left", "right"].map(|name| reader.host.begin(&["sync", name]));
    assert!(syncs.into_iter().all(Begun::end));
    assert_eq!(reader.vendor.logins(), 2);
}

#[test]
fn two_hosts_log_in_once() {
    let vendor = Simulator::start(Settings::default());
    let pair = pair(Some("+7m"));
    sync_all(&vendor, [&pair.first, &pair.second]);
    assert_eq!(vendor.logins(), 1);
}

/// A host that dies while it logs in leaves its turn to the other, when the turn's time is over.
#[test]
fn a_host_that_dies_while_it_logs_in_is_not_waited_for_longer_than_a_lease() {
    let vendor = Simulator::start(Settings::default());
    let pair = pair(None);
    connect(&pair.first, "left", &vendor, &[("email", EMAIL), ("password", PASSWORD)]);
    let first = pair.first.clone();
    vendor.watch(move |moment| {
        if moment.request == 1 {
            first.kill_9();
        }
    });
    assert!(pair.second.begin(&["sync", "left", "books"]).end());
    assert_whole(&pair.second, "left", "books");
    assert!(vendor.logins() <= 2, "{} logins", vendor.logins());
}
