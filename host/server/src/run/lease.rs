//! Leases of the runs this host works on: renewed together, and lost one by one.
//!
//! A lease lasts 15 s and is renewed every 4 s: three renewals may fail before a run is rescued by
//! another host. A run whose lease is lost is told at once and its call is dropped; its fence keeps
//! whatever it still tries from being written.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use tokio::sync::watch;
use windlass_db::Lease;

use crate::host::Host;

pub const LEASE_MS: i64 = 15_000;
pub const RENEW_EVERY: Duration = Duration::from_secs(4);

/// The leases this host holds.
#[derive(Default)]
pub struct Leases {
    held: Mutex<HashMap<i64, (Lease, watch::Sender<bool>)>>,
}

/// One run's lease. Given back when dropped.
pub struct Held<'l> {
    pub lease: Lease,
    lost: watch::Receiver<bool>,
    leases: &'l Leases,
}

impl Leases {
    pub fn hold(&self, lease: Lease) -> Held<'_> {
        let (tell, lost) = watch::channel(false);
        self.lock().insert(lease.run, (lease.clone(), tell));
        Held { lease, lost, leases: self }
    }

    /// Extends every lease, and tells the runs that have lost theirs.
    pub async fn renew(&self, host: &Host) {
        let leases: Vec<Lease> = self.lock().values().map(|(lease, _)| lease.clone()).collect();
        if leases.is_empty() {
            return;
        }
        let renewed = match host.db.now().await {
            Ok(now) => host.db.renew(now, &host.name, &leases, LEASE_MS).await,
            Err(error) => Err(error),
        };
        match renewed {
            Ok(lost) => lost.iter().for_each(|run| self.tell_lost(*run)),
            Err(error) => tracing::warn!(%error, "cannot renew leases"),
        }
    }

    fn tell_lost(&self, run: i64) {
        if let Some((_, tell)) = self.lock().get(&run) {
            tell.send_replace(true);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<i64, (Lease, watch::Sender<bool>)>> {
        self.held.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Held<'_> {
    /// Resolves when the lease is lost.
    pub async fn lost(&self) {
        let mut lost = self.lost.clone();
        if lost.wait_for(|lost| *lost).await.is_err() {
            // The sender lives as long as this lease: there is nobody left to lose it to.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut held = self.leases.lock();
        // The run may have been taken again by this host meanwhile: that lease is another's.
        if held.get(&self.lease.run).is_some_and(|(lease, _)| lease.fence == self.lease.fence) {
            held.remove(&self.lease.run);
        }
    }
}
