//! The real `windlass` program: a service in a folder of its own, and its command line.

mod api;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::asked;
use crate::clock::Clock;
use crate::eventually::eventually;
use crate::folder::Folder;
use crate::port::Port;

/// A start, a drain: seconds even on a busy machine.
const START_MAX: Duration = Duration::from_secs(60);

/// The longest command: a sync that waits for its limit several times.
const COMMAND_MAX: Duration = Duration::from_secs(600);

/// How a service is started.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// PostgreSQL; SQLite in the data folder when none.
    pub database_url: Option<String>,
    pub clock: Clock,
    /// Which private addresses connectors may reach; all of loopback when none.
    pub allow_private: Option<String>,
    /// The settings file.
    pub config: Option<String>,
    /// More environment variables.
    pub variables: Vec<(String, String)>,
}

/// A service that the test owns. It is killed when dropped.
pub struct Host {
    data: Folder,
    /// The log, and secrets on their way in: what is not the service's own.
    aside: Folder,
    port: Port,
    setup: Setup,
    process: Mutex<Option<Child>>,
    /// Kept while a host lives that was copied from it.
    copied_from: Option<Arc<Folder>>,
}

/// A command that was started and not waited for; it is killed when dropped.
pub struct Begun(Child);

/// What a command left behind.
#[derive(Clone, Debug)]
pub struct Output {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Host {
    /// Starts a service and waits until it is ready.
    pub fn start(setup: Setup) -> Self {
        Self::start_in(Folder::new().expect("a temporary folder"), setup)
    }

    /// A service on SQLite that has a connector of the project installed already: a copy of one that
    /// was made once, so that not every test compiles it again.
    pub fn with(connector: &'static str) -> Self {
        Self::with_in(connector, Setup::default())
    }

    pub fn with_in(connector: &'static str, setup: Setup) -> Self {
        let prepared = prepared(connector);
        let data = Folder::new().expect("a temporary folder");
        data.fill_from(&prepared).expect("the prepared files can be copied");
        let mut host = Self::start_in(data, setup);
        host.copied_from = Some(prepared);
        host
    }

    fn start_in(data: Folder, setup: Setup) -> Self {
        let aside = Folder::new().expect("a temporary folder");
        let host =
            Self { data, aside, port: Port::take(), setup, process: Mutex::default(), copied_from: None };
        host.restart();
        host
    }

    /// Starts the process again and waits until it is ready, or was killed by a watcher of its work.
    pub fn restart(&self) {
        let mut process = self.process();
        assert!(process.is_none(), "the service runs already");
        *process = Some(self.spawn().expect("the windlass program starts"));
        drop(process);
        eventually("the service is ready", START_MAX, || {
            let mut process = self.process();
            let Some(child) = process.as_mut() else { return Some(()) };
            let died = child.try_wait().expect("a child has a state");
            drop(process);
            assert!(died.is_none(), "the service ended with {died:?}:\n{}", self.log());
            ureq::get(format!("{}/readyz", self.url())).call().ok().map(drop)
        });
    }

    /// `kill -9`; false when it was dead already.
    pub fn kill_9(&self) -> bool {
        let mut process = self.process();
        let Some(mut child) = process.take() else { return false };
        child.kill().expect("a process of our own can be killed");
        child.wait().expect("a child can be waited for");
        true
    }

    /// Whether it was killed and not started again.
    pub fn is_dead(&self) -> bool {
        self.process().is_none()
    }

    /// SIGTERM, then waits for the end.
    pub fn stop(&self) -> ExitStatus {
        let mut child = self.process().take().expect("the service runs");
        kill_process(Pid::from_child(&child), Signal::TERM).expect("a process of our own gets signals");
        eventually("the service drains and ends", START_MAX, || {
            child.try_wait().expect("a child has a state")
        })
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port.number())
    }

    pub fn database_url(&self) -> String {
        let file = || format!("sqlite://{}", self.data.path().join("windlass.db").display());
        self.setup.database_url.clone().unwrap_or_else(file)
    }

