//! The scheduler: a stream whose time has come gets a run, and its next time; so does a webhook with
//! deliveries, and a flow that there is something to show to.

use std::{sync::Arc, time::Duration};

use windlass_db::{DbError, Schedule, Trigger};

use super::finish::jitter;
use crate::{cron, host::Host};

/// How often due streams are looked for: the resolution of a schedule.
pub const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Streams moved on in one look; what is left is found by the next.
const MOST_AT_ONCE: i64 = 200;
/// Intervals are shortened by up to a tenth, so that connections made together drift apart.
const JITTER_PART: i64 = 10;

pub async fn enqueue_due(host: &Arc<Host>) -> Result<(), DbError> {
    let now = host.db.now().await?;
    for stream in host.db.streams_due(now, MOST_AT_ONCE).await? {
        let next = match &stream.schedule {
            Schedule::Every(every_ms) => next_due(now, *every_ms, jitter()),
            Schedule::Cron { expression, zone } => match cron::next_due(expression, zone, now, jitter()) {
                Ok(next) => next,
                Err(error) => {
                    host.db.stream_stop(stream.id, "config", &error.to_string()).await?;
                    continue;
                }
            },
        };
        if host.db.stream_enqueue_due(now, stream.id, stream.due_at, next).await? {
            host.wake.notify_one();
        }
    }
    for flow in host.db.flows_due(MOST_AT_ONCE).await? {
        if host.db.flow_enqueue(now, flow, Trigger::Schedule).await? {
            host.wake.notify_one();
        }
    }
    Ok(())
}

/// Webhooks whose deliveries are due get a run.
pub async fn enqueue_deliveries(host: &Arc<Host>) -> Result<(), DbError> {
    let now = host.db.now().await?;
    for webhook in host.db.webhooks_due(now).await? {
        if host.db.webhook_enqueue(now, webhook).await? {
            host.wake.notify_one();
        }
    }
    Ok(())
}

/// One jittered interval from now: what was missed while the host was down is not made up for.
/// `jitter` in thousandths, 0 to 999.
pub fn next_due(now: i64, every_ms: i64, jitter: i64) -> i64 {
    now + every_ms - every_ms / JITTER_PART * jitter.clamp(0, 999) / 1_000
}

#[cfg(test)]
mod tests {
    use super::next_due;

    #[test]
    fn the_next_time_is_at_most_a_tenth_early() {
        assert_eq!(next_due(1_000, 60_000, 0), 61_000);
        assert_eq!(next_due(1_000, 60_000, 999), 61_000 - 5_994);
    }
}
