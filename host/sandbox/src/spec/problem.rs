//! What is wrong in a spec or a configuration, in words a person can act on.

use std::fmt;

use jsonschema::{ValidationError, error::ValidationErrorKind};

use super::MAX_SPEC_BYTES;

/// More problems than this are counted, not listed: the first ones usually cause the rest.
const LISTED_PROBLEMS: usize = 5;
/// Long enough for a list of choices, short enough for a terminal.
const MAX_MESSAGE_BYTES: usize = 300;

/// Something wrong at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// JSON Pointer; empty for the whole document.
    pub pointer: String,
    pub message: String,
}

/// A problem in a connection's configuration; secrets have the pointer `/NAME` like the others.
pub type ConfigProblem = Problem;

/// Why a spec is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    #[error("the spec is {actual} bytes long; at most {MAX_SPEC_BYTES} are read")]
    TooLarge { actual: usize },
    #[error("the spec is not JSON: {0}")]
    NotJson(String),
    /// All problems found; the text lists the first few.
    #[error("{}", listed(.0))]
    Invalid(Vec<Problem>),
}

impl Problem {
    pub(crate) fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if message.len() > MAX_MESSAGE_BYTES {
            message.truncate(message.floor_char_boundary(MAX_MESSAGE_BYTES));
            message.push('…');
        }
        Problem { pointer: pointer.into(), message }
    }

    /// In the words of this project, without the offending value: it may be long, or private.
    pub(crate) fn from_mismatch(error: &ValidationError<'_>) -> Self {
        let place = error.instance_path().as_str();
        match error.kind() {
            ValidationErrorKind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                Problem::new(member(place, name), format!("`{name}` is required and missing"))
            }
            ValidationErrorKind::AdditionalProperties { unexpected }
            | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
                let name = unexpected.first().map_or("", String::as_str);
                Problem::new(member(place, name), format!("`{name}` is not known here"))
            }
            ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context } => {
                nearest(place, context)
            }
            _ => Problem::new(place, error.masked_with("the value").to_string()),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pointer.as_str() {
            "" => f.write_str(&self.message),
            pointer => write!(f, "{pointer}: {}", self.message),
        }
    }
}

/// An error if there are problems.
pub(crate) fn invalid(problems: Vec<Problem>) -> Result<(), SpecError> {
    if problems.is_empty() { Ok(()) } else { Err(SpecError::Invalid(problems)) }
}

/// The JSON Pointer of a member.
pub(crate) fn member(place: &str, name: &str) -> String {
    format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// Of several forms the one with the fewest complaints is most likely meant.
fn nearest(place: &str, forms: &[Vec<ValidationError<'static>>]) -> Problem {
    match forms.iter().filter(|errors| !errors.is_empty()).min_by_key(|errors| errors.len()) {
        Some(errors) => {
            let inner = Problem::from_mismatch(&errors[0]);
            Problem::new(
                inner.pointer,
                format!("fits none of the allowed forms; the nearest says: {}", inner.message),
            )
        }
        None => Problem::new(place, "fits none of the allowed forms"),
    }
}

fn listed(problems: &[Problem]) -> String {
    let mut lines: Vec<String> = problems.iter().take(LISTED_PROBLEMS).map(Problem::to_string).collect();
    if problems.len() > LISTED_PROBLEMS {
        lines.push(format!("and {} more", problems.len() - LISTED_PROBLEMS));
    }
    lines.join("\n")
}
