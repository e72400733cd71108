//! The data folder: made private, held by one host at a time.

use std::{
    fs::{DirBuilder, File, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use rustix::fs::{FlockOperation, flock};

/// The folder of a running host. The lock is held until it is dropped, or the process is gone.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    #[error("cannot use the data folder {path}: {source}")]
    Unusable { path: PathBuf, source: io::Error },
    #[error("another host is using the data folder {0}")]
    InUse(PathBuf),
}

impl DataDir {
    /// Makes the folder if it is not there, and takes it. Two hosts on one SQLite file would each
    /// believe to be the only one.
    pub fn open(path: &Path) -> Result<DataDir, DataDirError> {
        let unusable = |source| DataDirError::Unusable { path: path.to_owned(), source };
        // Everything a host writes is its own business.
        rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(unusable)?;
        let path = path.canonicalize().map_err(unusable)?;
        let lock =
            OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path.join("lock"));
        let lock = lock.map_err(unusable)?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {
                remove_halves(&path).map_err(unusable)?;
                Ok(DataDir { path, _lock: lock })
            }
            Err(rustix::io::Errno::WOULDBLOCK) => Err(DataDirError::InUse(path)),
            Err(errno) => Err(unusable(errno.into())),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// What a host that was killed had half written.
fn remove_halves(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "part") {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// The one line of a private file; written with what `make` gives if it is not there.
pub fn line_of(path: &Path, make: impl FnOnce() -> String) -> io::Result<String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text.trim().to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let line = make();
            write_line(path, &line)?;
            Ok(line)
        }
        Err(error) => Err(error),
    }
}

/// Replaces a private file (mode 600) whole: a crash leaves the former one or the new one.
pub fn write_line(path: &Path, line: &str) -> io::Result<()> {
    let aside = path.with_extension("part");
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&aside)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(format!("{line}\n").as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&aside, path)
}
