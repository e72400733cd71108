//! The worker: takes due runs, keeps their leases, and works on as many at once as there are places.

use std::{future::Future, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use tokio::{sync::Semaphore, task::JoinSet, time::MissedTickBehavior};
use windlass_db::{DbError, Lease, Next, Run, RunKind};

use super::{
    action, blame::host_error, flow, lease::LEASE_MS, lease::RENEW_EVERY, retry, scheduler, sync, webhook,
};
use crate::{activation, host::Host, install, settings::Role};

/// Runs worked on at once: as many as calls, since each run makes one call at a time.
const RUNS_AT_ONCE: usize = windlass_sandbox::CALLS_AT_ONCE;
/// The longest sleep between two looks: wake-ups are an optimisation, polling is the guarantee.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// A swap made by another host is followed within two seconds of it.
const FOLLOW_EVERY: Duration = Duration::from_secs(1);
const RESCUE_EVERY: Duration = Duration::from_secs(2);
const PRUNE_EVERY: Duration = Duration::from_secs(60);
/// Versions are kept for months.
const PRUNE_VERSIONS_EVERY: Duration = Duration::from_secs(3_600);

/// Starts the loops of this host's role. They end when the host drains.
pub fn spawn(host: &Arc<Host>) -> JoinSet<()> {
    let mut loops = JoinSet::new();
    loops.spawn(every(host.clone(), FOLLOW_EVERY, async |host| {
        activation::tick(host).await.map_err(|error| error.to_string())
    }));
    loops.spawn(every(host.clone(), PRUNE_VERSIONS_EVERY, async |host| {
        install::prune(host).await.map_err(|error| error.to_string())
    }));
    loops.spawn(enqueue_kept(host.clone()));
    if host.settings.role == Role::Api {
        return loops;
    }
    loops.spawn(take(host.clone()));
    loops.spawn(every(host.clone(), RESCUE_EVERY, async |host| {
        let rescued = async { host.db.rescue(host.db.now().await?, false).await };
        let rescued = rescued.await.map_err(|error: DbError| error.to_string())?;
        if rescued > 0 {
            tracing::warn!(runs = rescued, "rescued runs whose lease had expired");
        }
        Ok(())
    }));
    loops.spawn(every(host.clone(), scheduler::LOOK_EVERY, async |host| {
        scheduler::enqueue_due(host).await.map_err(|error| error.to_string())
    }));
    loops.spawn(every(host.clone(), PRUNE_EVERY, async |host| {
        let now = host.db.now().await.map_err(|error| error.to_string())?;
        // A prune is bounded; what is left is pruned at once, unless the host stops.
        while host.db.prune(now, &host.settings.retention).await.map_err(|error| error.to_string())? {
            if host.is_draining() {
                break;
            }
        }
        Ok(())
    }));
    loops
}

/// Gives webhooks with deliveries a run: at once when some were kept here, and by polling.
async fn enqueue_kept(host: Arc<Host>) {
    while !host.is_draining() {
        // Subscribed before looking, so that what is kept meanwhile is not slept over.
        let kept = host.webhooks.kept.notified();
        if let Err(error) = scheduler::enqueue_deliveries(&host).await {
            tracing::error!(%error, "cannot enqueue runs for deliveries; it will be tried again");
        }
        tokio::select! {
            () = kept => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = host.drained() => {}
        }
    }
}

/// Does `work` again and again until the host drains; a failure is logged and tried again.
async fn every(host: Arc<Host>, period: Duration, work: impl AsyncFn(&Arc<Host>) -> Result<(), String>) {
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = host.drained() => return,
        }
        if let Err(error) = work(&host).await {
            tracing::error!(error, "background work failed; it will be tried again");
        }
    }
}

/// Renews this host's leases for as long as it is polled.
async fn renew(host: &Host) {
    let mut ticks = tokio::time::interval(RENEW_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        host.leases.renew(host).await;
    }
}

