//! What the host holds for one call, and hands to its capabilities.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering::Relaxed},
};

use wasmtime_wasi::{ResourceTable, WasiCtx, WasiCtxView, WasiView};

use crate::{
    capability::{log::LogBuffer, records::Records, storage::CallStorage, wasi},
    egress::{RateLimiter, Requests},
    meter::{CpuMeter, Growth, MemoryMeter},
    replay::{Import, Playback, tape::Tape},
};

/// Tells the time in Unix milliseconds.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

pub(crate) struct CallState {
    /// Made when the guest first asks for it, which a short call seldom does.
    pub wasi: Option<WasiCtx>,
    /// Of the guest's random numbers.
    pub seed: u64,
    pub table: ResourceTable,
    pub growth: Growth,
    pub memory: Arc<MemoryMeter>,
    pub cpu: Arc<CpuMeter>,
    pub log: Arc<LogBuffer>,
    pub time: GuestTime,
    /// None while `describe` runs: every import of ours is denied.
    pub capabilities: Option<Capabilities>,
}

pub(crate) struct Capabilities {
    pub config: Arc<str>,
    pub egress: Arc<dyn Requests>,
    pub limiter: Arc<dyn RateLimiter>,
    pub storage: Arc<CallStorage>,
    /// A flow's alone.
    pub records: Option<Arc<dyn Records>>,
}

impl CallState {
    /// The capabilities of a live call, or the trap of a call that has none.
    pub fn capabilities(&mut self, import: &str) -> wasmtime::Result<&mut Capabilities> {
        self.capabilities
            .as_mut()
            .ok_or_else(|| wasmtime::Error::msg(format!("`describe` may call nothing, and called {import}")))
    }
}

impl WasiView for CallState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let ctx = self.wasi.get_or_insert_with(|| wasi::context(&self.time, self.seed, &self.log));
        WasiCtxView { ctx, table: &mut self.table }
    }
}

/// The guest's clock: stands still while the guest computes, and moves when an import returns.
#[derive(Clone)]
pub(crate) struct GuestTime {
    now: Arc<AtomicI64>,
    clock: Clock,
    /// Tells the time instead of the clock.
    playback: Option<Arc<Playback>>,
    tape: Arc<Tape>,
}

impl GuestTime {
    pub fn starting_at(now: i64, clock: Clock, playback: Option<Arc<Playback>>, tape: Arc<Tape>) -> Self {
        GuestTime { now: Arc::new(AtomicI64::new(now)), clock, playback, tape }
    }

    pub fn now_ms(&self) -> i64 {
        self.now.load(Relaxed)
    }

    /// An import that waited returns now. Time never goes back. An error ends a replayed call that asked
    /// what was not asked before.
    pub fn import_returned(&self, import: Import) -> wasmtime::Result<()> {
        let at = match &self.playback {
            None => (self.clock)(),
            Some(playback) => match playback.returned(import).map_err(wasmtime::Error::msg)? {
                Some(at) => at,
                None => return Ok(()),
            },
        };
        let before = self.now.fetch_max(at, Relaxed);
        self.tape.returned(import, before.max(at));
        Ok(())
    }
}
