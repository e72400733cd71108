//! The watched folder, `<data>/connectors`: a component that is put there is installed, a changed one is a
//! new version. Nobody gives a word for what lies there, so the signature policy holds; and what a version
//! asks for waits for approval like everywhere.
//!
//! A file is taken when two looks have found it alike, so that one that is still being written is left
//! alone. What was installed before is not installed again, even after a restart, and even if it was removed or
//! pruned meanwhile: that would undo what a person or a newer version has done.

use std::{
    collections::BTreeMap,
    fs::Metadata,
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::time::MissedTickBehavior;
use windlass_db::FolderFile;
use windlass_sandbox::{MOST_COMPONENT_BYTES, digest};

use crate::{
    host::Host,
    install,
    problem::Problem,
    settings::Role,
    signing::{Offer, Source, minisign::MOST_SIGNATURE_BYTES},
};

/// A file is installed within three looks, and a look at a folder costs nothing. Polling, because it works
/// on every file system, networks and containers included.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A refusal that something else may mend (a key is trusted, a connection is changed) is tried again this often.
const TRY_AGAIN: Duration = Duration::from_secs(10);

const UNREADABLE: Mark = (0, 0, 0, 0);
const COMPONENT: &str = ".wasm";
const SIGNATURE: &str = ".minisig";

/// The folder of one host, and what is known of its files.
pub struct Folder {
    path: PathBuf,
    files: Mutex<BTreeMap<String, Looked>>,
}

/// A file at the last look.
#[derive(Debug, Clone)]
pub struct Looked {
    stamp: Stamp,
    pub state: FileState,
    /// When it was refused.
    at: Instant,
}

#[derive(Debug, Clone)]
pub enum FileState {
    /// It may still be written.
    Arriving,
    Taken {
        connector: String,
        version: String,
    },
    Refused(Problem),
}

/// What changes when a file or its signature does.
type Stamp = (Mark, Option<Mark>);
/// A component, and the text of its signature.
type Found = (Vec<u8>, Option<String>);
/// Length, time of change, inode.
type Mark = (u64, i64, i64, u64);

impl Folder {
    /// The folder inside the host's own.
    pub fn new(data: &Path) -> Folder {
        Folder { path: data.join("connectors"), files: Mutex::default() }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// By name.
    pub fn files(&self) -> BTreeMap<String, Looked> {
        self.known().clone()
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Looked>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what is there now, and names the files that are to be taken.
    fn noted(&self, found: BTreeMap<String, Stamp>) -> Vec<(String, Stamp)> {
        let mut known = self.known();
        known.retain(|name, _| found.contains_key(name));
        let mut ready = Vec::new();
        for (name, stamp) in found {
            match known.get(&name) {
                Some(looked) if looked.stamp == stamp && looked.is_due() => ready.push((name, stamp)),
                Some(looked) if looked.stamp == stamp => {}
                _ => {
                    known.insert(name, Looked { stamp, state: FileState::Arriving, at: Instant::now() });
                }
            }
        }
        ready
    }
}

impl Looked {
    fn is_due(&self) -> bool {
        match &self.state {
            FileState::Arriving => true,
            FileState::Taken { .. } => false,
            FileState::Refused(problem) => !is_its_own_fault(problem) && self.at.elapsed() >= TRY_AGAIN,
        }
    }
}

/// Looks again and again until the host drains. Hosts that only work have no folder.
pub async fn watch(host: Arc<Host>) {
    if host.settings.role == Role::Worker {
        return;
    }
    if let Err(error) = std::fs::create_dir_all(host.folder.path()) {
        tracing::error!(folder = %host.folder.path().display(), %error, "cannot make the watched folder");
    }
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => look(&host).await,
            () = host.drained() => return,
        }
    }
}

async fn look(host: &Host) {
    let path = host.folder.path().to_owned();
    let found = match tokio::task::spawn_blocking(move || list(&path)).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => return tracing::error!(%error, "cannot look into the watched folder"),
        Err(error) => return tracing::error!(%error, "cannot look into the watched folder"),
    };
    for (name, stamp) in host.folder.noted(found) {
        let state = match take(host, &name, stamp).await {
            Ok(state) => state,
            Err(problem) => FileState::Refused(problem),
        };
        note(host, name, stamp, state);
    }
}

/// Logs what is new of a file, once.
fn note(host: &Host, name: String, stamp: Stamp, state: FileState) {
    let mut known = host.folder.known();
    let before = known.get(&name).map(|looked| &looked.state);
    match (&state, before) {
        (FileState::Refused(problem), Some(FileState::Refused(before)))
            if problem.detail == before.detail => {}
        (FileState::Refused(problem), _) => {
            tracing::warn!(file = name, code = %problem.code, "refused from the watched folder: {}", problem.detail);
        }
        (FileState::Taken { connector, version }, _) => {
            tracing::info!(file = name, connector, version, "taken from the watched folder");
        }
        (FileState::Arriving, _) => {}
    }
    known.insert(name, Looked { stamp, state, at: Instant::now() });
}

async fn take(host: &Host, name: &str, stamp: Stamp) -> Result<FileState, Problem> {
    let path = host.folder.path().join(name);
    let read = tokio::task::spawn_blocking(move || read(&path, stamp)).await.map_err(Problem::host)?;
    let Some((wasm, signature)) = read? else { return Ok(FileState::Arriving) };
    let digest = digest(&wasm);
    if let Some(FolderFile { connector, version, .. }) = host.db.folder_file(&digest).await? {
        return Ok(FileState::Taken { connector, version });
    }
    let installed = host.db.versions().await?.into_iter().find(|version| version.digest == digest);
    let (connector, version) = match installed {
        Some(known) => (known.connector, known.version),
        None => {
            let offer = Offer::new(Source::Folder(name.to_owned()), signature.as_deref())?;
            let outcome = install::install(host, wasm, &offer, false).await?;
            (outcome.connector, outcome.version)
        }
    };
    let taken = FolderFile { digest, connector, version };
    host.db.folder_keep(host.db.now().await?, &taken).await?;
    Ok(FileState::Taken { connector: taken.connector, version: taken.version })
}

