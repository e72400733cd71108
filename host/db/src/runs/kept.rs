//! What a run keeps of an action: its state between two steps and its output, in the open or sealed.

use crate::query::Query;
use crate::{Db, DbError, Millis};

/// What `again` returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgainState {
    Open(String),
    /// Erased when the run ends.
    Sealed(Vec<u8>),
}

/// What an action returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// JSON, with a mark in the place of what is secret.
    pub json: String,
    /// The whole output, if something in it is secret.
    pub sealed: Option<SealedOutput>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedOutput {
    pub bytes: Vec<u8>,
    /// It is erased then, taken or not.
    pub until: Millis,
}

impl Output {
    /// An output in which nothing is secret.
    pub fn open(json: impl Into<String>) -> Output {
        Output { json: json.into(), sealed: None }
    }
}

impl AgainState {
    /// For the two columns, of which one is empty.
    pub(crate) fn columns(self) -> (Option<String>, Option<Vec<u8>>) {
        match self {
            AgainState::Open(text) => (Some(text), None),
            AgainState::Sealed(bytes) => (None, Some(bytes)),
        }
    }
}

impl Db {
    /// Takes the sealed output of a run and erases it: of several callers one gets it. None if it was
    /// taken before, its time is over, or nothing in the output is secret.
    pub async fn output_take(&self, now: Millis, run: i64) -> Result<Option<Vec<u8>>, DbError> {
        let mut tx = self.begin().await?;
        let lock = self.dialect().lock();
        let text =
            format!("SELECT output_sealed FROM runs WHERE id = $1 AND output_sealed_until > $2 {lock}");
        let Some(row) = Query::new(text).bind(run).bind(now).optional(&mut tx).await? else {
            // Given back first: SQLite has one writer.
            tx.rollback().await?;
            return Ok(None);
        };
        let sealed = row.bytes_or_none("output_sealed")?;
        let erase = "UPDATE runs SET output_sealed = NULL, output_sealed_until = NULL WHERE id = $1";
        Query::new(erase).bind(run).execute(&mut tx).await?;
        tx.commit().await?;
        Ok(sealed)
    }
}
