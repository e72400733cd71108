//! The benchmark: every line is the ratio of two things measured in turn in one run, because the same
//! measurement moves by half between two minutes on a shared machine. An A/A line shows how far a ratio
//! moves by chance; a difference smaller than that says nothing.
//!
//! `make bench` builds and runs it. Goals are printed beside the figures.

mod call;
mod measure;
mod memory;
mod native;
mod report;
mod sync;
mod vendor;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    report::heading("a call with a fresh instance");
    call::compare().await?;
    report::heading("a sync of 100,000 records into SQLite");
    sync::compare().await?;
    report::heading("memory");
    memory::show().await
}