    /// The admin token of this host.
    pub fn token(&self) -> String {
        let token = fs::read_to_string(self.data.path().join("admin.token"))
            .expect("a service writes its admin token");
        token.trim().to_owned()
    }

    /// Every file of the service, its log included.
    pub fn files(&self) -> Vec<PathBuf> {
        let data = self.data.files().expect("the data folder can be read");
        data.into_iter().chain([self.log_path()]).collect()
    }

    /// Writes a file that a command can read a secret from.
    pub fn secret_file(&self, name: &str, secret: &str) -> PathBuf {
        self.aside_file(name, secret.as_bytes())
    }

    /// Writes a file for a command. It lies outside of the data folder.
    pub fn aside_file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.aside.path().join(name);
        // Whole at once: commands that run at the same time may read a file of the same name.
        let written = self.aside.path().join(format!("{name}.{:x}", rand::random::<u64>()));
        fs::write(&written, content).expect("a temporary file can be written");
        fs::rename(&written, &path).expect("a temporary file can be renamed");
        path
    }

    /// The folder that the service watches for components.
    pub fn watched(&self) -> PathBuf {
        self.data.path().join("connectors")
    }

    /// What the process has in memory now.
    pub fn memory_kib(&self) -> u64 {
        let process = self.process().as_ref().expect("the service runs").id();
        let status =
            fs::read_to_string(format!("/proc/{process}/status")).expect("a running process has one");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it says how much");
        line.trim().trim_end_matches("kB").trim().parse().expect("a number")
    }

    /// What the service wrote to its standard output and error.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// Runs a command to its end.
    ///
    /// # Panics
    /// When it does not end in ten minutes.
    #[track_caller]
    pub fn cli(&self, arguments: &[&str]) -> Output {
        self.cli_given(arguments, b"")
    }

    /// Runs a command to its end, with what it is given on standard input.
    #[track_caller]
    pub fn cli_given(&self, arguments: &[&str], input: &[u8]) -> Output {
        self.cli_with(&[], arguments, input)
    }

    /// Runs a command to its end, with more variables.
    #[track_caller]
    pub fn cli_with(&self, variables: &[(&str, &Path)], arguments: &[&str], input: &[u8]) -> Output {
        let mut command = self.command(arguments);
        command.envs(variables.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the windlass program starts");
        let process = Pid::from_child(&child);
        if let Some(mut stdin) = child.stdin.take() {
            // A command that does not read it may have ended already.
            let _ = stdin.write_all(input);
        }
        let (sender, ended) = channel();
        // Its output is read while it runs, so that a full pipe never stops it.
        std::thread::spawn(move || sender.send(child.wait_with_output()));
        let Ok(output) = ended.recv_timeout(COMMAND_MAX) else {
            // It may have ended just now.
            let _ = kill_process(process, Signal::KILL);
            panic!("windlass {} did not end\nlog:\n{}", arguments.join(" "), tail(&self.log()));
        };
        let output = output.expect("the program's output can be read");
        Output {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs a command that must succeed; returns its standard output.
    #[track_caller]
    pub fn ok(&self, arguments: &[&str]) -> String {
        let output = self.cli(arguments);
        assert!(
            output.code == 0,
            "windlass {}\n{output:?}\nlog:\n{}",
            arguments.join(" "),
            tail(&self.log())
        );
        output.stdout
    }

    /// Runs a command with `--json` that must succeed.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let stdout = self.ok(&[arguments, &["--json"]].concat());
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"))
    }

    /// Starts a command and does not wait for it.
    pub fn begin(&self, arguments: &[&str]) -> Begun {
        let mut command = self.command(arguments);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Begun(child.expect("the windlass program starts"))
    }

    /// Installs a connector of the project.
    #[track_caller]
    pub fn install(&self, name: &str) {
        self.ok(&["connector", "install", path_text(&component(name)), "--yes"]);
    }

    /// Installs a connector that was made for tests.
    #[track_caller]
    pub fn install_guest(&self, name: &str) {
        self.ok(&["connector", "install", path_text(&guest(name)), "--yes"]);
    }

    fn spawn(&self) -> io::Result<Child> {
        let log = File::options().create(true).append(true).open(self.log_path())?;
        let mut command = Command::new(binary());
        command.args(["serve", "--data", path_text(self.data.path())]);
        command.args(["--listen", &format!("127.0.0.1:{}", self.port.number())]);
        command.args(["--allow-private", self.setup.allow_private.as_deref().unwrap_or("127.0.0.0/8")]);
        if let Some(url) = &self.setup.database_url {
            command.args(["--database-url", url]);
        }
        if let Some(config) = &self.setup.config {
            let file = self.aside_file("windlass.toml", config.as_bytes());
            command.arg("--config").arg(file);
        }
        command.envs(self.setup.clock.variables());
        command.envs(self.setup.variables.iter().cloned());
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(arguments).stdin(Stdio::null());
        command.env("WINDLASS_URL", self.url()).env("WINDLASS_TOKEN", self.token()).env("NO_COLOR", "1");
        command
    }

    fn log_path(&self) -> PathBuf {
        self.aside.path().join("serve.log")
    }

    fn process(&self) -> MutexGuard<'_, Option<Child>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Begun {
    /// Whether it is still running.
    pub fn runs(&mut self) -> bool {
        self.0.try_wait().expect("a child has a state").is_none()
    }

    /// Waits for the end; true if it succeeded.
    #[track_caller]
    pub fn end(mut self) -> bool {
        let ended = || self.0.try_wait().expect("a child has a state");
        eventually("the command ends", COMMAND_MAX, ended).success()
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        // Both fail when it has ended, which is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.kill_9();
    }
}

/// The files of a stopped service with that connector; made again when nobody uses them.
fn prepared(connector: &'static str) -> Arc<Folder> {
    static PREPARED: Mutex<BTreeMap<&str, Arc<Mutex<Weak<Folder>>>>> = Mutex::new(BTreeMap::new());
    let mut known = PREPARED.lock().unwrap_or_else(PoisonError::into_inner);
    let slot = known.entry(connector).or_default().clone();
    drop(known);
    let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(folder) = slot.upgrade() {
        return folder;
    }
    let host = Host::start(Setup::default());
    host.install(connector);
    host.stop();
    let folder = Arc::new(Folder::new().expect("a temporary folder"));
    folder.fill_from(&host.data).expect("the stopped service's files can be copied");
    *slot = Arc::downgrade(&folder);
    folder
}

/// The component that `make plugins` left.
pub fn component(name: &str) -> PathBuf {
    let path = target().join("connectors").join(format!("{name}.wasm"));
    assert!(path.exists(), "{} is missing: run make plugins", path.display());
    path
}

/// The component that `make guests` left.
pub fn guest(name: &str) -> PathBuf {
    let path = target().join("guests").join(format!("{name}.wasm"));
    assert!(path.exists(), "{} is missing: run make guests", path.display());
    path
}

/// The program under test.
pub fn binary() -> PathBuf {
    let path = asked::program().unwrap_or_else(|| target().join("debug/windlass"));
    assert!(path.exists(), "{} is missing: run cargo build -p windlass-server", path.display());
    path
}

/// The build's folder: this program lies in `<target>/debug/deps`.
fn target() -> PathBuf {
    let program = std::env::current_exe().expect("a running program has a path");
    program.ancestors().nth(3).expect("a test lies three folders deep").to_owned()
}

fn path_text(path: &Path) -> &str {
    path.to_str().expect("paths of tests are UTF-8")
}

fn tail(log: &str) -> String {
    let lines: Vec<_> = log.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}

/// Whether `windlass` knows a command, given as its words.
pub fn has_command(words: &[&str]) -> bool {
    let help = Command::new(binary()).args(words).arg("--help").output();
    help.expect("the windlass program starts").status.success()
}
