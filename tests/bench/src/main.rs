//! The benchmark: every line is the ratio of two things measured in turn in one run, because the same
//! measurement moves by half between two minutes on a shared machine. An A/A line shows how far a ratio
//! moves by chance; a difference smaller than that says nothing.
//!
//! `make bench` builds and runs it; names of parts (`call`, `sync`, `webhook`, `swap`,
//! `memory`) measure these alone. Goals are printed beside the figures.

mod call;
mod measure;
mod memory;
mod native;
mod report;
mod swap;
mod sync;
mod vendor;
mod webhook;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // Names of parts, to measure these alone.
    let only: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |part: &str| only.is_empty() || only.iter().any(|name| name == part);
    if wanted("call") {
        report::heading("a call with a fresh instance");
        call::compare().await?;
    }
    if wanted("sync") {
        report::heading("a sync of 100,000 records into SQLite");
        sync::compare().await?;
    }
    if wanted("webhook") {
        report::heading("20,000 deliveries over 64 connections, each on disk before it is answered");
        webhook::compare().await?;
    }
    if wanted("swap") {
        report::heading("five swaps a second of a connector that 200 deliveries a second are for");
        swap::compare().await?;
    }
    if wanted("memory") {
        report::heading("memory");
        memory::show().await?;
    }
    Ok(())
}
