//! Deliveries: kept in grouped commits, against a route that keeps nothing, and against one insert for each
//! request.

pub mod load;
mod native;

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use windlass_server::Embedded;

use crate::{
    measure::median,
    report::{figure, ratio},
    vendor::Memory,
};
use load::{Address, Pace, deliver};

const DELIVERIES: usize = 20_000;
/// Each waits for the disk alone: fewer say as much.
const ONE_BY_ONE: usize = 2_000;
const ROUNDS: usize = 5;
const TOKEN: &str = "the vendor shows this token";

pub async fn compare() -> Result<()> {
    let wasm = std::fs::read("target/guests/hooked.wasm").context("run `make guests` first")?;
    let vendor = Memory::new();
    let (mut nothing, mut single, mut control, mut p99) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let ceiling = deliver(&native::keeps_nothing(TOKEN).await?, Pace::Flood, 0, DELIVERIES).await?;
        let ours = grouped(&vendor, &wasm).await?;
        let alone = inserted().await?;
        let ceiling_again = deliver(&native::keeps_nothing(TOKEN).await?, Pace::Flood, 0, DELIVERIES).await?;
        nothing.push((ours.per_second, ceiling.per_second));
        single.push((ours.per_second, alone));
        control.push((ceiling.per_second, ceiling_again.per_second));
        p99.push(ours.p99.as_secs_f64() * 1e3);
    }
    ratio("deliveries/s, kept : not kept at all", &nothing, "goal >= 0.50");
    ratio("deliveries/s, kept in groups : one insert per request", &single, "goal >= 10");
    ratio("deliveries/s, not kept : not kept (A/A)", &control, "chance");
    let kept = median(nothing.iter().map(|(ours, _)| *ours).collect());
    figure("kept", &format!("{kept:.0}/s"), "");
    figure("p99 of their answers", &format!("{:.1} ms", median(p99)), "goal <= 30 ms");
    Ok(())
}

/// The service's own route, with everything that it checks.
async fn grouped(vendor: &Arc<Memory>, wasm: &[u8]) -> Result<load::Took> {
    let folder = TempDir::new()?;
    let mut host = Embedded::start(folder.path(), vendor.clone(), false).await?;
    host.install(wasm.to_vec()).await?;
    host.connect("shop", "hooked", serde_json::json!({}), &[("token", TOKEN)]).await?;
    let path = host.webhook_path("shop", "orders").await?;
    let address = Address { host: host.listen().await?, path, token: TOKEN.to_owned() };
    let took = deliver(&address, Pace::Flood, 0, DELIVERIES).await?;
    // Ground truth is counted in the database.
    let connection = host.db().connection("shop").await?.context("the connection exists")?;
    let webhooks = host.db().webhooks(connection.id).await?;
    let orders = webhooks.iter().find(|webhook| webhook.name == "orders").context("the webhook exists")?;
    let kept = host.db().webhook_use(orders.id).await?.waiting;
    ensure!(kept == DELIVERIES as i64, "{kept} deliveries were kept of {DELIVERIES}");
    host.stop().await;
    Ok(took)
}

async fn inserted() -> Result<f64> {
    let folder = TempDir::new()?;
    let address = native::inserts_each(folder.path()).await?;
    Ok(deliver(&address, Pace::Flood, 0, ONE_BY_ONE).await?.per_second)
}
