//! Swaps of a connector: what vendors that deliver notice of them, and what the first call after one costs.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use windlass_server::Embedded;

use crate::{
    measure::median,
    report::{figure, ratio},
    vendor::Memory,
    webhook::load::{Address, Pace, Took, deliver},
};

/// 200 a second, for ten seconds: what many vendors together deliver.
const PACE: Pace = Pace::Every(Duration::from_millis(5));
const DELIVERIES: usize = 2_000;
const ROUNDS: usize = 5;
/// Far more often than anybody swaps, so that many of the answers fall into a swap.
const SWAP_EVERY: Duration = Duration::from_millis(200);
const TOKEN: &str = "the vendor shows this token";
/// What the guest calls itself, and the version that is made of it.
const MARKS: [&[u8]; 2] = [b"windlass-version|1.0.0|", b"windlass-version|2.0.0|"];

pub async fn compare() -> Result<()> {
    let versions = versions()?;
    let (mut swapped, mut control, mut first) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let folder = TempDir::new()?;
        let mut host = Embedded::start(folder.path(), Memory::new(), false).await?;
        host.install(versions[0].clone()).await?;
        host.connect("shop", "versioned", serde_json::json!({}), &[("token", TOKEN)]).await?;
        let path = host.webhook_path("shop", "events").await?;
        let address = Address { host: host.listen().await?, path, token: TOKEN.to_owned() };
        let still = deliver(&address, PACE, 0, DELIVERIES).await?;
        let moved = deliver_through_swaps(&host, &address, DELIVERIES, &versions).await?;
        let again = deliver(&address, PACE, 2 * DELIVERIES, DELIVERIES).await?;
        // Between two of them, so that what drifts over a round counts on both sides.
        swapped.push((millis(moved.p99), (millis(still.p99) + millis(again.p99)) / 2.0));
        control.push((millis(again.p99), millis(still.p99)));
        first.push(first_call(&host, &versions).await?);
        host.stop().await;
    }
    ratio("p99 of answers, swaps : no swap", &swapped, "goal <= 1.2");
    ratio("p99 of answers, no swap : no swap (A/A)", &control, "chance");
    figure("the first call after a swap takes more", &format!("{:.3} ms", median(first)), "goal <= 0.5 ms");
    Ok(())
}

/// Both versions of the guest; the second is written over the first.
fn versions() -> Result<[Vec<u8>; 2]> {
    let one = std::fs::read("target/guests/versioned.wasm").context("run `make guests` first")?;
    let mark = one.windows(MARKS[0].len()).position(|window| window == MARKS[0]);
    let mark = mark.context("the guest has its mark")?;
    let mut other = one.clone();
    other[mark..mark + MARKS[1].len()].copy_from_slice(MARKS[1]);
    Ok([one, other])
}

async fn deliver_through_swaps(
    host: &Embedded,
    address: &Address,
    from: usize,
    versions: &[Vec<u8>; 2],
) -> Result<Took> {
    let delivering = deliver(address, PACE, from, DELIVERIES);
    tokio::pin!(delivering);
    let mut ticks = tokio::time::interval(SWAP_EVERY);
    let mut swaps = 0;
    loop {
        tokio::select! {
            took = &mut delivering => {
                ensure!(swaps > 1, "{swaps} swaps were made");
                return took;
            }
            _ = ticks.tick() => {
                swaps += 1;
                // The deliveries go on meanwhile: each connection is a task of its own.
                host.install(versions[swaps % 2].clone()).await?;
            }
        }
    }
}

/// How much longer it takes than the call after it; milliseconds. What a guest answers does not matter.
async fn first_call(host: &Embedded, versions: &[Vec<u8>; 2]) -> Result<f64> {
    let mut more = Vec::new();
    for swap in 0..10 {
        host.install(versions[swap % 2].clone()).await?;
        let bound = host.bind("shop").await?;
        let mut took = [0.0; 2];
        for took in &mut took {
            let began = Instant::now();
            // A failure is an answer, too.
            let _ = host.migrate(&bound).await;
            *took = millis(began.elapsed());
        }
        more.push(took[0] - took[1]);
    }
    Ok(median(more))
}

fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1e3
}
