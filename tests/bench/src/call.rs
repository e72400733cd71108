//! A call with a fresh instance, limits on, against wasmtime's defaults: on-demand allocation, no
//! interruption, a new linker's own instance per call.

use std::time::Instant;

use anyhow::{Context, Result};
use tempfile::TempDir;
use wasmtime::{
    Engine, Store,
    component::{Component, Linker, ResourceTable},
};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use windlass_server::Embedded;

use crate::{report::ratio, vendor::Memory};

/// Calls in one measured round; a round takes some tens of milliseconds.
const CALLS: u32 = 500;
const ROUNDS: usize = 15;

pub async fn compare() -> Result<()> {
    let wasm = std::fs::read("target/connectors/baselinker.wasm").context("run `make plugins` first")?;
    let folder = TempDir::new()?;
    let host = Embedded::start(folder.path(), Memory::new(), false).await?;
    let connector = host.load(wasm.clone()).await?;
    let plain = Plain::new(&wasm)?;
    let (mut pairs, mut control) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let ours = timed(async || Ok(host.describe(&connector).await?)).await?;
        let theirs = timed(async || plain.describe().await).await?;
        let ours_again = timed(async || Ok(host.describe(&connector).await?)).await?;
        pairs.push((ours, theirs));
        control.push((ours, ours_again));
    }
    ratio("time, instance + call + drop : wasmtime's defaults", &pairs, "goal <= 1/6, at most 1/4");
    ratio("time, the same : the same (A/A)", &control, "chance");
    Ok(())
}

async fn timed(call: impl AsyncFn() -> Result<()>) -> Result<f64> {
    let began = Instant::now();
    for _ in 0..CALLS {
        call().await?;
    }
    Ok(began.elapsed().as_secs_f64() / f64::from(CALLS))
}

/// wasmtime as it comes.
struct Plain {
    engine: Engine,
    component: Component,
    linker: Linker<State>,
}

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl Plain {
    fn new(wasm: &[u8]) -> Result<Plain> {
        let engine = Engine::default();
        let component = Component::new(&engine, wasm).map_err(plain)?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).map_err(plain)?;
        linker.define_unknown_imports_as_traps(&component).map_err(plain)?;
        Ok(Plain { engine, component, linker })
    }

    async fn describe(&self) -> Result<()> {
        let state = State { wasi: WasiCtx::builder().build(), table: ResourceTable::new() };
        let mut store = Store::new(&self.engine, state);
        let instance = self.linker.instantiate_async(&mut store, &self.component).await.map_err(plain)?;
        let (_, spec) = self
            .component
            .get_export(None, "windlass:connector/spec@0.1.0")
            .context("the component exports its spec")?;
        let (_, describe) = self.component.get_export(Some(&spec), "describe").context("and describes it")?;
        let describe = instance.get_typed_func::<(), (String,)>(&mut store, describe).map_err(plain)?;
        describe.call_async(&mut store, ()).await.map_err(plain)?;
        Ok(())
    }
}

/// wasmtime's error with all its causes.
fn plain(error: wasmtime::Error) -> anyhow::Error {
    anyhow::anyhow!("{error:#}")
}
