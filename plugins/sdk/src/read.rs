//! Reading a stream: what is asked, and the page that answers.

use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, KeptRows, Result};

/// Asks for one page of a stream.
#[derive(Clone, Debug, Default)]
pub struct ReadRequest {
    /// The stream's name, as declared.
    pub stream: String,
    /// What the last committed page returned; none at the start and on a full re-read.
    pub checkpoint: Option<String>,
    /// The number of the checkpoint's format.
    pub state: u32,
    /// Single records to read, by key; empty for the walk.
    pub keys: Vec<String>,
    /// A full re-read was asked for.
    pub full: bool,
}

impl ReadRequest {
    /// The checkpoint as the connector wrote it, or its default at the start.
    pub fn checkpoint_or_default<T: DeserializeOwned + Default>(&self) -> Result<T> {
        let Some(text) = &self.checkpoint else {
            return Ok(T::default());
        };
        serde_json::from_str(text).map_err(|error| {
            Error::other(
                "checkpoint",
                format!("the checkpoint cannot be read ({error}); start a full re-read"),
            )
        })
    }
}

/// One page of a stream: what was found, and where the next call goes on.
///
/// End it with [`next`](Page::next) when the walk has another page now, with [`last`](Page::last)
/// or nothing at all when it has none.
#[derive(Debug, Default)]
pub struct Page {
    pub(crate) rows: Vec<KeptRows>,
    pub(crate) records: Vec<(String, String)>,
    pub(crate) deleted: Vec<String>,
    pub(crate) checkpoint: Option<String>,
    pub(crate) more: bool,
    pub(crate) left: Option<u64>,
}

impl Page {
    /// An empty page.
    pub fn new() -> Self {
        Self::default()
    }

    /// A page of rows that were never copied into the component.
    pub fn of(rows: KeptRows) -> Self {
        Self { rows: vec![rows], ..Self::default() }
    }

    /// Adds rows that were never copied into the component.
    #[must_use]
    pub fn rows(mut self, rows: KeptRows) -> Self {
        self.rows.push(rows);
        self
    }

    /// Adds a record that the connector made; `json` is one JSON text.
    #[must_use]
    pub fn record(mut self, key: impl Into<String>, json: impl Into<String>) -> Self {
        self.records.push((key.into(), json.into()));
        self
    }

    /// Says that the record of this key is gone at the vendor.
    #[must_use]
    pub fn deleted(mut self, key: impl Into<String>) -> Self {
        self.deleted.push(key.into());
        self
    }

    /// How many records the walk has after this page, where the vendor says how many there are: it tells
    /// people how long a sync will take.
    #[must_use]
    pub fn left(mut self, records: u64) -> Self {
        self.left = Some(records);
        self
    }

    /// The walk has another page now, and it begins at `checkpoint`.
    pub fn next(mut self, checkpoint: &impl Serialize) -> Result<Self> {
        self.more = true;
        self.last_at(checkpoint)
    }

    /// The walk is done for now; the next one begins at `checkpoint`.
    pub fn last(self, checkpoint: &impl Serialize) -> Result<Self> {
        self.last_at(checkpoint)
    }

    fn last_at(mut self, checkpoint: &impl Serialize) -> Result<Self> {
        let text = serde_json::to_string(checkpoint)
            .map_err(|error| Error::other("checkpoint", error.to_string()))?;
        self.checkpoint = Some(text);
        Ok(self)
    }
}
