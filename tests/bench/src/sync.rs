//! Sync: through the sandbox, with all limits and the traces' defaults on, against the native loop.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use windlass_db::{Connection, Db, NewRun, RunKind, RunState, Trigger};
use windlass_server::Embedded;

use crate::{
    measure::{Cost, cost},
    native,
    report::ratio,
    vendor::{Memory, ORDERS},
};

const ROUNDS: usize = 5;
/// How often the bench looks whether its run has ended.
const LOOK_EVERY: Duration = Duration::from_millis(5);

pub async fn compare() -> Result<()> {
    let vendor = Memory::new();
    let wasm = std::fs::read("target/connectors/baselinker.wasm").context("run `make plugins` first")?;
    let (mut speed, mut cpu, mut again, mut control) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let one = natively(&vendor, &wasm).await?;
        let (first, second) = sandboxed(&vendor, &wasm).await?;
        let other = natively(&vendor, &wasm).await?;
        // Between two of them, so that what drifts over a round counts on both sides.
        speed.push(((seconds(&one.wall) + seconds(&other.wall)) / 2.0, seconds(&first.wall)));
        cpu.push((seconds(&first.cpu), (seconds(&one.cpu) + seconds(&other.cpu)) / 2.0));
        again.push((seconds(&second.wall), seconds(&first.wall)));
        control.push((seconds(&one.wall), seconds(&other.wall)));
    }
    ratio("records/s, sandboxed : native", &speed, "goal >= 0.95, at least 0.80");
    ratio("CPU, sandboxed : native", &cpu, "goal <= 1.15");
    ratio("time, second sync with nothing changed : first", &again, "goal <= 0.5");
    ratio("records/s, native : native (A/A)", &control, "chance");
    Ok(())
}

fn seconds(time: &Duration) -> f64 {
    time.as_secs_f64()
}

async fn natively(vendor: &Arc<Memory>, wasm: &[u8]) -> Result<Cost> {
    let folder = TempDir::new()?;
    let host = embedded(folder.path(), vendor, wasm, false).await?;
    let connection = connection(host.db()).await?;
    let took = cost(native::sync(host.db(), &connection, vendor)).await?;
    check(host.db(), &connection, ORDERS).await?;
    Ok(took)
}

/// The first sync, and a second one that finds nothing new.
async fn sandboxed(vendor: &Arc<Memory>, wasm: &[u8]) -> Result<(Cost, Cost)> {
    let folder = TempDir::new()?;
    let host = embedded(folder.path(), vendor, wasm, true).await?;
    let connection = connection(host.db()).await?;
    let first = cost(run(&host, &connection, false)).await?;
    check(host.db(), &connection, ORDERS).await?;
    let second = cost(run(&host, &connection, true)).await?;
    check(host.db(), &connection, ORDERS).await?;
    host.stop().await;
    Ok((first, second))
}

async fn embedded(folder: &Path, vendor: &Arc<Memory>, wasm: &[u8], works: bool) -> Result<Embedded> {
    let host = Embedded::start(folder, vendor.clone(), works).await?;
    host.install(wasm.to_vec()).await?;
    let config = serde_json::json!({ "base_url": "https://vendor.example", "requests_per_minute": 100_000 });
    host.connect("bench", "baselinker", config, &[("token", "1-23-BENCHMARKBENCHMARK")]).await?;
    Ok(host)
}

async fn connection(db: &Db) -> Result<Connection> {
    db.connection("bench").await?.context("the connection exists")
}

async fn run(host: &Embedded, connection: &Connection, full: bool) -> Result<()> {
    let db = host.db();
    let stream = db.stream(connection.id, "orders").await?.context("the stream exists")?;
    let now = db.now().await?;
    let new = NewRun {
        kind: RunKind::Sync,
        trigger: Trigger::Manual,
        connection: connection.id,
        stream: Some(stream.id),
        action: None,
        full,
        input: None,
        input_sealed: None,
        key: None,
        input_hash: None,
        ordering: None,
        due_at: now,
    };
    let (run, _) = db.sync_enqueue(now, &new).await?;
    host.wake();
    loop {
        let run = db.run(run.id).await?.context("the run exists")?;
        match run.state {
            RunState::Queued | RunState::Running => tokio::time::sleep(LOOK_EVERY).await,
            state => {
                ensure!(state == RunState::Succeeded, "the run ended as {state:?}: {:?}", run.error);
                return Ok(());
            }
        }
    }
}

/// Ground truth is counted in the database, not in the program under test.
async fn check(db: &Db, connection: &Connection, expected: u64) -> Result<()> {
    let stream = db.stream(connection.id, "orders").await?.context("the stream exists")?;
    ensure!(stream.records == expected as i64, "{} records arrived, expected {expected}", stream.records);
    ensure!(stream.sequence == expected as i64, "{} changes were made, expected {expected}", stream.sequence);
    Ok(())
}
