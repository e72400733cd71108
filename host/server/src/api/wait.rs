//! Long polls: a request that waits until something can be answered.

use std::{future::Future, time::Duration};

use tokio::time::Instant;

use super::Api;
use crate::problem::Problem;

/// The longest a request waits: below the idle time-outs of common proxies.
pub const MOST_WAIT: Duration = Duration::from_secs(60);
/// How often it looks. Another host may make the change, so looking is the guarantee.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The parameter `wait`, in seconds; 0 or nothing looks once.
pub fn seconds(asked: Option<f64>) -> Result<Duration, Problem> {
    let most = MOST_WAIT.as_secs();
    let wait = Duration::try_from_secs_f64(asked.unwrap_or_default()).ok().filter(|wait| *wait <= MOST_WAIT);
    wait.ok_or_else(|| {
        Problem::bad_param("wait", format!("give seconds from 0 to {most}; ask again to wait longer"))
    })
}

/// Looks until `is_enough`, until the time is over, or until the host stops; gives what was seen last.
pub async fn until<T, F>(
    api: &Api,
    wait: Duration,
    mut look: impl FnMut() -> F,
    mut is_enough: impl FnMut(&T) -> bool,
) -> Result<T, Problem>
where
    F: Future<Output = Result<T, Problem>>,
{
    let end = Instant::now() + wait;
    loop {
        let seen = look().await?;
        let now = Instant::now();
        if now >= end || api.host.is_draining() || is_enough(&seen) {
            return Ok(seen);
        }
        // Either way it looks once more: at the end of the pause, or because the host stops.
        let _ = tokio::time::timeout_at(end.min(now + LOOK_EVERY), api.host.drained()).await;
    }
}
