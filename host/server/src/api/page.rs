//! Lists and how one goes on in them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;

use crate::problem::Problem;

/// Entries of a list when nobody asks for another number.
const ITEMS: i64 = 100;
/// The most entries of one answer: records have a few kilobytes each.
const MOST_ITEMS: i64 = 1_000;

/// One answer of a list: `{"items": […], "next": CURSOR or null}`.
#[derive(Debug, Serialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A list that is never long.
    pub fn whole(items: impl IntoIterator<Item = T>) -> Self {
        Page { items: items.into_iter().collect(), next: None }
    }
}

/// The parameter `limit`.
pub fn limit(asked: Option<i64>) -> Result<i64, Problem> {
    match asked {
        None => Ok(ITEMS),
        Some(limit @ 1..=MOST_ITEMS) => Ok(limit),
        Some(other) => Err(Problem::bad_param("limit", format!("{other} is not between 1 and {MOST_ITEMS}"))),
    }
}

/// A cursor that is a number.
pub fn number_cursor(cursor: Option<&str>) -> Result<Option<i64>, Problem> {
    let read = |text: &str| text.parse::<i64>().ok().filter(|number| *number > 0);
    cursor.map(|text| read(text).ok_or_else(not_a_cursor)).transpose()
}

/// A cursor that stands for a record's key.
pub fn cursor_of_key(key: String) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

pub fn key_of_cursor(cursor: &str) -> Result<String, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| not_a_cursor())?;
    String::from_utf8(bytes).ok().filter(|key| !key.contains('\0')).ok_or_else(not_a_cursor)
}

pub fn not_a_cursor() -> Problem {
    Problem::bad_param("cursor", "this is no cursor; give back the `next` of the former answer")
}

/// The cursor after a full page; a page that is not full was the last one.
pub fn next_of<T>(items: &[T], limit: i64, cursor: impl Fn(&T) -> String) -> Option<String> {
    items.last().filter(|_| items.len() as i64 >= limit).map(cursor)
}
