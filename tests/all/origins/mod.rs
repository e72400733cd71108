//! Where versions come from, who signed them, and components of former contracts.

mod contract;
mod folder;
mod hostile;
mod registry;
mod signatures;

use std::fs;
use std::path::{Path, PathBuf};

use windlass_tests::host::{Host, guest};

/// A connector of the tests in two versions, whose newer one asks for nothing more.
const OLDER: &str = "switches-loose";
const NEWER: &str = "switches";
const NAME: &str = "switches";

/// A copy of a guest, to be signed.
fn copy_of(host: &Host, name: &str) -> PathBuf {
    let wasm = fs::read(guest(name)).expect("a guest can be read");
    host.aside_file(&format!("{name}.wasm"), &wasm)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("paths of tests are UTF-8")
}
