//! Compiling a component, and keeping the machine code.
//!
//! A host compiles in another process (its own program, told to [`compile`] one component): what a component
//! that is dear to compile takes of memory and time is bounded, ends with that process, and is never the
//! host's. Tests and tools compile in their own.

use std::{
    ffi::OsString,
    fs,
    io::{self, Read, Write},
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::Arc,
    time::Duration,
};

use rustix::process::{Resource, Rlimit, nice, setrlimit};
#[cfg(target_os = "linux")]
use rustix::process::{Signal, set_parent_process_death_signal};
use tokio::{io::AsyncWriteExt, process::Command};
use wasmtime::{Engine, component::Component};

use crate::{component::MOST_COMPONENT_BYTES, engine::engine, error::LoadError, structure};

/// The engine's pool counts in it, used or not (770 MiB); the rest is twice what the largest known component
/// needs (JavaScript's interpreter: 550 MiB).
const MEMORY_BYTES: u64 = 2 << 30;
/// Five times what it needs on a slow machine.
const CPU_SECONDS: u64 = 120;
/// The same on a machine that does other work, and shorter than a client of the API waits.
const WALL: Duration = Duration::from_secs(170);
/// Calls come first.
const NICE: i32 = 5;
/// A compiler's error can quote the component.
const MOST_MESSAGE_CHARS: usize = 2_000;

/// Exit codes of the process.
const REFUSED: i32 = 1;
const FAILED: u8 = 3;
const PANICKED: i32 = 101;
/// Signals: SIGABRT, as an allocation that fails ends; SIGXCPU.
const GIVES_UP: i32 = 6;
const NO_MORE_TIME: i32 = 24;

/// Written aside under this ending.
const PART: &str = "part";

/// Where components are compiled.
#[derive(Debug, Clone)]
pub enum Compiler {
    /// In this process, without bounds.
    Here,
    /// In a process of this program with these arguments and the name of the file to write; it calls
    /// [`compile`].
    Process { program: PathBuf, arguments: Vec<OsString> },
}

/// What one compile may take.
#[derive(Debug, Clone, Copy)]
pub struct CompileBounds {
    pub memory_bytes: u64,
    pub cpu_seconds: u64,
}

impl Default for CompileBounds {
    fn default() -> Self {
        CompileBounds { memory_bytes: MEMORY_BYTES, cpu_seconds: CPU_SECONDS }
    }
}

/// What a process that was started to compile does: reads the component from standard input and writes its
/// machine code to the file. Gives the exit code; what is wrong goes to standard error. One that takes more
/// than its bounds is ended by a signal.
pub fn compile(out: &Path, bounds: CompileBounds) -> u8 {
    match compile_bounded(out, bounds) {
        Ok(()) => 0,
        Err(error) => {
            // When nobody reads there, nobody can be told.
            let _ = write!(io::stderr(), "{error}");
            if matches!(error, LoadError::Host(_)) { FAILED } else { REFUSED as u8 }
        }
    }
}

fn compile_bounded(out: &Path, bounds: CompileBounds) -> Result<(), LoadError> {
    // A host that is killed takes its compiler along: the next one finds nobody who still writes.
    #[cfg(target_os = "linux")]
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(LoadError::host)?;
    // One more before the end that nobody can tell from a kill: the process is told first that it had enough.
    let limit = |resource, most| {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most + 1) }).map_err(LoadError::host)
    };
    // What is only reserved of the address space does not count, unlike with a limit of the address space.
    limit(Resource::Data, bounds.memory_bytes)?;
    limit(Resource::Cpu, bounds.cpu_seconds)?;
    limit(Resource::Core, 0)?;
    // Without it the compile is only less polite.
    let _ = nice(NICE);
    let mut wasm = Vec::new();
    io::stdin().take(MOST_COMPONENT_BYTES as u64 + 1).read_to_end(&mut wasm).map_err(LoadError::host)?;
    fs::write(out, code_of(&engine()?, &wasm)?).map_err(LoadError::host)
}

/// The component, from the code that is kept in the file, or compiled and kept there. Without a file it is
/// compiled here. Nothing of it happens on an async thread.
pub(crate) async fn compiled(
    engine: &Engine,
    wasm: Arc<Vec<u8>>,
    file: Option<PathBuf>,
    compiler: &Compiler,
) -> Result<Component, LoadError> {
    let Some(file) = file else {
        let engine = engine.clone();
        return aside(move || {
            structure::check(&wasm)?;
            Component::new(&engine, &*wasm).map_err(refused)
        })
        .await;
    };
    if let Some(kept) = kept(engine.clone(), file.clone()).await? {
        return Ok(kept);
    }
    // Another process, left over from a host that was killed, may still write its own.
    let part = file.with_extension(format!("{}.{PART}", std::process::id()));
    let written = write(engine, wasm, &part, compiler).await;
    let engine = engine.clone();
    aside(move || {
        if let Err(error) = written {
            // There may be none.
            let _ = fs::remove_file(&part);
            return Err(error);
        }
        // Renamed when it is whole, so that a crash leaves no half file under the name.
        fs::rename(&part, &file).map_err(LoadError::host)?;
        deserialize(&engine, &file).map_err(LoadError::host)
    })
    .await
}

/// The code that is kept in the file, if it can be used.
async fn kept(engine: Engine, file: PathBuf) -> Result<Option<Component>, LoadError> {
    aside(move || {
        if !file.exists() {
            return Ok(None);
        }
        let kept = deserialize(&engine, &file);
        if let Err(error) = &kept {
            tracing::warn!(file = %file.display(), %error, "compiled code is unusable; compiling again");
        }
        Ok(kept.ok())
    })
    .await
}

