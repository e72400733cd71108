//! Secrets, as ciphertext only: sealed and opened elsewhere.

use sqlx::AnyConnection;

use crate::query::Query;
use crate::{Db, DbError};

/// Where the value that only the right key opens is kept.
const KEY_CHECK: &str = "key-check";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSecret {
    pub field: String,
    /// The envelope: key id, nonce, ciphertext.
    pub sealed: Vec<u8>,
}

impl Db {
    /// All secrets of a connection, by field.
    pub async fn secrets(&self, connection: i64) -> Result<Vec<SealedSecret>, DbError> {
        let query = Query::new("SELECT field, sealed FROM secrets WHERE connection = $1 ORDER BY field");
        let rows = query.bind(connection).all(&mut *self.read().await?).await?;
        rows.iter()
            .map(|row| Ok(SealedSecret { field: row.text("field")?, sealed: row.bytes("sealed")? }))
            .collect()
    }

    /// A value kept beside the data that only the right key opens. The first caller's value is
    /// stored; later callers get the stored one back.
    pub async fn key_check(&self, sealed: &[u8]) -> Result<Vec<u8>, DbError> {
        let mut tx = self.begin().await?;
        Query::new("INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
            .bind(KEY_CHECK)
            .bind(sealed)
            .execute(&mut tx)
            .await?;
        let query = Query::new("SELECT value FROM meta WHERE name = $1").bind(KEY_CHECK);
        let stored = query.one(&mut tx).await?.bytes("value")?;
        tx.commit().await?;
        Ok(stored)
    }
}

pub(crate) async fn write(
    tx: &mut AnyConnection,
    connection: i64,
    secrets: &[SealedSecret],
) -> Result<(), DbError> {
    let text = "INSERT INTO secrets (connection, field, sealed) VALUES ($1, $2, $3)
        ON CONFLICT (connection, field) DO UPDATE SET sealed = excluded.sealed";
    for secret in secrets {
        Query::new(text)
            .bind(connection)
            .bind(secret.field.as_str())
            .bind(secret.sealed.as_slice())
            .execute(tx)
            .await?;
    }
    Ok(())
}

pub(crate) async fn unset(tx: &mut AnyConnection, connection: i64, fields: &[String]) -> Result<(), DbError> {
    for field in fields {
        Query::new("DELETE FROM secrets WHERE connection = $1 AND field = $2")
            .bind(connection)
            .bind(field.as_str())
            .execute(tx)
            .await?;
    }
    Ok(())
}
