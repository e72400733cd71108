//! Hosts that share a database: which of them live, and which versions each has loaded.

use crate::query::Query;
use crate::{Db, DbError, Millis};

/// A host that was seen lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenHost {
    pub name: String,
    /// A JSON object of digests: null if it is loaded, or why it cannot be.
    pub loaded: String,
}

impl Db {
    /// A host lives, and has loaded these versions.
    pub async fn host_seen(&self, now: Millis, name: &str, loaded: &str) -> Result<(), DbError> {
        let text = "INSERT INTO hosts (name, seen_at, loaded) VALUES ($1, $2, $3)
            ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at, loaded = excluded.loaded";
        Query::new(text).bind(name).bind(now).bind(loaded).execute(&mut *self.write().await?).await?;
        Ok(())
    }

    /// A host ends; nobody waits for it any more.
    pub async fn host_gone(&self, name: &str) -> Result<(), DbError> {
        let query = Query::new("DELETE FROM hosts WHERE name = $1").bind(name);
        query.execute(&mut *self.write().await?).await?;
        Ok(())
    }

    /// Hosts that were seen since then, by name.
    pub async fn hosts_seen(&self, since: Millis) -> Result<Vec<SeenHost>, DbError> {
        let query = Query::new("SELECT * FROM hosts WHERE seen_at >= $1 ORDER BY name").bind(since);
        let rows = query.all(&mut *self.read().await?).await?;
        rows.iter().map(|row| Ok(SeenHost { name: row.text("name")?, loaded: row.text("loaded")? })).collect()
    }

    /// Forgets hosts that were last seen before then.
    pub async fn hosts_forget(&self, before: Millis) -> Result<(), DbError> {
        let query = Query::new("DELETE FROM hosts WHERE seen_at < $1").bind(before);
        query.execute(&mut *self.write().await?).await?;
        Ok(())
    }
}
