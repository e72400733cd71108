//! Rows of an answer, held by the host.

use crate::{Error, Result, backend, lenient};

/// Rows picked from a body. Nothing of them is in the component until it is asked for.
#[derive(Debug)]
pub struct Rows(pub(super) backend::Rows);

/// Rows chosen to become records; hand them back in a [`Page`](crate::Page).
#[derive(Debug)]
pub struct KeptRows(pub(crate) backend::KeptRows);

impl Rows {
    /// How many.
    pub fn len(&self) -> usize {
        self.0.len() as usize
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Keys as text, in the order of the rows.
    pub fn keys(&self) -> Vec<String> {
        self.0.keys()
    }

    /// For every row the JSON text at every JSON Pointer; none if nothing is there.
    pub fn fields(&self, pointers: &[&str]) -> Vec<Vec<Option<String>>> {
        let pointers: Vec<String> = pointers.iter().map(|&pointer| pointer.into()).collect();
        self.0.fields(&pointers)
    }

    /// For every row the text of the scalar at a JSON Pointer: text, number or flag alike.
    pub fn scalars(&self, pointer: &str) -> Vec<Option<String>> {
        self.column(pointer, lenient::text)
    }

    /// For every row the whole number at a JSON Pointer, sent as a number or as text.
    pub fn integers(&self, pointer: &str) -> Vec<Option<i64>> {
        self.column(pointer, lenient::integer)
    }

    /// Keeps all rows.
    pub fn keep_all(&self) -> Result<KeptRows> {
        let all: Vec<u32> = (0..self.0.len()).collect();
        self.keep(&all)
    }

    /// Keeps the rows of these indices.
    pub fn keep(&self, indices: &[u32]) -> Result<KeptRows> {
        self.0.keep(indices).map(KeptRows).map_err(|message| Error::other("keep", message))
    }

    /// Keeps the rows of these keys; what is not there is named beside them.
    pub fn keep_keys(&self, wanted: &[String]) -> Result<(KeptRows, Vec<String>)> {
        let keys = self.keys();
        let found: Vec<u32> =
            (0..).zip(&keys).filter(|(_, key)| wanted.contains(key)).map(|(row, _)| row).collect();
        let missing = wanted.iter().filter(|key| !keys.contains(key)).cloned().collect();
        Ok((self.keep(&found)?, missing))
    }

    /// For vendors without pages: keeps the `most` rows whose keys come next after `after`, in the order
    /// of their text, and names the last of them if there are more. A list read again for each page loses
    /// nothing that was in it all the time, whatever comes and goes meanwhile.
    pub fn keep_after(&self, after: Option<&str>, most: usize) -> Result<(KeptRows, Option<String>)> {
        let keys = self.keys();
        let mut due: Vec<(&String, u32)> = keys.iter().zip(0..).collect();
        due.retain(|(key, _)| after.is_none_or(|after| key.as_str() > after));
        due.sort_unstable();
        let last = due.get(most.saturating_sub(1)).filter(|_| due.len() > most).map(|(key, _)| *key);
        let mut kept: Vec<u32> =
            due.iter().filter(|(key, _)| last.is_none_or(|last| *key <= last)).map(|(_, row)| *row).collect();
        // In the vendor's own order.
        kept.sort_unstable();
        Ok((self.keep(&kept)?, last.cloned()))
    }

    fn column<T>(&self, pointer: &str, read: impl Fn(&str) -> Option<T>) -> Vec<Option<T>> {
        let cells = self.fields(&[pointer]).into_iter();
        cells.map(|row| row.into_iter().next().flatten().as_deref().and_then(&read)).collect()
    }
}

impl KeptRows {
    /// How many.
    pub fn len(&self) -> usize {
        self.0.len() as usize
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
