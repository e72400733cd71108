//! The guest's storage: bytes by key, per connection.

use sqlx::AnyConnection;

use crate::query::{Query, no_nul};
use crate::{Db, DbError};

#[derive(Debug, Clone)]
pub struct StorageWrite {
    pub key: String,
    /// None deletes.
    pub value: Option<Vec<u8>>,
}

impl Db {
    pub async fn storage_get(&self, connection: i64, key: &str) -> Result<Option<Vec<u8>>, DbError> {
        no_nul("the storage key", key)?;
        let query = Query::new("SELECT value FROM storage WHERE connection = $1 AND key = $2");
        let row = query.bind(connection).bind(key).optional(&mut *self.read().await?).await?;
        row.map(|row| row.bytes("value")).transpose()
    }

    /// Entries with the prefix after a key, in the order of the keys' bytes.
    pub async fn storage_list(
        &self,
        connection: i64,
        prefix: &str,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<(String, Vec<u8>)>, DbError> {
        no_nul("the storage prefix", prefix)?;
        no_nul("the storage key", after.unwrap_or(""))?;
        let (end, bound) = match end_of_prefix(prefix) {
            Some(end) => ("AND key < $5", Some(end)),
            None => ("", None),
        };
        let mut query = Query::new(format!(
            "SELECT key, value FROM storage WHERE connection = $1 AND key >= $2
             AND (CAST($3 AS TEXT) IS NULL OR key > $3) {end} ORDER BY key LIMIT $4"
        ))
        .bind(connection)
        .bind(prefix)
        .bind(after)
        .bind(limit);
        if let Some(bound) = bound {
            query = query.bind(bound);
        }
        let rows = query.all(&mut *self.read().await?).await?;
        rows.iter().map(|row| Ok((row.text("key")?, row.bytes("value")?))).collect()
    }

    /// Keys and bytes held, for the quota; a key's own bytes count too.
    pub async fn storage_used(&self, connection: i64) -> Result<(i64, i64), DbError> {
        let text = "SELECT COUNT(*) AS keys, CAST(COALESCE(SUM(size), 0) AS BIGINT) AS bytes
            FROM storage WHERE connection = $1";
        let row = Query::new(text).bind(connection).one(&mut *self.read().await?).await?;
        Ok((row.int("keys")?, row.int("bytes")?))
    }
}

pub(crate) async fn write(
    tx: &mut AnyConnection,
    connection: i64,
    writes: Vec<StorageWrite>,
) -> Result<(), DbError> {
    for write in writes {
        no_nul("the storage key", &write.key)?;
        match write.value {
            Some(value) => set(tx, connection, write.key, value).await?,
            None => delete(tx, connection, write.key).await?,
        }
    }
    Ok(())
}

async fn set(tx: &mut AnyConnection, connection: i64, key: String, value: Vec<u8>) -> Result<(), DbError> {
    let size = i64::try_from(key.len() + value.len()).unwrap_or(i64::MAX);
    let text = "INSERT INTO storage (connection, key, value, size) VALUES ($1, $2, $3, $4)
        ON CONFLICT (connection, key) DO UPDATE SET value = excluded.value, size = excluded.size";
    Query::new(text).bind(connection).bind(key).bind(value).bind(size).execute(tx).await?;
    Ok(())
}

async fn delete(tx: &mut AnyConnection, connection: i64, key: String) -> Result<(), DbError> {
    let query = Query::new("DELETE FROM storage WHERE connection = $1 AND key = $2");
    query.bind(connection).bind(key).execute(tx).await?;
    Ok(())
}

/// The first text after all that begin with `prefix`; none if there is none.
fn end_of_prefix(prefix: &str) -> Option<String> {
    let mut characters: Vec<char> = prefix.chars().collect();
    while let Some(last) = characters.pop() {
        let next = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            characters.push(next);
            return Some(characters.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_before_the_next_character() {
        assert_eq!(end_of_prefix("ab").as_deref(), Some("ac"));
        assert_eq!(end_of_prefix("a\u{d7ff}").as_deref(), Some("a\u{e000}"));
        assert_eq!(end_of_prefix("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(end_of_prefix(""), None);
    }
}
