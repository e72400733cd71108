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
    (2, include_str!("../migrations/0002_action_secrets.sql")),
    (3, include_str!("../migrations/0003_unique_and_limits.sql")),
    (4, include_str!("../migrations/0004_webhooks.sql")),
    (5, include_str!("../migrations/0005_sessions.sql")),
    (6, include_str!("../migrations/0006_flows.sql")),
    (7, include_str!("../migrations/0007_outcomes.sql")),
    (8, include_str!("../migrations/0008_versions.sql")),
    (9, include_str!("../migrations/0009_signatures.sql")),
    (10, include_str!("../migrations/0010_cron.sql")),
    (11, include_str!("../migrations/0011_folder.sql")),
    (12, include_str!("../migrations/0012_order.sql")),
    (13, include_str!("../migrations/0013_left.sql")),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_run_in_the_order_of_their_numbers() {
        assert!(MIGRATIONS.is_sorted_by(|one, other| one.0 < other.0));
    }

    #[tokio::test]
    async fn what_was_not_run_yet_is_run_and_what_is_newer_is_refused() {
        let folder = std::env::temp_dir().join(format!("windlass-migrations-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let url = format!("sqlite://{}/windlass.db", folder.display());
        let db = Db::open(&url).await.unwrap();
        // As a version left it that did not know the third one.
        let undo = "DROP TABLE unique_values; DROP TABLE limit_settings; DROP TABLE limit_claims;
            DROP TABLE limit_reports; DROP INDEX runs_parked; DELETE FROM windlass_schema WHERE version = 3";
        let mut tx = db.begin().await.unwrap();
        tx.execute(sqlx::raw_sql(undo)).await.unwrap();
        tx.commit().await.unwrap();
        db.close().await;
        let db = Db::open(&url).await.unwrap();
        assert!(db.repeated_values(1).await.unwrap().is_empty(), "the table is there again");
        let (last, _) = MIGRATIONS.last().unwrap();
        let query = Query::new("INSERT INTO windlass_schema (version) VALUES ($1)").bind(last + 1);
        query.execute(&mut db.write().await.unwrap()).await.unwrap();
        db.close().await;
        let refused = Db::open(&url).await;
        assert!(matches!(refused, Err(DbError::Newer { .. })), "{:?}", refused.err());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
