//! Values that stand in one connection of a connector only.
//!
//! Which values are compared is said by the version that a connection runs: the active one, but for those
//! that stay behind or go first. So whoever writes them holds the active version's row, and is turned away
//! when the connection runs another version by then: a connection is never judged by rules that no longer
//! hold, and a version never becomes active over a connection it has not seen.

use sqlx::AnyConnection;

use crate::dialect::Dialect;
use crate::query::Query;
use crate::{Db, DbError};

/// A value under a rule, where it stands in a connection's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UniqueValue {
    /// The name of the place that the rule is about, such as `locations.location`.
    pub field: String,
    pub value: String,
    /// JSON Pointer into the configuration.
    pub pointer: String,
    /// Whether another connection may not have it; else it may, and both are told.
    pub refuses: bool,
}

/// A value that stands in two connections whose rule only warns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepeatedValue {
    pub field: String,
    pub value: String,
    pub pointer: String,
    /// The other connection's name.
    pub other: String,
}

impl Db {
    /// Values of a connection that other connections have too, by place.
    pub async fn repeated_values(&self, connection: i64) -> Result<Vec<RepeatedValue>, DbError> {
        let text = "SELECT mine.field, mine.value, mine.pointer, MIN(c.name) AS other
            FROM unique_values mine
            JOIN unique_values theirs ON theirs.connector = mine.connector AND theirs.field = mine.field
                AND theirs.value = mine.value AND theirs.connection <> mine.connection
            JOIN connections c ON c.id = theirs.connection
            WHERE mine.connection = $1 AND mine.refuses = 0 AND theirs.refuses = 0
            GROUP BY mine.field, mine.value, mine.pointer ORDER BY mine.field, mine.pointer";
        let rows = Query::new(text).bind(connection).all(&mut *self.read().await?).await?;
        let repeated = rows.iter().map(|row| {
            Ok(RepeatedValue {
                field: row.text("field")?,
                value: row.text("value")?,
                pointer: row.text("pointer")?,
                other: row.text("other")?,
            })
        });
        repeated.collect()
    }
}

/// Holds the rules of a connector until the transaction ends; whether the version of this digest is the
/// active one. A connector that was removed meanwhile is [`DbError::Outdated`].
pub(crate) async fn hold_rules(
    tx: &mut AnyConnection,
    dialect: Dialect,
    connector: &str,
    digest: &str,
) -> Result<bool, DbError> {
    let lock = dialect.lock();
    let text = format!("SELECT digest FROM versions WHERE connector = $1 AND active = 1 {lock}");
    match Query::new(text).bind(connector).optional(tx).await? {
        Some(row) => Ok(row.text("digest")? == digest),
        None if digest.is_empty() => Ok(true),
        None => Err(DbError::Outdated),
    }
}

/// Writes a connection's values in place of its former ones. [`DbError::Repeated`] if another connection
/// has one of them and the rule refuses that.
pub(crate) async fn replace(
    tx: &mut AnyConnection,
    connector: &str,
    connection: i64,
    values: &[UniqueValue],
) -> Result<(), DbError> {
    Query::new("DELETE FROM unique_values WHERE connection = $1").bind(connection).execute(tx).await?;
    let text = "INSERT INTO unique_values (connection, connector, field, value, pointer, refuses)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    // In one order for all, so that two who want the same values never wait for each other.
    let mut values: Vec<&UniqueValue> = values.iter().collect();
    values.sort_unstable_by_key(|value| (&value.field, &value.value));
    for value in values {
        let query = Query::new(text)
            .bind(connection)
            .bind(connector)
            .bind(value.field.as_str())
            .bind(value.value.as_str())
            .bind(value.pointer.as_str())
            .bind(value.refuses);
        if query.execute(tx).await? == 0 {
            return Err(repeated(tx, connector, value).await?);
        }
    }
    Ok(())
}

async fn repeated(tx: &mut AnyConnection, connector: &str, value: &UniqueValue) -> Result<DbError, DbError> {
    let text = "SELECT c.name, u.pointer FROM unique_values u JOIN connections c ON c.id = u.connection
        WHERE u.connector = $1 AND u.field = $2 AND u.value = $3 AND u.refuses = 1";
    let query = Query::new(text).bind(connector).bind(value.field.as_str()).bind(value.value.as_str());
    let holder = query.one(tx).await?;
    Ok(DbError::Repeated {
        value: value.value.clone(),
        pointer: value.pointer.clone(),
        connection: holder.text("name")?,
        there: holder.text("pointer")?,
    })
}