async fn take(host: Arc<Host>) {
    // Leases are renewed until the last run has been handed back, draining included.
    tokio::select! {
        () = take_until_drained(&host) => {}
        () = renew(&host) => {}
    }
}

async fn take_until_drained(host: &Arc<Host>) {
    let places = Arc::new(Semaphore::new(RUNS_AT_ONCE));
    let mut working = JoinSet::new();
    while !host.is_draining() {
        // Subscribed before looking, so that a run enqueued meanwhile is not slept over.
        let woken = host.wake.notified();
        let taken = take_some(host, &places, &mut working).await;
        while working.try_join_next().is_some() {}
        match taken {
            Ok(0) => {
                tokio::select! {
                    () = woken => {}
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                    () = host.drained() => {}
                    Some(_) = working.join_next() => {}
                }
            }
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, "cannot take runs");
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    }
    // Draining: calls that run now finish and commit; their runs are handed back.
    while working.join_next().await.is_some() {}
}

async fn take_some(
    host: &Arc<Host>,
    places: &Arc<Semaphore>,
    working: &mut JoinSet<()>,
) -> Result<usize, DbError> {
    let free = places.available_permits();
    if free == 0 {
        return Ok(0);
    }
    let now = host.db.now().await?;
    let runs = host.db.take(now, &host.name, LEASE_MS, free as i64).await?;
    let count = runs.len();
    for (run, lease) in runs {
        let place = places.clone().try_acquire_owned();
        let host = host.clone();
        working.spawn(async move {
            let _place = place;
            work(&host, run, lease).await;
        });
    }
    Ok(count)
}

/// Works on one run. A panic in host code ends this run only.
async fn work(host: &Arc<Host>, run: Run, lease: Lease) {
    let held = host.leases.hold(lease.clone());
    let (id, attempt) = (run.id, run.attempt);
    let worked = async {
        match run.kind {
            RunKind::Sync => sync::run(host, run, &held).await,
            RunKind::Action => action::run(host, run, &held).await,
            RunKind::Webhook => webhook::run(host, run, &held).await,
            RunKind::Flow => flow::run(host, run, &held).await,
        }
    };
    let error = match unpanicked(worked).await {
        Ok(Ok(())) => return,
        Ok(Err(DbError::LeaseLost)) => {
            tracing::warn!(
                run = id,
                "lost the lease of a run: another host goes on with it, or its connection is gone"
            );
            return;
        }
        Ok(Err(error)) => error.to_string(),
        Err(panic) => panic.to_owned(),
    };
    tracing::error!(run = id, error, "a run met an error of the host");
    let given_back = async {
        let now = host.db.now().await?;
        let error = host_error(error);
        let next = match attempt < retry::MOST_ATTEMPTS {
            true => Next::Retry { at: now + retry::delay_ms(attempt, 0), error },
            false => action::give_up(host, id, error).await?,
        };
        host.db.transition(now, &lease, &next).await
    };
    if let Err(error) = given_back.await {
        // Its lease will expire, and it is rescued then.
        tracing::error!(run = id, %error, "cannot hand a run back");
    }
}

/// What work ends with, or what is told of a panic in it: it ends this work alone.
async fn unpanicked<T>(work: impl Future<Output = T>) -> Result<T, &'static str> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|_| "the host panicked while it worked on this run")
}

#[cfg(test)]
mod tests {
    use tokio::task::JoinSet;

    use super::unpanicked;

    #[tokio::test]
    async fn a_panic_ends_its_own_work_and_the_other_goes_on() {
        let (said, heard) = tokio::sync::oneshot::channel();
        let mut working = JoinSet::new();
        working.spawn(unpanicked(async { heard.await.expect("the other works") }));
        let panicked = unpanicked(async {
            tokio::task::yield_now().await;
            panic!("an invariant of the host does not hold");
        });
        assert_eq!(panicked.await, Err::<(), _>("the host panicked while it worked on this run"));
        said.send(7).expect("it waits");
        assert_eq!(working.join_all().await, [Ok(7)]);
    }
}
