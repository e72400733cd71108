//! The real `minisign`, as a publisher uses it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::folder::Folder;

/// Somebody with a key of their own.
pub struct Publisher {
    folder: Folder,
    id: String,
}

impl Publisher {
    /// Generates a key without a password.
    pub fn new() -> Self {
        let folder = Folder::new().expect("a temporary folder");
        let publisher = Self { folder, id: String::new() };
        minisign(&["-G", "-W", "-f", "-p", &publisher.path("key.pub"), "-s", &publisher.path("key")]);
        let text = std::fs::read_to_string(publisher.public()).expect("minisign writes the public key");
        let id =
            text.lines().next().and_then(|line| line.rsplit(' ').next()).expect("its first line names it");
        // It leaves the first digits out where they are zeros.
        Self { id: format!("{id:0>16}"), ..publisher }
    }

    /// Sixteen digits.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The public key's file.
    pub fn public(&self) -> PathBuf {
        self.folder.path().join("key.pub")
    }

    /// Writes FILE.minisig beside the file, in the form of today.
    pub fn sign(&self, file: &Path, trusted_comment: &str) {
        self.sign_with(file, trusted_comment, &[]);
    }

    /// The same in the form of before.
    pub fn sign_legacy(&self, file: &Path, trusted_comment: &str) {
        self.sign_with(file, trusted_comment, &["-l"]);
    }

    fn sign_with(&self, file: &Path, trusted_comment: &str, more: &[&str]) {
        let file = file.to_str().expect("paths of tests are UTF-8");
        let arguments = ["-S", "-s", &self.path("key"), "-t", trusted_comment, "-m", file];
        minisign(&[&arguments, more].concat());
    }

    fn path(&self, name: &str) -> String {
        let path = self.folder.path().join(name);
        path.to_str().expect("paths of tests are UTF-8").to_owned()
    }
}

impl Default for Publisher {
    fn default() -> Self {
        Self::new()
    }
}

#[track_caller]
fn minisign(arguments: &[&str]) {
    let output = Command::new("minisign").args(arguments).output();
    let output = output.expect("minisign is installed: run make setup");
    assert!(output.status.success(), "minisign {arguments:?}: {output:?}");
}
