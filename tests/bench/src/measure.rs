//! Time and CPU of a piece of work.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// What one run of a piece of work took.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    pub wall: Duration,
    /// Of the whole process, kernel included.
    pub cpu: Duration,
}

pub async fn cost<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<Cost> {
    let (began, cpu) = (Instant::now(), process_cpu());
    work.await?;
    Ok(Cost { wall: began.elapsed(), cpu: process_cpu() - cpu })
}

fn process_cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The middle one; of an even number the upper of the two.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
