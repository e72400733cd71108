//! Two hosts on one PostgreSQL.

use std::sync::Arc;

use windlass_test_postgres::Database;
use windlass_tests::clock::Clock;
use windlass_tests::folder::Folder;
use windlass_tests::host::{Host, Setup};
use windlass_tests::timeline::Timeline;

/// Any 32 bytes, in Base64.
const KEY: &str = "d2luZGxhc3MtdGVzdC1rZXktMzItYnl0ZXMtbG9uZyE=";

/// Two hosts that share a database and the key of its secrets.
pub struct Pair {
    pub first: Arc<Host>,
    pub second: Arc<Host>,
    _key: Folder,
    // Dropped last: a database goes when nobody uses it.
    _database: Database,
}

impl Pair {
    /// The second host's wall clock is shifted, as faketime writes it.
    pub fn start(connector: &str, shift: Option<&str>) -> Self {
        let clock = shift.map_or(Clock::Machine, |shift| Clock::Shifted(shift.to_owned()));
        let pair = Self::of(Database::create(), |setup| setup, |setup| Setup { clock, ..setup });
        pair.first.install(connector);
        pair
    }

    /// Hosts and their database go by a clock that the test moves on.
    pub fn start_at(connector: &str, timeline: &Timeline) -> Self {
        let clock = Clock::Skipping(timeline.clone());
        let database = Database::create_under(&clock.variables());
        let moved = |setup| Setup { clock: clock.clone(), ..setup };
        let pair = Self::of(database, moved, moved);
        pair.first.install(connector);
        pair
    }

    /// With a connector that was made for tests.
    pub fn start_guest(guest: &str) -> Self {
        let pair = Self::of(Database::create(), |setup| setup, |setup| setup);
        pair.first.install_guest(guest);
        pair
    }

    /// Two hosts, each set up as it is said.
    pub fn of(
        database: Database,
        first: impl FnOnce(Setup) -> Setup,
        second: impl FnOnce(Setup) -> Setup,
    ) -> Self {
        let key = Folder::new().expect("a temporary folder");
        let file = key.path().join("secret.key");
        std::fs::write(&file, KEY).expect("a temporary file can be written");
        let setup = Setup {
            database_url: Some(database.url().to_owned()),
            variables: vec![("WINDLASS_SECRET_KEY_FILE".into(), file.display().to_string())],
            ..Setup::default()
        };
        let first = Arc::new(Host::start(first(setup.clone())));
        let second = Arc::new(Host::start(second(setup)));
        Self { first, second, _key: key, _database: database }
    }
}
