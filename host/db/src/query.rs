//! One statement with its values: text is checked for NUL, values are counted, rows are read by name.

use std::borrow::Cow;

use sqlx::any::{AnyArguments, AnyRow};
use sqlx::{AnyConnection, Arguments, AssertSqlSafe, Row};

use crate::DbError;
use crate::dialect::Dialect;

/// A value of one of the three types that both databases store alike.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

/// A statement and the values of its `$1`, `$2`, …
pub(crate) struct Query {
    text: Cow<'static, str>,
    values: Vec<Value>,
}

impl Query {
    pub fn new(text: impl Into<Cow<'static, str>>) -> Query {
        Query { text: text.into(), values: Vec::new() }
    }

    pub fn bind(mut self, value: impl Into<Value>) -> Query {
        self.values.push(value.into());
        self
    }

    /// Runs the statement; gives the number of rows it touched.
    pub async fn execute(self, connection: &mut AnyConnection) -> Result<u64, DbError> {
        let (text, arguments) = self.ready(Dialect::of(connection))?;
        let done = sqlx::query_with(AssertSqlSafe(text), arguments).execute(connection).await?;
        Ok(done.rows_affected())
    }

    pub async fn all(self, connection: &mut AnyConnection) -> Result<Vec<Found>, DbError> {
        let (text, arguments) = self.ready(Dialect::of(connection))?;
        let rows = sqlx::query_with(AssertSqlSafe(text), arguments).fetch_all(connection).await?;
        Ok(rows.into_iter().map(Found).collect())
    }

    pub async fn optional(self, connection: &mut AnyConnection) -> Result<Option<Found>, DbError> {
        Ok(self.all(connection).await?.into_iter().next())
    }

    pub async fn one(self, connection: &mut AnyConnection) -> Result<Found, DbError> {
        self.optional(connection).await?.ok_or(DbError::Sql(sqlx::Error::RowNotFound))
    }

    fn ready(self, dialect: Dialect) -> Result<(Cow<'static, str>, AnyArguments), DbError> {
        // SQLite reads a missing value as null, so that a slip would pass unseen.
        debug_assert_eq!(placeholders(&self.text), self.values.len(), "values of {}", self.text);
        let Query { text, values } = match dialect {
            Dialect::Sqlite => self.in_order(),
            Dialect::Postgres => self,
        };
        let mut arguments = AnyArguments::default();
        for value in values {
            value.add_to(&mut arguments)?;
        }
        Ok((text, arguments))
    }

    /// The same with `?` for each number, and a value for each `?`. The driver asks SQLite for the number of
    /// every place, and SQLite goes through all of them each time: of a long statement that is the most work.
    fn in_order(self) -> Query {
        let mut text = String::with_capacity(self.text.len());
        let mut values = Vec::with_capacity(self.values.len());
        let mut unused: Vec<Option<Value>> = self.values.into_iter().map(Some).collect();
        let mut used_at = vec![0; unused.len()];
        let mut pieces = self.text.split('$');
        text.extend(pieces.next());
        for piece in pieces {
            let (number, after) = number(piece);
            let index = number.unwrap_or_default().saturating_sub(1);
            let value = match unused.get_mut(index).map(Option::take) {
                Some(Some(value)) => {
                    used_at[index] = values.len();
                    value
                }
                Some(None) => Value::clone(&values[used_at[index]]),
                None => Value::Int(None),
            };
            values.push(value);
            text.push('?');
            text.push_str(after);
        }
        Query { text: text.into(), values }
    }
}

/// A row, read by column name.
pub(crate) struct Found(AnyRow);

impl Found {
    pub fn int(&self, column: &str) -> Result<i64, DbError> {
        Ok(self.0.try_get(column)?)
    }

    pub fn int_or_none(&self, column: &str) -> Result<Option<i64>, DbError> {
        Ok(self.0.try_get(column)?)
    }

    pub fn flag(&self, column: &str) -> Result<bool, DbError> {
        Ok(self.int(column)? != 0)
    }

    pub fn text(&self, column: &str) -> Result<String, DbError> {
        Ok(self.0.try_get(column)?)
    }

    pub fn text_or_none(&self, column: &str) -> Result<Option<String>, DbError> {
        Ok(self.0.try_get(column)?)
    }

    pub fn bytes(&self, column: &str) -> Result<Vec<u8>, DbError> {
        Ok(self.0.try_get(column)?)
    }

