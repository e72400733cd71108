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
