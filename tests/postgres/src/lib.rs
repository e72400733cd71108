//! PostgreSQL for tests: a fresh database per case, on a private server that ends with the tests.
//!
//! `WINDLASS_TEST_POSTGRES`, an address such as `postgres://user@host/postgres`, names a server where
//! databases may be created. Without it the first case starts a server of its own: a temporary folder, a
//! Unix socket and no port, stopped and removed when the test process ends, however it ends.

mod binaries;
mod cluster;
mod dump;

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use binaries::Binaries;
use cluster::Cluster;

/// A database of one case, gone with it or with the private server.
#[derive(Debug)]
pub struct Database {
    name: String,
    url: String,
    server: Arc<Server>,
}

/// Where databases are made.
#[derive(Debug)]
struct Server {
    binaries: Binaries,
    /// An address whose path is the database to connect to for making others.
    url: String,
    /// The private server, which lives until the process ends.
    cluster: Option<Cluster>,
}

impl Database {
    /// Makes an empty database.
    ///
    /// # Panics
    ///
    /// With what to install or to set, if there is no PostgreSQL: it is never skipped.
    pub fn create() -> Database {
        Self::create_on(server().clone())
    }

    /// Makes a server of its own for one database, under more environment variables: for a server with
    /// another clock.
    ///
    /// # Panics
    ///
    /// As [`create`](Self::create).
    pub fn create_under(variables: &[(String, String)]) -> Database {
        let server = Server::alone(variables).unwrap_or_else(|error| panic!("{error}"));
        Self::create_on(Arc::new(server))
    }

    fn create_on(server: Arc<Server>) -> Database {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("windlass_{}_{number}", std::process::id());
        server.run(&format!("CREATE DATABASE {name}")).expect("a database can be created");
        Database { url: server.url_of(&name), name, server }
    }

    /// Its address, for sqlx and for `windlass serve --database-url`.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A private server is removed with all it holds; dropping one by one would only take time.
        if self.server.cluster.is_some() {
            return;
        }
        // A left-over is no fault of the case.
        if let Err(error) = self.server.run(&format!("DROP DATABASE {} WITH (FORCE)", self.name)) {
            eprintln!("{error}");
        }
    }
}

impl Server {
    #[expect(clippy::disallowed_methods, reason = "where tests are told of a server")]
    fn start() -> Result<Server, String> {
        match std::env::var("WINDLASS_TEST_POSTGRES") {
            Ok(url) => Ok(Server { binaries: Binaries::find()?, url, cluster: None }),
            Err(_) => Self::alone(&[]),
        }
    }

    /// A private server.
    fn alone(variables: &[(String, String)]) -> Result<Server, String> {
        let binaries = Binaries::find()?;
        let cluster = Cluster::start(&binaries, variables)?;
        Ok(Server { binaries, url: cluster.url(), cluster: Some(cluster) })
    }

    fn run(&self, statement: &str) -> Result<(), String> {
        let mut command = Command::new(self.binaries.path("psql"));
        command.args([self.url.as_str(), "--no-psqlrc", "--quiet", "--command", statement]);
        let output = command.output().map_err(|error| format!("psql: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("{statement}: {}", String::from_utf8_lossy(&output.stderr)))
    }

    /// The server's address with another database in its path.
    fn url_of(&self, name: &str) -> String {
        let (address, query) = match self.url.split_once('?') {
            Some((address, query)) => (address, format!("?{query}")),
            None => (self.url.as_str(), String::new()),
        };
        let after_scheme = address.find("://").map_or(0, |at| at + 3);
        let end = address[after_scheme..].find('/').map_or(address.len(), |at| after_scheme + at);
        format!("{}/{name}{query}", &address[..end])
    }
}

fn server() -> &'static Arc<Server> {
    static SERVER: OnceLock<Result<Arc<Server>, String>> = OnceLock::new();
    match SERVER.get_or_init(|| Server::start().map(Arc::new)) {
        Ok(server) => server,
        Err(error) => panic!("{error}"),
    }
}
