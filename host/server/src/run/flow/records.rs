//! What a flow may read: the records of the connections bound to its roles.

use std::collections::HashMap;

use async_trait::async_trait;
use windlass_db::{Db, DbError, Record};
use windlass_sandbox::{FoundRecord, NotRead, Records};

pub struct RoleRecords {
    pub db: Db,
    /// Role to connection.
    pub connections: HashMap<String, i64>,
}

#[async_trait]
impl Records for RoleRecords {
    async fn get(&self, role: &str, stream: &str, key: &str) -> Result<Option<FoundRecord>, NotRead> {
        let stream = self.stream(role, stream).await?;
        let record = self.db.record(stream, key).await.map_err(other)?;
        Ok(record.map(found))
    }

    async fn list(
        &self,
        role: &str,
        stream: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<FoundRecord>, NotRead> {
        let stream = self.stream(role, stream).await?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let page = self.db.records(stream, after, limit).await.map_err(other)?;
        Ok(page.records.into_iter().map(found).collect())
    }
}

impl RoleRecords {
    async fn stream(&self, role: &str, stream: &str) -> Result<i64, NotRead> {
        let connection = self.connections.get(role).ok_or_else(|| NotRead::UnknownRole(role.to_owned()))?;
        let found = self.db.stream(*connection, stream).await.map_err(other)?;
        let unknown = || NotRead::UnknownStream { role: role.to_owned(), stream: stream.to_owned() };
        found.map(|stream| stream.id).ok_or_else(unknown)
    }
}

fn found(record: Record) -> FoundRecord {
    FoundRecord { key: record.key, json: record.json, sequence: record.sequence }
}

fn other(error: DbError) -> NotRead {
    NotRead::Other(error.to_string())
}
