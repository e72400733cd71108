//! Several hosts on one PostgreSQL.

use windlass_tests::baselinker::{Seed, Settings, Simulator};
use windlass_tests::cases::check_all;
use windlass_tests::host::Begun;
use windlass_tests::shop::{assert_lawful, assert_whole, connect};

use crate::pair::Pair;
use windlass_tests::simulator::Stage;

/// Two connections with one token need more requests together than a minute allows. Whoever believed
/// its own clock, or its own count, would break the limit.
#[test]
fn hosts_whose_clocks_are_minutes_apart_keep_one_limit_together() {
    check_all(&["+7m", "-7m"], 2, |shift| {
        let vendor = simulator(5_600);
        let pair = Pair::start("baselinker", Some(shift));
        connect(&pair.first, "left", &vendor, &[]);
        connect(&pair.second, "right", &vendor, &[]);
        let syncs = [("left", &*pair.first), ("right", &pair.second)]
            .map(|(name, host)| host.begin(&["sync", name, "orders"]));
        let ended = syncs.map(Begun::end);
        assert_eq!(ended, [true, true]);
        assert_lawful(&vendor);
        for connection in ["left", "right"] {
            assert_whole(&vendor, &pair.first, connection);
            assert_whole(&vendor, &pair.second, connection);
        }
        assert!(vendor.requests().len() > 100, "the limit was reached");
    });
}

#[test]
fn a_host_that_dies_leaves_its_work_to_the_other() {
    let vendor = simulator(1_950);
    let pair = Pair::start("baselinker", None);
    connect(&pair.first, "left", &vendor, &[]);
    connect(&pair.first, "right", &vendor, &[]);
    let first = pair.first.clone();
    vendor.watch(move |moment| {
        if (moment.request, moment.stage) == (10, Stage::Acted) {
            first.kill_9();
        }
    });
    let syncs = ["left", "right"].map(|name| pair.second.begin(&["sync", name, "orders"]));
    let ended = syncs.map(Begun::end);
    assert_eq!(ended, [true, true]);
    assert_lawful(&vendor);
    for connection in ["left", "right"] {
        assert_whole(&vendor, &pair.second, connection);
    }
}

fn simulator(orders: usize) -> Simulator {
    let seed = Seed { orders, ..Seed::default() };
    Simulator::start(Settings { seed, ..Settings::default() }).expect("a loopback port")
}
