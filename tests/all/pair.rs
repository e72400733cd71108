//! Two hosts on one PostgreSQL.

use std::sync::Arc;

use windlass_test_postgres::Database;
use windlass_tests::folder::Folder;
use windlass_tests::host::{Host, Setup};

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
        let shifted = |setup| Setup { clock: shift.map(str::to_owned), ..setup };
        let pair = Self::of(Database::create(), |setup| setup, shifted);
        pair.first.install(connector);
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
