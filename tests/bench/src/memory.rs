//! Memory of the process: idle, for each connection, for each loaded connector. Figures, not ratios:
//! they hold for the allocator and the kernel of this machine.

use anyhow::{Context, Result};
use tempfile::TempDir;
use windlass_server::Embedded;

use crate::{report::figure, vendor::Memory};

const CONNECTIONS: usize = 1_000;
const KIB: u64 = 1 << 10;

pub async fn show() -> Result<()> {
    let wasm = std::fs::read("target/connectors/baselinker.wasm").context("run `make plugins` first")?;
    let folder = TempDir::new()?;
    let before = resident()?;
    let host = Embedded::start(folder.path(), Memory::new(), true).await?;
    host.install(wasm.clone()).await?;
    let connected = resident()?;
    figure("service after the runs above, with one connector", &mib(connected), "goal, idle <= 30 MB");
    for number in 0..CONNECTIONS {
        let config = serde_json::json!({ "base_url": "https://vendor.example" });
        host.connect(&format!("c{number}"), "baselinker", config, &[("token", "1-23-BENCHMARKBENCHMARK")])
            .await?;
    }
    let each = resident()?.saturating_sub(connected) / CONNECTIONS as u64;
    figure("each of 1,000 connections", &format!("{} KiB", each / KIB), "goal <= 20 KB");
    let loaded_before = resident()?;
    let mut kept = Vec::new();
    const LOADED: u64 = 20;
    for _ in 0..LOADED {
        kept.push(host.load(wasm.clone()).await?);
    }
    let each = resident()?.saturating_sub(loaded_before) / LOADED;
    figure("each loaded connector", &format!("{} KiB", each / KIB), "goal <= 700 KB");
    figure("growth of the process over all of this", &mib(resident()?.saturating_sub(before)), "");
    host.stop().await;
    Ok(())
}

/// Resident memory of this process, in bytes.
fn resident() -> Result<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm")?;
    let pages: u64 = statm.split(' ').nth(1).context("statm has a second field")?.parse()?;
    Ok(pages * rustix::param::page_size() as u64)
}

fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / (1 << 20) as f64)
}
