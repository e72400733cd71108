//! Memory: of an idle service, for each connection, for each loaded connector. Figures, not ratios: they
//! hold for the allocator and the kernel of this machine.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use windlass_server::Embedded;

use crate::{report::figure, vendor::Memory};

const CONNECTIONS: usize = 1_000;
const LOADED: u64 = 20;
const KIB: u64 = 1 << 10;
/// How often, and how long, the bench looks whether the service has started.
const LOOK_EVERY: Duration = Duration::from_millis(20);
const LOOKS: usize = 500;

pub async fn show() -> Result<()> {
    let wasm = std::fs::read("target/connectors/baselinker.wasm").context("run `make plugins` first")?;
    figure("idle service on SQLite", &mib(idle_service().await?), "goal <= 30 MB");
    let folder = TempDir::new()?;
    let host = Embedded::start(folder.path(), Memory::new(), true).await?;
    host.install(wasm.clone()).await?;
    let before = resident("self")?;
    for number in 0..CONNECTIONS {
        let config = serde_json::json!({ "base_url": "https://vendor.example" });
        host.connect(&format!("c{number}"), "baselinker", config, &[("token", "1-23-BENCHMARKBENCHMARK")])
            .await?;
    }
    let each = resident("self")?.saturating_sub(before) / CONNECTIONS as u64;
    figure("each of 1,000 connections", &format!("{} KiB", each / KIB), "goal <= 20 KB");
    let before = Resident::now()?;
    let mut loaded = Vec::new();
    for _ in 0..LOADED {
        // Loading describes it: one call.
        loaded.push(host.load(wasm.clone()).await?);
    }
    let each = Resident::now()?.since(&before, LOADED);
    figure("each loaded connector, called once", &format!("{} KiB", each.own / KIB), "goal <= 700 KB");
    let code = format!("{} KiB", each.files / KIB);
    figure("and its code, mapped from a file, which may be evicted", &code, "");
    host.stop().await;
    Ok(())
}

/// The real program, just started.
async fn idle_service() -> Result<u64> {
    let folder = TempDir::new()?;
    let service = Service::start(folder.path())?;
    for _ in 0..LOOKS {
        if folder.path().join("address").exists() {
            return resident(&service.0.id().to_string());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    bail!("the service did not start")
}

/// Stopped when dropped.
struct Service(Child);

impl Service {
    fn start(data: &Path) -> Result<Service> {
        let program: PathBuf = std::env::current_exe()?.with_file_name("windlass");
        let mut command = Command::new(&program);
        command.arg("serve").arg("--data").arg(data).args(["--listen", "127.0.0.1:0"]);
        let started = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        started.map(Service).with_context(|| format!("cannot start {}", program.display()))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing left to stop then.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Resident memory of this process, in bytes.
struct Resident {
    own: u64,
    /// Pages of mapped files.
    files: u64,
}

impl Resident {
    fn now() -> Result<Resident> {
        let status = std::fs::read_to_string("/proc/self/status")?;
        let kib = |name: &str| -> Result<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|line| line.split_whitespace().next());
            Ok(number.with_context(|| format!("the status has {name}"))?.parse::<u64>()? * KIB)
        };
        Ok(Resident { own: kib("RssAnon:")? + kib("RssShmem:")?, files: kib("RssFile:")? })
    }

    /// What each of `count` things took.
    fn since(&self, before: &Resident, count: u64) -> Resident {
        let each = |after: u64, before: u64| after.saturating_sub(before) / count;
        Resident { own: each(self.own, before.own), files: each(self.files, before.files) }
    }
}

/// Resident memory of a process, in bytes.
fn resident(process: &str) -> Result<u64> {
    let statm = std::fs::read_to_string(format!("/proc/{process}/statm"))?;
    let pages: u64 = statm.split(' ').nth(1).context("statm has a second field")?.parse()?;
    Ok(pages * rustix::param::page_size() as u64)
}

fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / (1 << 20) as f64)
}