/// A component is at fault for what it is; anything else may change without it.
fn is_its_own_fault(problem: &Problem) -> bool {
    matches!(problem.status, 413 | 422)
}

/// The component and its signature; none if they changed meanwhile.
fn read(path: &Path, stamp: Stamp) -> Result<Option<Found>, Problem> {
    if stamp.0.0 > MOST_COMPONENT_BYTES as u64 {
        let mib = MOST_COMPONENT_BYTES >> 20;
        let detail = format!("the file is too large: a component has at most {mib} MiB");
        return Err(Problem::new(413, "request.too-large", detail));
    }
    let unreadable = |error: io::Error| {
        Problem::new(503, "folder.unreadable", format!("cannot read {}: {error}", path.display()))
    };
    let signature = match stamp.1 {
        None => None,
        Some((length, ..)) if length > MOST_SIGNATURE_BYTES as u64 => Some(String::new()),
        Some(_) => Some(std::fs::read(beside(path)).map_err(unreadable)?).map(|bytes| text(&bytes)),
    };
    let wasm = std::fs::read(path).map_err(unreadable)?;
    let same = stamp_of(path) == Some(stamp);
    Ok(same.then_some((wasm, signature)))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The components in the folder. Hidden files are not for us: programs write aside under such names.
fn list(folder: &Path) -> io::Result<BTreeMap<String, Stamp>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
        if name.starts_with('.') || !name.ends_with(COMPONENT) {
            continue;
        }
        if let Some(stamp) = stamp_of(&entry.path()) {
            found.insert(name, stamp);
        }
    }
    Ok(found)
}

/// None when there is no such file (any more). One that cannot be looked at has a mark that no file has: it is
/// refused when it is read, and no other one waits for it.
fn stamp_of(path: &Path) -> Option<Stamp> {
    let mark = |path: &Path| match std::fs::metadata(path) {
        Ok(found) if found.is_file() => Some(mark_of(&found)),
        Ok(_) => None,
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(_) => Some(UNREADABLE),
    };
    mark(path).map(|component| (component, mark(&beside(path))))
}

fn mark_of(found: &Metadata) -> Mark {
    (found.len(), found.mtime(), found.mtime_nsec(), found.ino())
}

/// Where the signature of a component lies.
pub fn beside(component: &Path) -> PathBuf {
    let mut name = component.as_os_str().to_owned();
    name.push(SIGNATURE);
    name.into()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, path::Path, time::Instant};

    use super::{FileState, Folder, Looked, Stamp, beside, list, read};
    use crate::problem::Problem;

    fn found(length: u64) -> BTreeMap<String, Stamp> {
        BTreeMap::from([("a.wasm".to_owned(), ((length, 1, 0, 1), None))])
    }

    #[test]
    fn a_file_is_taken_when_two_looks_find_it_alike() {
        let folder = Folder::new(Path::new("/data"));
        assert!(folder.noted(found(1)).is_empty(), "just come");
        assert!(folder.noted(found(2)).is_empty(), "still being written");
        assert_eq!(folder.noted(found(2)).len(), 1);
        let signed = BTreeMap::from([("a.wasm".to_owned(), ((2, 1, 0, 1), Some((9, 1, 0, 2))))]);
        assert!(folder.noted(signed.clone()).is_empty(), "its signature has just come");
        assert_eq!(folder.noted(signed).len(), 1);
        assert!(folder.noted(BTreeMap::new()).is_empty());
        assert!(folder.files().is_empty(), "it is gone");
    }

    #[test]
    fn what_is_done_with_is_not_taken_again() {
        let folder = Folder::new(Path::new("/data"));
        let is_taken_again = |state: FileState| {
            let looked = Looked { stamp: ((1, 1, 0, 1), None), state, at: Instant::now() };
            folder.known().insert("a.wasm".to_owned(), looked);
            !folder.noted(found(1)).is_empty()
        };
        assert!(is_taken_again(FileState::Arriving));
        assert!(!is_taken_again(FileState::Taken { connector: "a".to_owned(), version: "1.0.0".to_owned() }));
        for problem in [
            Problem::unprocessable("connector.refused", "it is nothing"),
            Problem::conflict("connector.publisher", "it is another's; but not so soon"),
        ] {
            assert!(!is_taken_again(FileState::Refused(problem)));
        }
    }

    #[test]
    fn only_components_are_found_and_each_with_its_signature() {
        let folder = std::env::temp_dir().join(format!("windlass-folder-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("folder.wasm")).unwrap();
        for name in ["a.wasm", "a.wasm.minisig", "b.wasm", ".c.wasm", "d.wasm.part", "readme"] {
            std::fs::write(folder.join(name), name).unwrap();
        }
        std::os::unix::fs::symlink("loop.wasm", folder.join("loop.wasm")).unwrap();
        let found = list(&folder).unwrap();
        let marks: Vec<_> =
            found.iter().map(|(name, (_, signature))| (name.as_str(), signature.is_some())).collect();
        assert_eq!(marks, [("a.wasm", true), ("b.wasm", false), ("loop.wasm", false)]);
        let refused = read(&folder.join("loop.wasm"), found["loop.wasm"]).unwrap_err();
        assert!(refused.detail.contains("loop.wasm: Too many levels"), "{}", refused.detail);
        assert_eq!(beside(Path::new("x/a.wasm")), Path::new("x/a.wasm.minisig"));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
