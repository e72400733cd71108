//! What differs between a call and its replay, for people and programs alike.

use serde::Serialize;

/// As much of a value as people read.
const MOST_TEXT_BYTES: usize = 2_000;

/// `{"part": "records", "name": "17 /status", "was": "\"new\"", "now": "\"paid\""}`; one of `was` and `now`
/// is null where there is nothing. Both are null where only what they were is no longer known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub part: Part,
    /// Which one of its kind.
    pub name: String,
    pub was: Option<String>,
    pub now: Option<String>,
}

/// What a call is compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The version does not have what was called.
    Spec,
    /// In the order of sending.
    Requests,
    /// The call asked what it had not asked before, so that there is no answer, and it ended there.
    Asked,
    /// How the call failed.
    Failure,
    Records,
    Deleted,
    Checkpoint,
    /// Whether there is more to come.
    More,
    Output,
    /// What the call wrote to storage.
    Storage,
}

impl Difference {
    pub fn new(part: Part, name: impl Into<String>, was: Option<&str>, now: Option<&str>) -> Self {
        Difference { part, name: name.into(), was: was.map(cut), now: now.map(cut) }
    }
}

fn cut(text: &str) -> String {
    match text.len() <= MOST_TEXT_BYTES {
        true => text.to_owned(),
        false => format!("{}… ({} bytes)", &text[..text.floor_char_boundary(MOST_TEXT_BYTES)], text.len()),
    }
}
