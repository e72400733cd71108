//! The stable codes of everything that a person can be told: what each means, and what to do about it.
//! An error without a hint of its own gets that of its code. `host/ERRORS.md` is made from this list.
//!
//! To add a code: use it, and add its line here; the tests say if either is missing.

mod list;
#[cfg(test)]
mod tests;

pub use list::{API, CLI, RUN, WAITS};

/// A code, what it means, what to do.
pub type Line = (&'static str, &'static str, &'static str);

/// What to do about a code; none for one that is not known here.
pub fn hint(code: &str) -> Option<&'static str> {
    let mut lines = API.iter().chain(RUN).chain(WAITS).chain(CLI);
    lines.find(|(known, _, _)| *known == code).map(|(_, _, hint)| *hint)
}
