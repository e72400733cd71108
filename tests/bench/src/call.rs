//! The smallest call with a fresh instance, all limits on, against wasmtime's defaults: on-demand
//! allocation, component-model async, no interruption.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use wasmtime::{
    Engine, Store,
    component::{
        Component, ComponentExportIndex, InstancePre, Linker, ResourceTable, ResourceType, Val,
        types::{ComponentInstance, ComponentItem},
    },
};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use windlass_server::Embedded;

use crate::{
    measure::median,
    report::{figure, ratio},
    vendor::Memory,
};

/// Calls in one measured round; a round takes some tens of milliseconds.
const CALLS: u32 = 500;
const ROUNDS: usize = 15;

pub async fn compare() -> Result<()> {
    let wasm = std::fs::read("target/connectors/baselinker.wasm").context("run `make plugins` first")?;
    let folder = TempDir::new()?;
    let host = Embedded::start(folder.path(), Memory::new(), false).await?;
    host.install(wasm.clone()).await?;
    let config = serde_json::json!({ "base_url": "https://vendor.example" });
    host.connect("bench", "baselinker", config, &[("token", "1-23-BENCHMARKBENCHMARK")]).await?;
    let bound = host.bind("bench").await?;
    let plain = Plain::new(&wasm)?;
    let (mut pairs, mut control) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let ours = timed(async || Ok(host.migrate(&bound).await.map(drop)?)).await?;
        let theirs = timed(async || plain.migrate().await).await?;
        let ours_again = timed(async || Ok(host.migrate(&bound).await.map(drop)?)).await?;
        pairs.push((ours, theirs));
        control.push((ours, ours_again));
    }
    ratio("time, instance + call + drop : wasmtime's defaults", &pairs, "goal <= 1/6, at most 1/4");
    ratio("time, the same : the same (A/A)", &control, "chance");
    figure("one call", &format!("{:.1} us", median(pairs.iter().map(|(ours, _)| ours * 1e6).collect())), "");
    Ok(())
}

async fn timed(call: impl AsyncFn() -> Result<()>) -> Result<f64> {
    let began = Instant::now();
    for _ in 0..CALLS {
        call().await?;
    }
    Ok(began.elapsed().as_secs_f64() / f64::from(CALLS))
}

/// wasmtime as it comes, linked ahead.
struct Plain {
    engine: Engine,
    pre: InstancePre<State>,
    migrate: ComponentExportIndex,
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
        for (name, item) in component.component_type().imports(&engine) {
            if let (true, ComponentItem::ComponentInstance(instance)) =
                (name.starts_with("windlass:"), item.ty)
            {
                stub(&engine, name, &mut linker, &instance)?;
            }
        }
        let (_, streams) =
            component.get_export(None, "windlass:connector/streams@0.1.0").context("it exports streams")?;
        let (_, migrate) = component.get_export(Some(&streams), "migrate").context("and migrate")?;
        let pre = linker.instantiate_pre(&component).map_err(plain)?;
        Ok(Plain { engine, pre, migrate })
    }

    async fn migrate(&self) -> Result<()> {
        let state = State { wasi: WasiCtx::builder().build(), table: ResourceTable::new() };
        let mut store = Store::new(&self.engine, state);
        let instance = self.pre.instantiate_async(&mut store).await.map_err(plain)?;
        let migrate = instance.get_func(&mut store, self.migrate).context("migrate is a function")?;
        let arguments = [Val::String("orders".into()), Val::String("{}".into()), Val::U32(1)];
        let mut results = [Val::Bool(false)];
        migrate.call_async(&mut store, &arguments, &mut results).await.map_err(plain)?;
        ensure!(matches!(results[0], Val::Result(Ok(_))), "migrate failed: {:?}", results[0]);
        Ok(())
    }
}

/// The capabilities: the configuration is empty, everything else is an error.
fn stub(
    engine: &Engine,
    interface: &str,
    linker: &mut Linker<State>,
    instance: &ComponentInstance,
) -> Result<()> {
    let is_config = interface.starts_with("windlass:connector/config@");
    let mut linker = linker.instance(interface).map_err(plain)?;
    for (name, item) in instance.exports(engine) {
        let stubbed = match item.ty {
            ComponentItem::ComponentFunc(_) if is_config => {
                linker.func_wrap(name, |_, (): ()| Ok((String::from("{}"),)))
            }
            ComponentItem::ComponentFunc(_) => {
                linker.func_new(name, |_, _, _, _| Err(wasmtime::Error::msg("not here")))
            }
            ComponentItem::Resource(_) => linker.resource(name, ResourceType::host::<()>(), |_, _| Ok(())),
            _ => Ok(()),
        };
        stubbed.map_err(plain)?;
    }
    Ok(())
}

/// wasmtime's error with all its causes.
fn plain(error: wasmtime::Error) -> anyhow::Error {
    anyhow::anyhow!("{error:#}")
}
