//! What a call uses: thread time while its future is polled, and memory.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use rustix::time::{ClockId, clock_gettime};

use crate::engine::TICK;

/// CPU time of one call.
///
/// To read a thread's CPU clock is a system call, which would be a part of the shortest calls that shows. So
/// elapsed time stands for the first tick of a call, and thread time counts from then on. In elapsed time a
/// thread may have waited for a processor: a stretch of it counts for one tick at most, so that a call is
/// charged for less than two ticks of waiting, whatever the machine does beside it.
///
/// Only one thread polls a call at a time, so plain loads and stores suffice.
#[derive(Debug, Default)]
pub(crate) struct CpuMeter {
    finished_ns: AtomicU64,
    /// What the clock in use said when the present stretch began; 0 between polls.
    began_ns: AtomicU64,
    /// Whether thread time counts.
    exact: AtomicBool,
}

/// The most that elapsed time may stand for.
const MOST_ELAPSED_NS: u64 = TICK.as_nanos() as u64;

impl CpuMeter {
    /// CPU time up to now. Thread time counts after a look in the middle of a poll, as a tick takes it.
    pub fn used(&self) -> Duration {
        if self.began_ns.load(Relaxed) != 0 {
            self.end();
            self.exact.store(true, Relaxed);
            self.begin();
        }
        Duration::from_nanos(self.finished_ns.load(Relaxed))
    }

    /// Work done for the call on another thread.
    pub fn add(&self, work: Duration) {
        self.finished_ns.fetch_add(work.as_nanos() as u64, Relaxed);
    }

    /// Counts every poll of `future`.
    pub async fn measure<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|cx| {
            self.begin();
            let polled = future.as_mut().poll(cx);
            self.end();
            polled
        })
        .await
    }

    fn begin(&self) {
        self.began_ns.store(self.clock_ns(), Relaxed);
    }

    fn end(&self) {
        let stretch = self.clock_ns().saturating_sub(self.began_ns.load(Relaxed));
        self.began_ns.store(0, Relaxed);
        let exact = self.exact.load(Relaxed);
        let counted = if exact { stretch } else { stretch.min(MOST_ELAPSED_NS) };
        let finished = self.finished_ns.load(Relaxed) + counted;
        self.finished_ns.store(finished, Relaxed);
        self.exact.store(exact || finished >= MOST_ELAPSED_NS, Relaxed);
    }

    fn clock_ns(&self) -> u64 {
        match self.exact.load(Relaxed) {
            true => thread_cpu_ns(),
            false => read_ns(ClockId::Monotonic),
        }
    }
}

/// CPU time the calling thread has used.
pub(crate) fn thread_cpu_ns() -> u64 {
    read_ns(ClockId::ThreadCPUTime)
}

fn read_ns(clock: ClockId) -> u64 {
    let time = clock_gettime(clock);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Memory of one call: what its linear memories and tables hold, and what the host holds for it.
#[derive(Debug)]
pub struct MemoryMeter {
    allowed: usize,
    used: AtomicUsize,
    peak: AtomicUsize,
}

/// The call wanted more memory than it may have.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("out of memory")]
pub struct OverMemory {
    pub wanted: usize,
    pub allowed: usize,
}

impl MemoryMeter {
    pub fn new(allowed: usize) -> Self {
        MemoryMeter { allowed, used: AtomicUsize::new(0), peak: AtomicUsize::new(0) }
    }

    /// All of it or none. A thread that picks rows may hold memory beside the one that polls the call.
    pub fn take(&self, bytes: usize) -> Result<(), OverMemory> {
        let fits = |used: usize| used.checked_add(bytes).filter(|wanted| *wanted <= self.allowed);
        match self.used.fetch_update(Relaxed, Relaxed, fits) {
            Ok(before) => {
                self.peak.fetch_max(before + bytes, Relaxed);
                Ok(())
            }
            Err(used) => Err(OverMemory { wanted: used.saturating_add(bytes), allowed: self.allowed }),
        }
    }

    pub fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Relaxed);
    }

    #[cfg(test)]
    pub fn used(&self) -> usize {
        self.used.load(Relaxed)
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{CpuMeter, TICK, thread_cpu_ns};

    const WORK: Duration = TICK.saturating_mul(5);

    /// Uses CPU time of the calling thread.
    fn work() {
        let began = thread_cpu_ns();
        while thread_cpu_ns() - began < WORK.as_nanos() as u64 {
            std::hint::spin_loop();
        }
    }

    /// Lets the calling thread wait while another one works.
    fn wait() {
        std::thread::scope(|scope| scope.spawn(work).join().unwrap());
    }

    #[tokio::test]
    async fn thread_time_counts_after_the_first_tick() {
        let (meter, began) = (CpuMeter::default(), thread_cpu_ns());
        meter.measure(async { work() }).await;
        assert_eq!(meter.used(), TICK);
        meter.measure(async { work() }).await;
        let most = Duration::from_nanos(thread_cpu_ns() - began);
        assert!(meter.used() >= TICK + WORK && meter.used() < most, "{:?} of {most:?}", meter.used());
    }

    #[tokio::test]
    async fn a_thread_that_waits_is_charged_for_less_than_two_ticks() {
        let meter = CpuMeter::default();
        for _ in 0..3 {
            meter.measure(async { wait() }).await;
        }
        assert!(meter.used() < 2 * TICK, "{:?}", meter.used());
    }

    #[tokio::test]
    async fn thread_time_counts_after_a_look_in_the_middle_of_a_poll() {
        let meter = CpuMeter::default();
        let used = async {
            let before = meter.used();
            work();
            meter.used() - before
        };
        assert!(meter.measure(used).await >= WORK);
    }

    #[tokio::test]
    async fn work_elsewhere_counts_when_it_is_added() {
        let meter = CpuMeter::default();
        meter.measure(async { tokio::task::spawn_blocking(work).await.unwrap() }).await;
        assert!(meter.used() < 2 * TICK, "{:?}", meter.used());
        meter.add(WORK);
        assert!(meter.used() >= WORK, "{:?}", meter.used());
    }
}
