//! Errors of database calls.

/// What a database call can fail with.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The run's lease has been lost: nothing was written.
    #[error("the run's lease was lost to another host")]
    LeaseLost,
    /// The row a caller named is not there.
    #[error("there is no {noun} {name}")]
    Missing { noun: &'static str, name: String },
    /// A unique name is taken, or the row is not in a state that allows the change.
    #[error("{0}")]
    Conflict(String),
    /// Another version of the connector has become active meanwhile, or a connection has changed: what
    /// was judged must be judged again. Nothing was written.
    #[error("another version of the connector has become active meanwhile")]
    Outdated,
    /// Another connection of the connector has a value that may stand in one only. Nothing was written.
    #[error("`{value}` stands in connection {connection} too, at {there}")]
    Repeated { value: String, pointer: String, connection: String, there: String },
    /// A page of changes was asked for from before what is kept.
    #[error("changes before {oldest} are no longer kept")]
    Expired { oldest: i64 },
    /// Text that cannot be stored: it holds a NUL character.
    #[error("{0} holds a NUL character")]
    Nul(&'static str),
    /// The database was written by a newer Windlass.
    #[error(
        "the database was written by a newer Windlass (schema {found}, this one knows {known}): start that version"
    )]
    Newer { found: i64, known: i64 },
    #[error("cannot open the database: {0}")]
    Open(String),
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
}

impl DbError {
    /// A statement that a unique index refused.
    pub(crate) fn is_duplicate(&self) -> bool {
        let DbError::Sql(error) = self else {
            return false;
        };
        error.as_database_error().is_some_and(|error| error.is_unique_violation())
    }

    /// A statement that names a row which is gone.
    pub(crate) fn is_dangling(&self) -> bool {
        let DbError::Sql(error) = self else {
            return false;
        };
        error.as_database_error().is_some_and(|error| error.is_foreign_key_violation())
    }

    pub(crate) fn missing(noun: &'static str, name: impl ToString) -> DbError {
        DbError::Missing { noun, name: name.to_string() }
    }
}