    pub fn bytes_or_none(&self, column: &str) -> Result<Option<Vec<u8>>, DbError> {
        Ok(self.0.try_get(column)?)
    }

    /// A column that holds one of the words of an enum.
    pub fn word<T>(&self, column: &str, parse: fn(&str) -> Option<T>) -> Result<T, DbError> {
        let word = self.text(column)?;
        parse(&word).ok_or_else(|| unreadable(column, &word))
    }
}

/// Refuses text that PostgreSQL could not store, naming it better than the statement could.
pub(crate) fn no_nul(what: &'static str, text: &str) -> Result<(), DbError> {
    if text.as_bytes().contains(&0) { Err(DbError::Nul(what)) } else { Ok(()) }
}

/// A stored value that this version cannot read.
pub(crate) fn unreadable(column: &str, value: &str) -> DbError {
    let source = format!("unreadable value {value:?}").into();
    DbError::Sql(sqlx::Error::ColumnDecode { index: column.to_owned(), source })
}

impl Value {
    fn add_to(self, arguments: &mut AnyArguments) -> Result<(), DbError> {
        let added = match self {
            Value::Int(value) => arguments.add(value),
            Value::Text(Some(text)) => {
                no_nul("a text", &text)?;
                arguments.add(text)
            }
            Value::Text(None) => arguments.add(None::<String>),
            Value::Bytes(value) => arguments.add(value),
        };
        added.map_err(|error| DbError::Sql(sqlx::Error::Encode(error)))
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Value::Int(Some(value))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Value {
        Value::Int(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Int(Some(i64::from(value)))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::Text(Some(value.to_owned()))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Value {
        Value::Text(Some(value))
    }
}

impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Value {
        Value::Text(value.map(str::to_owned))
    }
}

impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Value {
        Value::Text(value)
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Value {
        Value::Bytes(Some(value.to_vec()))
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Value {
        Value::Bytes(Some(value))
    }
}

impl From<Option<Vec<u8>>> for Value {
    fn from(value: Option<Vec<u8>>) -> Value {
        Value::Bytes(value)
    }
}

/// What stands behind a `$`: the number, and the rest.
fn number(text: &str) -> (Option<usize>, &str) {
    let rest = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    (text[..text.len() - rest.len()].parse().ok(), rest)
}

/// How many values a text wants: the largest `$n`, every smaller one being used too.
fn placeholders(text: &str) -> usize {
    let numbers: std::collections::BTreeSet<usize> =
        text.split('$').skip(1).filter_map(|rest| number(rest).0).collect();
    let largest = numbers.last().copied().unwrap_or(0);
    assert_eq!(largest, numbers.len(), "a number is left out in {text}");
    largest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_counted_once_each() {
        assert_eq!(placeholders("SELECT 1"), 0);
        assert_eq!(placeholders("SELECT $1, $2, $1 WHERE x = $10 OR $3 = $4 OR $5 = $6 OR ($7, $8, $9)"), 10);
    }

    #[test]
    fn numbers_become_places_in_their_order() {
        let query = Query::new("INSERT INTO t VALUES ($1, $2), ($1, $3) WHERE a = $12").bind(7);
        let query = (2..=12).fold(query, |query, number| query.bind(number * 10)).in_order();
        assert_eq!(query.text, "INSERT INTO t VALUES (?, ?), (?, ?) WHERE a = ?");
        let numbers = query.values.iter().map(|value| match value {
            Value::Int(number) => *number,
            Value::Text(_) | Value::Bytes(_) => None,
        });
        assert_eq!(numbers.collect::<Vec<_>>(), [7, 20, 7, 30, 120].map(Some));
    }

    #[test]
    #[should_panic(expected = "a number is left out")]
    fn a_number_left_out_is_noticed() {
        placeholders("SELECT $1, $3");
    }

    #[test]
    #[should_panic(expected = "values of")]
    fn a_missing_value_is_noticed() {
        let _ = Query::new("SELECT $1, $2").bind(1).ready(Dialect::Sqlite);
    }

    #[test]
    fn nul_is_refused_before_the_statement() {
        let refused = Query::new("SELECT $1").bind("a\0b").ready(Dialect::Sqlite);
        assert!(matches!(refused, Err(DbError::Nul(_))));
    }
}
