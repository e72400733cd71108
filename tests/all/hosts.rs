//! Several hosts on one PostgreSQL.

use std::sync::Arc;

use windlass_test_postgres::Database;
use windlass_tests::baselinker::{Seed, Settings, Simulator, Stage};
use windlass_tests::cases::check_all;
use windlass_tests::folder::Folder;
use windlass_tests::host::{Begun, Host, Setup};
use windlass_tests::shop::{assert_lawful, assert_whole, connect};

/// Any 32 bytes, in Base64.
const KEY: &str = "d2luZGxhc3MtdGVzdC1rZXktMzItYnl0ZXMtbG9uZyE=";

/// Two hosts that share a database and the key of its secrets.
pub struct Pair {
    pub first: Arc<Host>,
    pub second: Host,
    _key: Folder,
    // Dropped last: a database goes when nobody uses it.
    _database: Database,
}

impl Pair {
    /// The second host's wall clock is shifted, as faketime writes it.
    fn start(shift: Option<&str>) -> Self {
        let pair = Self::of(|setup| setup, |setup| Setup { clock: shift.map(str::to_owned), ..setup });
        pair.first.install("baselinker");
        pair
    }

    /// Two hosts, each set up as it is said.
    pub fn of(first: impl FnOnce(Setup) -> Setup, second: impl FnOnce(Setup) -> Setup) -> Self {
        let database = Database::create();
        let key = Folder::new().expect("a temporary folder");
        let file = key.path().join("secret.key");
        std::fs::write(&file, KEY).expect("a temporary file can be written");
        let setup = Setup {
            database_url: Some(database.url().to_owned()),
            variables: vec![("WINDLASS_SECRET_KEY_FILE".into(), file.display().to_string())],
            ..Setup::default()
        };
        let first = Arc::new(Host::start(first(setup.clone())));
        let second = Host::start(second(setup));
        Self { first, second, _key: key, _database: database }
    }
}

/// Two connections with one token need more requests together than a minute allows. Whoever believed
/// its own clock, or its own count, would break the limit.
#[test]
fn hosts_whose_clocks_are_minutes_apart_keep_one_limit_together() {
    check_all(&["+7m", "-7m"], 2, |shift| {
        let vendor = simulator(5_600);
        let pair = Pair::start(Some(shift));
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
    let pair = Pair::start(None);
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
