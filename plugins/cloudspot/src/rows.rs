//! The rows in an answer's `data`: a list as a rule, one object where there is one row.

use serde_json::value::RawValue;
use serde_json::{Map, Value};
use windlass_sdk::http::{Response, Rows};
use windlass_sdk::{Error, Page, Result, lenient};

use crate::answer::message;

/// Where the rows stand.
const DATA: &str = "/data";
/// Rows in one page. Cloudspot has no pages: a longer list is asked for again for every page, and walked
/// in the order of its keys.
const PAGE_ROWS: usize = 5_000;

/// Rows with their keys.
pub enum Found {
    /// A list whose rows all have the first member. They stay with the host.
    Listed(Rows),
    /// Key and JSON of every row: a single object, or a list in which the first member is missing
    /// somewhere.
    Copied(Vec<(String, String)>),
}

impl Found {
    /// `members` are those that a row's key is taken from: the first that the row has.
    pub fn in_answer(answer: &Response, members: &[&str]) -> Result<Self> {
        if let Ok(rows) = answer.pick(DATA, &format!("/{}", members[0])) {
            return Ok(Self::Listed(rows));
        }
        let keyed = copied(answer)?.into_iter().enumerate().map(|(at, row)| keyed(at, &row, members));
        keyed.collect::<Result<_>>().map(Self::Copied)
    }

    /// The page whose keys come next after `after`, and its last key if there are more.
    pub fn after(self, after: Option<&str>) -> Result<(Page, Option<String>)> {
        match self {
            Self::Listed(rows) => {
                let (kept, last) = rows.keep_after(after, PAGE_ROWS)?;
                Ok((Page::of(kept), last))
            }
            Self::Copied(mut rows) => {
                rows.retain(|(key, _)| after.is_none_or(|after| key.as_str() > after));
                rows.sort();
                let last = rows.get(PAGE_ROWS).map(|_| rows[PAGE_ROWS - 1].0.clone());
                rows.truncate(PAGE_ROWS);
                Ok((page(rows), last))
            }
        }
    }

    /// The rows of these keys. That one of them is not there deletes nothing: what Cloudspot answers for
    /// an unknown id was never published.
    pub fn of_keys(self, keys: &[String]) -> Result<Page> {
        match self {
            Self::Listed(rows) => Ok(Page::of(rows.keep_keys(keys)?.0)),
            Self::Copied(mut rows) => {
                rows.retain(|(key, _)| keys.contains(key));
                Ok(page(rows))
            }
        }
    }
}

fn page(rows: Vec<(String, String)>) -> Page {
    rows.into_iter().fold(Page::new(), |page, (key, json)| page.record(key, json))
}

/// The rows as they were sent.
fn copied(answer: &Response) -> Result<Vec<Box<RawValue>>> {
    let data = answer.field(DATA)?.filter(|data| data != "null").ok_or_else(|| {
        let message = message(answer).unwrap_or_else(|| "Cloudspot's answer has no `data`".into());
        Error::rejected("no-data", message)
    })?;
    let rows = match data.trim_start().starts_with('{') {
        true => serde_json::from_str(&data).map(|row| vec![row]),
        false => serde_json::from_str(&data),
    };
    rows.map_err(|error| Error::rejected("no-data", format!("`data` is neither a list nor a row: {error}")))
}

fn keyed(at: usize, row: &RawValue, members: &[&str]) -> Result<(String, String)> {
    let no_key = |what: String| Error::rejected("no-key", format!("row {at} of `data` {what}"));
    let found: Map<String, Value> =
        serde_json::from_str(row.get()).map_err(|error| no_key(format!("is no object: {error}")))?;
    let values = members.iter().filter_map(|member| lenient::text(&found.get(*member)?.to_string()));
    let key = values.into_iter().find(|key| !key.is_empty());
    let key = key.ok_or_else(|| no_key(format!("has no {}", members.join(" and no "))))?;
    Ok((key, row.get().to_owned()))
}
