//! What a call uses: thread time while its future is polled, and memory.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use rustix::time::{ClockId, clock_gettime};

/// CPU time of one call. Only one thread polls a call at a time, so plain loads and stores suffice.
#[derive(Debug, Default)]
pub(crate) struct CpuMeter {
    finished_ns: AtomicU64,
    /// The thread's CPU time when the present poll began; 0 between polls.
    poll_began_ns: AtomicU64,
}

impl CpuMeter {
    pub fn used(&self) -> Duration {
        let began = self.poll_began_ns.load(Relaxed);
        let present = if began == 0 { 0 } else { thread_cpu_ns().saturating_sub(began) };
        Duration::from_nanos(self.finished_ns.load(Relaxed) + present)
    }

    /// Work done for the call on another thread.
    pub fn add(&self, work: Duration) {
        self.finished_ns.fetch_add(work.as_nanos() as u64, Relaxed);
    }

    /// Counts every poll of `future`.
    pub fn measure<F: Future>(self: &Arc<Self>, future: F) -> Measured<F> {
        Measured { meter: self.clone(), future: Box::pin(future) }
    }
}

/// CPU time the calling thread has used.
pub(crate) fn thread_cpu_ns() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

pub(crate) struct Measured<F> {
    meter: Arc<CpuMeter>,
    future: Pin<Box<F>>,
}

impl<F: Future> Future for Measured<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let began = thread_cpu_ns();
        self.meter.poll_began_ns.store(began, Relaxed);
        let polled = self.future.as_mut().poll(cx);
        self.meter.poll_began_ns.store(0, Relaxed);
        self.meter.add(Duration::from_nanos(thread_cpu_ns().saturating_sub(began)));
        polled
    }
}

/// Memory of one call: what its linear memories and tables hold and the bodies kept for it.
#[derive(Debug)]
pub(crate) struct MemoryMeter {
    allowed: usize,
    used: AtomicUsize,
    peak: AtomicUsize,
}

/// The call wanted more memory than it may have.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("out of memory")]
pub(crate) struct OverMemory {
    pub wanted: usize,
    pub allowed: usize,
}

impl MemoryMeter {
    pub fn new(allowed: usize) -> Self {
        MemoryMeter { allowed, used: AtomicUsize::new(0), peak: AtomicUsize::new(0) }
    }

    pub fn take(&self, bytes: usize) -> Result<(), OverMemory> {
        let wanted = self.used.load(Relaxed).saturating_add(bytes);
        if wanted > self.allowed {
            return Err(OverMemory { wanted, allowed: self.allowed });
        }
        self.used.store(wanted, Relaxed);
        self.peak.fetch_max(wanted, Relaxed);
        Ok(())
    }

    pub fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Relaxed);
    }

    pub fn peak(&self) -> usize {
        self.peak.load(Relaxed)
    }
}

/// Hooks the meter into the engine: linear memories and tables are taken as they grow.
pub(crate) struct Growth {
    pub memory: Arc<MemoryMeter>,
    pub table_elements: usize,
}

/// What one table element costs the host.
const TABLE_ELEMENT_BYTES: usize = 8;

impl wasmtime::ResourceLimiter for Growth {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        // Refusing softly would end in an abort of the guest that names no reason.
        self.memory.take(desired.saturating_sub(current))?;
        Ok(true)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        if desired > self.table_elements {
            return Err(OverMemory {
                wanted: desired * TABLE_ELEMENT_BYTES,
                allowed: self.table_elements * TABLE_ELEMENT_BYTES,
            }
            .into());
        }
        self.memory.take(desired.saturating_sub(current) * TABLE_ELEMENT_BYTES)?;
        Ok(true)
    }
}
