//! What is asked of the tests by environment variables.

use std::ffi::OsString;
use std::path::PathBuf;

/// `TEST_LONG`: the longer forms of the tests (`make test-long`).
pub fn long() -> bool {
    variable("TEST_LONG").is_some()
}

/// `TEST_WINDLASS`: another program than the one that was built beside the tests.
pub fn program() -> Option<PathBuf> {
    variable("TEST_WINDLASS").map(PathBuf::from)
}

/// `UPDATE_EXPECTED`: tests that compare with a file write it instead.
pub fn update_expected() -> bool {
    variable("UPDATE_EXPECTED").is_some()
}

#[expect(clippy::disallowed_methods, reason = "the one place of the tests")]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}
