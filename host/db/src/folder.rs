//! What was taken from a watched folder.

use crate::query::Query;
use crate::{Db, DbError, Millis};

/// A component that was taken, once and for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderFile {
    /// Of its bytes.
    pub digest: String,
    pub connector: String,
    pub version: String,
}

impl Db {
    pub async fn folder_keep(&self, now: Millis, file: &FolderFile) -> Result<(), DbError> {
        let text = "INSERT INTO folder_files (digest, connector, version, taken_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (digest) DO NOTHING";
        let query = Query::new(text).bind(file.digest.as_str()).bind(file.connector.as_str());
        query.bind(file.version.as_str()).bind(now).execute(&mut *self.write().await?).await?;
        Ok(())
    }

    /// None if it was never taken.
    pub async fn folder_file(&self, digest: &str) -> Result<Option<FolderFile>, DbError> {
        let query = Query::new("SELECT * FROM folder_files WHERE digest = $1").bind(digest);
        let row = query.optional(&mut *self.read().await?).await?;
        let file = |row: crate::query::Found| {
            Ok(FolderFile {
                digest: row.text("digest")?,
                connector: row.text("connector")?,
                version: row.text("version")?,
            })
        };
        row.map(file).transpose()
    }
}
