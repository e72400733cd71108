//! The engine's settings, each with its reason, and the clock tick that interrupts guests.

use std::{sync::Arc, time::Duration};

use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, WasmBacktraceDetails,
};

use crate::error::LoadError;

/// How often a running guest is asked whether its budget is used up: one tick is the most a guest can
/// overdraw, and 100 ticks a second cost nothing measurable.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Calls that may run at once in one host, and so the size of the pool. More than the cores can serve
/// even when most calls wait for their vendor.
pub const CALLS_AT_ONCE: usize = 64;

/// The largest memory any limit may allow. Each slot reserves it as address space, not as memory.
pub(crate) const POOL_MEMORY_BYTES: usize = 1 << 30;
/// A guest in an interpreted language is made of many core modules; those of the tests fit.
const CORE_INSTANCES_PER_COMPONENT: u32 = 40;
/// One for each interpreter and adapter with a memory of its own; most components have one.
const MEMORIES_PER_COMPONENT: u32 = 4;
const TABLES_PER_COMPONENT: u32 = 20;
const POOL_TABLE_ELEMENTS: usize = 65_536;
/// Native stack of guest code: twice the engine's default.
const GUEST_STACK_BYTES: usize = 1 << 20;
/// The fiber holds the guest's stack and the host functions called from it.
const FIBER_STACK_BYTES: usize = 2 << 20;
/// Reset by copying rather than by `madvise`: a gain only where the kernel tells which pages changed.
const KEEP_RESIDENT_BYTES: usize = 1 << 20;
/// Enough to see which function of the connector failed.
const BACKTRACE_FRAMES: usize = 20;

pub(crate) fn engine() -> Result<Engine, LoadError> {
    Engine::new(&config()).map_err(LoadError::host)
}

fn config() -> Config {
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool()))
        // Images of fresh memory are mapped, not copied.
        .memory_init_cow(true)
        // Budgets: cheaper than fuel.
        .epoch_interruption(true)
        // A result depends on the trace alone: no NaN bits, no relaxed SIMD of this machine's own.
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .cranelift_opt_level(OptLevel::Speed)
        .max_wasm_stack(GUEST_STACK_BYTES)
        .async_stack_size(FIBER_STACK_BYTES)
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(BACKTRACE_FRAMES))
        // Names and lines when the component carries them; the environment must not decide.
        .wasm_backtrace_details(WasmBacktraceDetails::Enable)
        .wasm_memory64(false)
        // Plain functions only; synchronous imports are much faster without it.
        .concurrency_support(false);
    config
}

fn pool() -> PoolingAllocationConfig {
    let calls = CALLS_AT_ONCE as u32;
    let keep_resident = match PoolingAllocationConfig::is_pagemap_scan_available() {
        true => KEEP_RESIDENT_BYTES,
        false => 0,
    };
    let mut pool = PoolingAllocationConfig::new();
    // For as many calls as the semaphore lets in, of the hungriest component: a call that has its turn never
    // fails for want of a place. A slot costs address space until it is used.
    pool.total_component_instances(calls)
        .total_core_instances(calls * CORE_INSTANCES_PER_COMPONENT)
        .total_memories(calls * MEMORIES_PER_COMPONENT)
        .total_tables(calls * TABLES_PER_COMPONENT)
        .total_stacks(calls)
        .max_core_instances_per_component(CORE_INSTANCES_PER_COMPONENT)
        .max_tables_per_component(TABLES_PER_COMPONENT)
        .max_memories_per_component(MEMORIES_PER_COMPONENT)
        .max_memory_size(POOL_MEMORY_BYTES)
        .table_elements(POOL_TABLE_ELEMENTS)
        .linear_memory_keep_resident(keep_resident)
        .table_keep_resident(keep_resident.min(64 << 10))
        .pagemap_scan(wasmtime::Enabled::Auto);
    pool
}

/// Advances the epoch until the last engine handle is gone. A thread of its own, because a tick must
/// come even when every async thread is busy with guests.
#[expect(clippy::disallowed_methods, reason = "a tick is real time, whatever clock the host was given")]
pub(crate) fn start_ticks(engine: &Engine) {
    let weak = Arc::new(engine.weak());
    std::thread::Builder::new()
        .name("windlass-epoch".into())
        .spawn(move || {
            while let Some(engine) = weak.upgrade() {
                engine.increment_epoch();
                drop(engine);
                std::thread::sleep(TICK);
            }
        })
        .expect("the system can start one thread");
}

#[cfg(test)]
mod tests {
    use wasmtime::{
        Store,
        component::{Component, Linker},
    };

    use super::*;

    const MEMORY: &[u8] = &[5, 3, 1, 0, 1];
    const TABLE: &[u8] = &[4, 4, 1, 0x70, 0, 1];

    /// A section of a binary that is shorter than 128 bytes.
    fn section(id: u8, content: &[u8]) -> Vec<u8> {
        [&[id, u8::try_from(content.len()).expect("a short section")], content].concat()
    }

    fn module(sections: &[&[u8]]) -> Vec<u8> {
        section(1, &[b"\0asm\x01\0\0\0", &*sections.concat()].concat())
    }

    /// A component of so many instances of each of its modules.
    fn component(modules: &[(Vec<u8>, u32)]) -> Vec<u8> {
        let instances = modules
            .iter()
            .zip(0_u8..)
            .flat_map(|((_, count), module)| (0..*count).flat_map(move |_| section(2, &[1, 0, module, 0])));
        let modules = modules.iter().flat_map(|(module, _)| module.clone());
        b"\0asm\x0d\0\x01\0".iter().copied().chain(modules).chain(instances).collect()
    }

    #[test]
    fn every_call_has_a_place_even_for_the_hungriest_component() {
        let (memories, tables) = (MEMORIES_PER_COMPONENT, TABLES_PER_COMPONENT);
        let hungriest = component(&[
            (module(&[TABLE, MEMORY]), memories),
            (module(&[TABLE]), tables - memories),
            (module(&[]), CORE_INSTANCES_PER_COMPONENT - tables),
        ]);
        let engine = engine().expect("an engine");
        let component = Component::new(&engine, hungriest).expect("a component");
        let places = Linker::<()>::new(&engine).instantiate_pre(&component).expect("it imports nothing");
        let calls = (0..CALLS_AT_ONCE).map(|call| {
            let mut store = Store::new(&engine, ());
            let placed = places.instantiate(&mut store);
            placed.unwrap_or_else(|error| panic!("call {call} of {CALLS_AT_ONCE}: {error:#}"));
            store
        });
        assert_eq!(calls.collect::<Vec<_>>().len(), CALLS_AT_ONCE);
    }
}
