//! Watching versions that are not confirmed: good calls are counted, and each activation is moved on.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use windlass_db::Activation;

use super::{follow, guard, hosts, steps};
use crate::{host::Host, problem::Problem, registry::Registry};

/// Good calls of watched versions that are not written down yet. One that is lost in a crash only makes the
/// watch longer.
#[derive(Default)]
pub struct Counted(Mutex<HashMap<String, i64>>);

impl Counted {
    /// Calls of a version have returned, and what they left is committed.
    pub fn add(&self, registry: &Registry, digest: &str, calls: usize) {
        if calls > 0 && registry.is_watched(digest) {
            *self.lock().entry(digest.to_owned()).or_default() += i64::try_from(calls).unwrap_or(i64::MAX);
        }
    }

    fn take(&self) -> HashMap<String, i64> {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What every host does once a second. Of several hosts that want the same step one makes it.
pub async fn tick(host: &Host) -> Result<(), Problem> {
    for (digest, calls) in host.counted.take() {
        host.db.activation_count(&digest, calls).await?;
    }
    let in_use = follow(host).await?;
    hosts::seen(host).await?;
    if in_use.open.is_empty() {
        return Ok(());
    }
    let now = host.db.now().await?;
    for activation in in_use.open {
        match guard::next(&activation, now, host.settings.guard) {
            guard::Step::Wait => {}
            guard::Step::Widen => steps::widen(host, &activation).await?,
            guard::Step::Confirm => confirm(host, &activation, now).await?,
            guard::Step::GiveUp => {
                let reason = "the host that began it has stopped";
                host.db.activation_give_up(now, &activation.connector, &activation.digest, reason).await?;
            }
        }
    }
    Ok(())
}

async fn confirm(host: &Host, activation: &Activation, now: i64) -> Result<(), Problem> {
    let Activation { connector, digest, .. } = activation;
    if host.db.activation_confirm(now, connector, digest).await? {
        tracing::info!(connector, digest, "confirmed");
    }
    Ok(())
}
