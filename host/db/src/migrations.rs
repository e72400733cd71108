//! Migrations: numbered texts, run under a lock in one transaction, each once.
//!
//! sqlx's own migrator is not used: it wants one text per database, while these are one text whose few
//! differences `dialect` fills in.

use std::collections::BTreeSet;

use sqlx::{AnyConnection, AssertSqlSafe, Executor};

use crate::query::Query;
use crate::{Db, DbError};

/// The texts in the order in which they run, by number. Never edit one that was released: add another.
const MIGRATIONS: &[(i64, &str)] = &[
    (1, include_str!("../migrations/0001_spine.sql")),
    (4, include_str!("../migrations/0004_webhooks.sql")),
];

pub(crate) async fn run(db: &Db) -> Result<(), DbError> {
    let mut tx = db.begin().await?;
    if let Some(lock) = db.dialect().migration_lock() {
        Query::new(lock).all(&mut tx).await?;
    }
    let done = done(&mut tx).await?;
    let known = MIGRATIONS.iter().map(|(number, _)| *number).max().unwrap_or(0);
    if let Some(found) = done.last().copied().filter(|found| *found > known) {
        return Err(DbError::Newer { found, known });
    }
    for (number, text) in MIGRATIONS.iter().filter(|(number, _)| !done.contains(number)) {
        let text = db.dialect().schema(text);
        tx.execute(sqlx::raw_sql(AssertSqlSafe(text))).await?;
        let query = Query::new("INSERT INTO windlass_schema (version) VALUES ($1)");
        query.bind(*number).execute(&mut tx).await?;
    }
    Ok(tx.commit().await?)
}

/// The numbers of the migrations that were run; none for an empty database.
async fn done(connection: &mut AnyConnection) -> Result<BTreeSet<i64>, DbError> {
    Query::new("CREATE TABLE IF NOT EXISTS windlass_schema (version BIGINT PRIMARY KEY)")
        .execute(connection)
        .await?;
    let rows = Query::new("SELECT version FROM windlass_schema").all(connection).await?;
    rows.iter().map(|row| row.int("version")).collect()
}
