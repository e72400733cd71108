//! Opening a database, its clock, and transactions.

use std::fmt;
use std::sync::{Arc, Once};
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, AssertSqlSafe, Connection, Executor, Transaction};

use crate::clock::{Clock, SteadyClock, anchored_clock};
use crate::dialect::Dialect;
use crate::query::Query;
use crate::{DbError, Millis, migrations};

/// Connections that read a SQLite file side by side; more only take memory.
const SQLITE_READERS: u32 = 4;
/// Enough for the calls that one host commits at a time; a PostgreSQL server has 100 by default, which
/// are shared by all hosts.
const POSTGRES_CONNECTIONS: u32 = 10;
/// How long a statement waits for a free connection before it is an error.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a server may take to answer when it is opened; a server that works answers at once.
const REACH_TIMEOUT: Duration = Duration::from_secs(10);

/// A handle to the database; cheap to clone.
#[derive(Clone)]
pub struct Db {
    dialect: Dialect,
    /// On SQLite this pool has one connection: writers queue for it, in the order they came.
    writers: AnyPool,
    readers: AnyPool,
    /// None where the database has a clock of its own.
    clock: Option<Arc<SteadyClock>>,
}

impl Db {
    /// Opens `sqlite://PATH` or `postgres://…`, migrates under a lock, and refuses a newer database.
    pub async fn open(url: &str) -> Result<Db, DbError> {
        Db::open_with_clock(url, anchored_clock()).await
    }

    /// Like `open`, with the host's clock read by `clock`, which is asked at every [`Db::now`] and must
    /// not jump (see [`Clock`]). PostgreSQL never uses it.
    pub async fn open_with_clock(url: &str, clock: Clock) -> Result<Db, DbError> {
        let dialect = Dialect::of_url(url).ok_or_else(|| {
            DbError::Open("its address starts with neither sqlite:// nor postgres://".to_owned())
        })?;
        let (writers, readers) = connect(dialect, url).await?;
        let mut db = Db { dialect, writers, readers, clock: None };
        migrations::run(&db).await?;
        if dialect.clock().is_none() {
            let newest = db.newest_row().await?;
            db.clock = Some(Arc::new(SteadyClock::new(clock, newest)));
        }
        Ok(db)
    }

    /// True on SQLite: this host is the only one.
    pub fn is_single_host(&self) -> bool {
        self.dialect == Dialect::Sqlite
    }

    /// The one clock of leases and limits. On PostgreSQL the database's; on SQLite the host's, never
    /// earlier than the newest row of the ledger or of the runs.
    pub async fn now(&self) -> Result<Millis, DbError> {
        match (&self.clock, self.dialect.clock()) {
            (Some(clock), _) => Ok(clock.now()),
            (None, Some(text)) => Query::new(text).one(&mut *self.read().await?).await?.int("now"),
            (None, None) => Err(DbError::Open("it has no clock".to_owned())),
        }
    }

    pub async fn close(&self) {
        self.writers.close().await;
        self.readers.close().await;
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// A connection for one statement that reads.
    pub(crate) async fn read(&self) -> Result<PoolConnection<Any>, DbError> {
        Ok(self.readers.acquire().await?)
    }

    /// A connection for one statement that writes and needs no transaction around it.
    pub(crate) async fn write(&self) -> Result<PoolConnection<Any>, DbError> {
        Ok(self.writers.acquire().await?)
    }

    /// A transaction that writes; dropped, it is rolled back.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Any>, DbError> {
        Ok(self.writers.begin_with(self.dialect.begin()).await?)
    }

    async fn newest_row(&self) -> Result<Millis, DbError> {
        let text = "SELECT MAX(at) AS newest FROM (
            SELECT MAX(booked_at) AS at FROM ledger
            UNION ALL SELECT MAX(created_at) FROM runs
            UNION ALL SELECT MAX(started_at) FROM runs
            UNION ALL SELECT MAX(finished_at) FROM runs) AS rows_at";
        let newest = Query::new(text).one(&mut *self.read().await?).await?;
        Ok(newest.int_or_none("newest")?.unwrap_or(0))
    }
}

impl fmt::Debug for Db {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Db").field("dialect", &self.dialect).finish_non_exhaustive()
    }
}

async fn connect(dialect: Dialect, url: &str) -> Result<(AnyPool, AnyPool), DbError> {
    static DRIVERS: Once = Once::new();
    DRIVERS.call_once(sqlx::any::install_default_drivers);
    match dialect {
        Dialect::Sqlite => {
            let url = sqlite_url(url)?;
            let writers = pool(dialect, &url, 1, true).await?;
            let readers = pool(dialect, &url, SQLITE_READERS, false).await?;
            Ok((writers, readers))
        }
        Dialect::Postgres => {
            reach(url).await?;
            let pool = pool(dialect, url, POSTGRES_CONNECTIONS, true).await?;
            Ok((pool.clone(), pool))
        }
    }
}

/// One plain attempt, whose error says why: a pool would try again and then only say that it waited.
async fn reach(url: &str) -> Result<(), DbError> {
    let attempt = tokio::time::timeout(REACH_TIMEOUT, AnyConnection::connect(url)).await;
    let silent = |_| DbError::Open(format!("it does not answer within {} s", REACH_TIMEOUT.as_secs()));
    let connection = attempt.map_err(silent)?.map_err(|error| DbError::Open(error.to_string()))?;
    Ok(connection.close().await?)
}

async fn pool(dialect: Dialect, url: &str, connections: u32, writes: bool) -> Result<AnyPool, DbError> {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                connection.execute(sqlx::raw_sql(AssertSqlSafe(dialect.on_connect(writes)))).await?;
                Ok(())
            })
        })
        .connect(url)
        .await
        .map_err(|error| DbError::Open(error.to_string()))
}

/// The address as the driver wants it: an absolute path with everything but plain characters escaped,
/// and the file made if it is not there.
fn sqlite_url(url: &str) -> Result<String, DbError> {
    let path = url.strip_prefix("sqlite:").unwrap_or(url);
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = std::path::absolute(path).map_err(|error| DbError::Open(error.to_string()))?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    let mut text = String::from("sqlite://");
    for byte in path.as_os_str().as_encoded_bytes() {
        match plain(*byte) {
            true => text.push(char::from(*byte)),
            false => text.push_str(&format!("%{byte:02X}")),
        }
    }
    Ok(text + "?mode=rwc")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_unreachable_server_is_told_with_its_cause_and_without_the_password() {
        let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let error = Db::open(&format!("postgres://me:hush@{unused}/shop")).await.unwrap_err().to_string();
        assert!(error.contains("refused") && !error.contains("hush"), "{error}");
    }

    #[test]
    fn paths_are_escaped_for_the_driver() {
        assert_eq!(sqlite_url("sqlite:///tmp/a b?%.db").unwrap(), "sqlite:///tmp/a%20b%3F%25.db?mode=rwc");
        assert!(sqlite_url("sqlite://x.db").unwrap().starts_with("sqlite:///"));
    }
}
