//! How long versions are kept, and what keeps them.

use sqlx::AnyConnection;

use crate::query::Query;
use crate::{Db, DbError, Millis};

/// Versions that are neither among the `$2` newest of their connector, nor younger than `$1`, and that
/// nothing needs: no connection, no activation, no run that goes on, no trace.
const UNNEEDED: &str = "DELETE FROM versions WHERE digest IN (SELECT v.digest FROM (
        SELECT digest, active, COALESCE(activated_at, installed_at) AS used_at, ROW_NUMBER() OVER (
            PARTITION BY connector ORDER BY COALESCE(activated_at, installed_at) DESC, version) AS place
        FROM versions) AS v
    WHERE v.active = 0 AND v.used_at < $1 AND v.place > $2
        AND NOT EXISTS (SELECT 1 FROM connections c WHERE c.own_digest = v.digest)
        AND NOT EXISTS (SELECT 1 FROM activations a WHERE v.digest IN (a.digest, a.former))
        AND NOT EXISTS (SELECT 1 FROM runs r
            WHERE r.digest = v.digest AND r.state IN ('queued', 'running', 'held'))
        AND NOT EXISTS (SELECT 1 FROM traces t JOIN calls k ON k.id = t.call WHERE k.digest = v.digest))";

impl Db {
    /// Deletes old versions with their bytes; gives how many.
    pub async fn versions_prune(&self, before: Millis, newest: i64) -> Result<u64, DbError> {
        let mut tx = self.begin().await?;
        let pruned = Query::new(UNNEEDED).bind(before).bind(newest).execute(&mut tx).await?;
        drop_components(&mut tx).await?;
        tx.commit().await?;
        Ok(pruned)
    }

    /// Deletes a connector with all its versions. [`DbError::Conflict`] while connections use it.
    pub async fn connector_remove(&self, connector: &str) -> Result<(), DbError> {
        let mut tx = self.begin().await?;
        let lock = self.dialect().lock();
        let text = format!("SELECT version FROM versions WHERE connector = $1 ORDER BY version {lock}");
        if Query::new(text).bind(connector).all(&mut tx).await?.is_empty() {
            return Err(DbError::missing("connector", connector));
        }
        let text = "SELECT name FROM connections WHERE connector = $1 ORDER BY name";
        let users = Query::new(text).bind(connector).all(&mut tx).await?;
        if !users.is_empty() {
            let users = users.iter().map(|row| row.text("name")).collect::<Result<Vec<_>, _>>()?;
            return Err(DbError::Conflict(format!("{connector} is used by {}", users.join(", "))));
        }
        for text in
            ["DELETE FROM activations WHERE connector = $1", "DELETE FROM versions WHERE connector = $1"]
        {
            Query::new(text).bind(connector).execute(&mut tx).await?;
        }
        drop_components(&mut tx).await?;
        Ok(tx.commit().await?)
    }

    /// The digests of all components that are kept.
    pub async fn component_digests(&self) -> Result<Vec<String>, DbError> {
        let rows = Query::new("SELECT digest FROM components").all(&mut *self.read().await?).await?;
        rows.iter().map(|row| row.text("digest")).collect()
    }
}

async fn drop_components(tx: &mut AnyConnection) -> Result<(), DbError> {
    let text = "DELETE FROM components WHERE NOT EXISTS (SELECT 1 FROM versions v
        WHERE v.digest = components.digest)";
    Query::new(text).execute(tx).await?;
    Ok(())
}
