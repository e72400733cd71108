//! Migrations: numbered texts, run under a lock in one transaction, each once.
//!
//! sqlx's own migrator is not used: it wants one text per database, while these are one text whose few
//! differences `dialect` fills in.

use sqlx::{AnyConnection, AssertSqlSafe, Executor};

use crate::query::Query;
use crate::{Db, DbError};

/// The texts in order; the first has number 1. Never edit one that was released: add another.
const MIGRATIONS: &[&str] =
    &[include_str!("../migrations/0001_spine.sql"), include_str!("../migrations/0005_sessions.sql")];

pub(crate) async fn run(db: &Db) -> Result<(), DbError> {
    let known = MIGRATIONS.len();
    let mut tx = db.begin().await?;
    if let Some(lock) = db.dialect().migration_lock() {
        Query::new(lock).all(&mut tx).await?;
    }
    let found = version(&mut tx).await?;
    let done = usize::try_from(found).unwrap_or(usize::MAX);
    if done > known {
        let known = i64::try_from(known).unwrap_or(i64::MAX);
        return Err(DbError::Newer { found, known });
    }
    for (number, text) in (1_i64..).zip(MIGRATIONS).skip(done) {
        let text = db.dialect().schema(text);
        tx.execute(sqlx::raw_sql(AssertSqlSafe(text))).await?;
        Query::new("INSERT INTO windlass_schema (version) VALUES ($1)").bind(number).execute(&mut tx).await?;
    }
    Ok(tx.commit().await?)
}

/// The number of the last migration that was run; 0 for an empty database.
async fn version(connection: &mut AnyConnection) -> Result<i64, DbError> {
    Query::new("CREATE TABLE IF NOT EXISTS windlass_schema (version BIGINT PRIMARY KEY)")
        .execute(connection)
        .await?;
    Query::new("SELECT COALESCE(MAX(version), 0) AS version FROM windlass_schema")
        .one(connection)
        .await?
        .int("version")
}