async fn write(
    engine: &Engine,
    wasm: Arc<Vec<u8>>,
    part: &Path,
    compiler: &Compiler,
) -> Result<(), LoadError> {
    match compiler {
        Compiler::Here => {
            let (engine, part) = (engine.clone(), part.to_owned());
            aside(move || fs::write(&part, code_of(&engine, &wasm)?).map_err(LoadError::host)).await
        }
        Compiler::Process { program, arguments } => in_process(program, arguments, &wasm, part).await,
    }
}

async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LoadError> + Send + 'static,
) -> Result<T, LoadError> {
    tokio::task::spawn_blocking(work).await.map_err(LoadError::host)?
}

/// Removes what a crash left half written.
pub(crate) fn clear(folder: &Path) -> io::Result<()> {
    let is_part = |name: &str| Path::new(name).extension().is_some_and(|extension| extension == PART);
    remove_files(folder, is_part).map(drop)
}

/// Removes the files whose names are so; gives their number.
pub(crate) fn remove_files(folder: &Path, is_removed: impl Fn(&str) -> bool) -> io::Result<usize> {
    let mut removed = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(&is_removed) {
            fs::remove_file(entry.path())?;
            removed += 1;
        }
    }
    Ok(removed)
}

fn code_of(engine: &Engine, wasm: &[u8]) -> Result<Vec<u8>, LoadError> {
    structure::check(wasm)?;
    engine.precompile_component(wasm).map_err(refused)
}

async fn in_process(
    program: &Path,
    arguments: &[OsString],
    wasm: &[u8],
    out: &Path,
) -> Result<(), LoadError> {
    let mut command = Command::new(program);
    command.args(arguments).arg(out).env_clear();
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().map_err(LoadError::host)?;
    let stdin = child.stdin.take();
    let feed = async {
        if let Some(mut stdin) = stdin {
            // One that has enough (it is killed, or refuses) reads no more; how it ended says why.
            let _ = stdin.write_all(wasm).await;
        }
    };
    let both = async { tokio::join!(feed, child.wait_with_output()).1 };
    let Ok(ended) = tokio::time::timeout(WALL, both).await else { return Err(too_dear()) };
    let ended = ended.map_err(LoadError::host)?;
    outcome(ended.status, &String::from_utf8_lossy(&ended.stderr))
}

/// A process that gives up (no memory) or is told to (no CPU time) has reached one of its bounds; one that
/// is killed otherwise says nothing of the component.
fn outcome(status: ExitStatus, message: &str) -> Result<(), LoadError> {
    let message = || message.trim().chars().take(MOST_MESSAGE_CHARS).collect::<String>();
    match status.code() {
        Some(0) => Ok(()),
        Some(REFUSED) => Err(LoadError::Refused(message())),
        Some(PANICKED) => {
            Err(LoadError::Refused("the component cannot be compiled: the compiler failed on it".to_owned()))
        }
        Some(code) => Err(LoadError::Host(format!("the compiler ended with {code}: {}", message()))),
        None => match status.signal() {
            Some(GIVES_UP | NO_MORE_TIME) => Err(too_dear()),
            Some(signal) => Err(LoadError::Host(format!("the compiler was ended by signal {signal}"))),
            None => Err(LoadError::Host("nobody knows how the compiler ended".to_owned())),
        },
    }
}

fn too_dear() -> LoadError {
    let mib = MEMORY_BYTES >> 20;
    LoadError::Refused(format!(
        "the component cannot be compiled: it takes more than {CPU_SECONDS} s of CPU time or {mib} MiB of memory"
    ))
}

#[expect(unsafe_code, reason = "machine code can only be mapped by trusting the file")]
fn deserialize(engine: &Engine, file: &Path) -> wasmtime::Result<Component> {
    // SAFETY: the folder is the host's own; the file was written whole by this engine's version and
    // settings, which are part of its name and checked again by the engine.
    unsafe { Component::deserialize_file(engine, file) }
}

fn refused(error: wasmtime::Error) -> LoadError {
    LoadError::Refused(format!("the component cannot be compiled: {error:#}"))
}

#[cfg(test)]
mod tests {
    use std::{os::unix::process::ExitStatusExt as _, process::ExitStatus};

    use super::{LoadError, clear, outcome};

    #[test]
    fn how_the_process_ended_says_what_is_wrong() {
        let refusal = |raw: i32, message: &str| match outcome(ExitStatus::from_raw(raw), message) {
            Err(LoadError::Refused(message)) => message,
            other => panic!("{other:?}"),
        };
        outcome(ExitStatus::from_raw(0), "").unwrap();
        assert_eq!(refusal(1 << 8, "it is damaged\n"), "it is damaged");
        assert!(refusal(101 << 8, "thread panicked").contains("the compiler failed on it"));
        for signal in [6, 24] {
            assert!(refusal(signal, "").contains("more than 120 s of CPU time or 2048 MiB"), "{signal}");
        }
        let killed = outcome(ExitStatus::from_raw(9), "");
        assert!(matches!(killed, Err(LoadError::Host(message)) if message.contains("signal 9")));
        let failed = outcome(ExitStatus::from_raw(3 << 8), "no room on the disk");
        assert!(matches!(failed, Err(LoadError::Host(message)) if message.contains("no room")));
    }

    #[test]
    fn what_is_half_written_is_removed() {
        let folder = std::env::temp_dir().join(format!("windlass-compiled-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (whole, half) = (folder.join("a.cwasm"), folder.join("b.part"));
        for file in [&whole, &half] {
            std::fs::write(file, "").unwrap();
        }
        clear(&folder).unwrap();
        assert!(whole.exists() && !half.exists());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
