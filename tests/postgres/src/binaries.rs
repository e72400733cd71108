//! Finding PostgreSQL's programs.

use std::path::{Path, PathBuf};

/// Where distributions put the programs of each installed version.
const DEBIAN_FOLDER: &str = "/usr/lib/postgresql";

const NEEDED: [&str; 4] = ["initdb", "pg_ctl", "postgres", "psql"];

/// The folder that holds all of [`NEEDED`].
#[derive(Debug)]
pub struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    #[expect(clippy::disallowed_methods, reason = "where programs are found")]
    pub fn find() -> Result<Binaries, String> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = versions(Path::new(DEBIAN_FOLDER)).into_iter().chain(std::env::split_paths(&path));
        let is_whole = |folder: &PathBuf| NEEDED.iter().all(|name| folder.join(name).is_file());
        folders.into_iter().find(is_whole).map(|folder| Binaries { folder }).ok_or_else(|| {
            format!(
                "these tests need PostgreSQL and found no folder with {} on PATH or in {DEBIAN_FOLDER}: \
                 install it (Debian, Ubuntu: apt-get install postgresql; Fedora: dnf install \
                 postgresql-server; macOS: brew install postgresql)",
                NEEDED.join(", ")
            )
        })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// The `bin` folders of all installed versions, newest first.
fn versions(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let number = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    found.sort_by_key(|path| std::cmp::Reverse(number(path)));
    found.into_iter().map(|version| version.join("bin")).collect()
}
