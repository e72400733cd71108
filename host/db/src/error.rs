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
    /// A page of changes was asked for from before what is kept.
    #[error("changes before {oldest} are no longer kept")]
    Expired { oldest: i64 },
    /// Text that cannot be stored: it holds a NUL character.
    #[error("{0} holds a NUL character")]
    Nul(&'static str),
    /// The database was written by a newer Windlass.
    #[error("the database was written by a newer Windlass (schema {found}, this one knows {known})")]
    Newer { found: i64, known: i64 },
    #[error("cannot open the database: {0}")]
    Open(String),
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
}
