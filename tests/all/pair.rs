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
        Self::start_with(|host| host.install(connector), shift)
    }

    /// `install` is called with the first host.
    pub fn start_with(install: impl FnOnce(&Host), shift: Option<&str>) -> Self {
        let database = Database::create();
        let key = Folder::new().expect("a temporary folder");
        let file = key.path().join("secret.key");
        std::fs::write(&file, KEY).expect("a temporary file can be written");
        let setup = Setup {
            database_url: Some(database.url().to_owned()),
            variables: vec![("WINDLASS_SECRET_KEY_FILE".into(), file.display().to_string())],
            ..Setup::default()
        };
        let first = Arc::new(Host::start(setup.clone()));
        let second = Arc::new(Host::start(Setup { clock: shift.map(str::to_owned), ..setup }));
        install(&first);
        Self { first, second, _key: key, _database: database }
    }
}
