//! What the connection's storage holds of documents and files.
//!
//! ```text
//! daily/{account_code}/document/{doc_type}/{doc_num}    a document, which knows its day
//! daily/{account_code}/files                            which days of the customer have a file
//! ```
//!
//! A document has one key whatever its day, so pushing it again is writing the same key again. Only pushes
//! write documents and only the stream writes the list of files, so neither undoes the other. Both forget
//! nothing that the other may still need: see [`Calendar::forgotten_before`](super::calendar::Calendar).
//!
//! A connection may keep 10,000 keys and 16 MiB. That is as many documents of about 1.6 KB, ten lines
//! each: 280 a day in 35 days.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use windlass_sdk::{Error, Result, storage};

use super::document::Document;

const ROOT: &str = "daily/";

/// The code of the SDK's error when there is no room.
const QUOTA: &str = "storage-quota";

/// Entries of one look into the storage: a few hundred kilobytes.
const LISTED: u32 = 200;

/// Which days of a customer have a file.
#[derive(Clone, Default, PartialEq, Deserialize, Serialize)]
pub struct Files {
    /// Days up to here have been looked at: what had no documents then needs no empty file later.
    pub through: Option<Date>,
    pub days: BTreeSet<Date>,
}

/// The key of a document.
pub fn key(account_code: &str, document: &Document) -> String {
    format!("{}{}/{}", documents_prefix(account_code), document.doc_type, document.doc_num)
}

pub fn document(key: &str) -> Result<Option<Document>> {
    storage::get_json(key)
}

/// Keeps a document. False if it was there, exactly so.
pub fn keep(key: &str, document: &Document) -> Result<bool> {
    let bytes = serde_json::to_vec(document).map_err(|error| Error::other("storage", error.to_string()))?;
    let is_new = storage::get(key)?.as_ref() != Some(&bytes);
    if is_new {
        storage::set(key, &bytes).map_err(full)?;
    }
    Ok(is_new)
}

/// All customers of which anything is kept.
pub fn accounts() -> Result<BTreeSet<String>> {
    let mut accounts = BTreeSet::new();
    let mut after = None;
    // From one customer's first key over all its others to the next customer: 0 comes after the slash.
    while let Some((key, _)) = storage::list(ROOT, after.as_deref(), 1)?.pop() {
        let account = key[ROOT.len()..].split('/').next().unwrap_or_default();
        after = Some(format!("{ROOT}{account}0"));
        accounts.insert(account.to_owned());
    }
    Ok(accounts)
}

/// All documents of a customer with their keys, in the order of kind and number.
pub fn documents(account_code: &str) -> Result<Vec<(String, Document)>> {
    let prefix = documents_prefix(account_code);
    let mut documents: Vec<(String, Document)> = Vec::new();
    loop {
        let after = documents.last().map(|(key, _)| key.clone());
        let entries = storage::list(&prefix, after.as_deref(), LISTED)?;
        let is_last = entries.len() < LISTED as usize;
        for (key, json) in entries {
            let document = serde_json::from_slice(&json).map_err(|error| {
                Error::other("storage", format!("what `{key}` holds cannot be read: {error}"))
            })?;
            documents.push((key, document));
        }
        if is_last {
            return Ok(documents);
        }
    }
}

pub fn forget(key: &str) -> Result<()> {
    storage::delete(key)
}

pub fn files(account_code: &str) -> Result<Files> {
    Ok(storage::get_json(&files_key(account_code))?.unwrap_or_default())
}

/// Nothing is written where nothing has changed.
pub fn note_files(account_code: &str, former: &Files, files: &Files) -> Result<()> {
    if former == files { Ok(()) } else { storage::set_json(&files_key(account_code), files) }
}

pub fn forget_files(account_code: &str) -> Result<()> {
    storage::delete(&files_key(account_code))
}

/// Trying again makes no room; a person does.
fn full(error: Error) -> Error {
    if error.code != QUOTA {
        return error;
    }
    let message = format!(
        "{}: lower `keep_days`, and older documents are forgotten by the next walk of `daily-documents`; or \
         divide the customers among several connections",
        error.message
    );
    Error::rejected(QUOTA, message)
}

fn documents_prefix(account_code: &str) -> String {
    format!("{ROOT}{account_code}/document/")
}

fn files_key(account_code: &str) -> String {
    format!("{ROOT}{account_code}/files")
}

#[cfg(test)]
mod tests {
    use windlass_sdk::ErrorKind;

    use super::*;

    #[test]
    fn a_full_storage_is_for_a_person() {
        let told = full(Error::other("storage-quota", "it would hold 10001 keys; it may hold 10000"));
        assert_eq!((told.kind, told.code.as_str()), (ErrorKind::Rejected, "storage-quota"));
        assert!(told.message.contains("10001 keys") && told.message.contains("`keep_days`"), "{told}");
        let broken = Error::other("storage", "the database is away");
        assert_eq!(full(broken.clone()), broken);
    }
}
