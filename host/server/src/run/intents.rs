//! Intents of a run, written before the first byte of an unsafe request.

use async_trait::async_trait;
use windlass_db::{Db, IntentState, Lease, Run};
use windlass_sandbox::egress::{IntentOutcome, Intents};

use super::{action::Addresses, lease::Held};
use crate::host::Host;

/// Fenced by the run's lease: a host that lost it sends nothing.
pub struct RunIntents {
    pub db: Db,
    pub lease: Lease,
    pub attempt: i64,
    /// How addresses are written down.
    pub addresses: Addresses,
}

impl RunIntents {
    /// Of a run without secrets of its own.
    pub fn of(host: &Host, held: &Held<'_>, run: &Run) -> Self {
        let (db, lease) = (host.db.clone(), held.lease.clone());
        RunIntents { db, lease, attempt: run.attempt, addresses: Addresses::whole() }
    }
}

#[async_trait]
impl Intents for RunIntents {
    async fn open(&self, method: &str, url: &str) -> Result<i64, String> {
        let now = self.db.now().await.map_err(|e| e.to_string())?;
        let url = self.addresses.written(url);
        let opened = self.db.intent_open(now, &self.lease, self.attempt, method, &url).await;
        opened.map_err(|e| e.to_string())
    }

    async fn end(&self, ordinal: i64, outcome: IntentOutcome) {
        let state = match outcome {
            IntentOutcome::NotSent => IntentState::NotSent,
            IntentOutcome::Answered => IntentState::Answered,
            // That answer is the verdict.
            IntentOutcome::Refused => IntentState::Settled,
            IntentOutcome::Open => return,
        };
        let ended = async {
            let now = self.db.now().await?;
            self.db.intent_end(now, self.lease.run, ordinal, state).await
        };
        if let Err(error) = ended.await {
            // It stays open, which is the safe reading.
            tracing::error!(%error, run = self.lease.run, ordinal, "cannot note how an intent ended");
        }
    }
}

/// Calls outside a run may change nothing at the vendor.
pub struct NoIntents;

#[async_trait]
impl Intents for NoIntents {
    async fn open(&self, method: &str, url: &str) -> Result<i64, String> {
        Err(format!("a check may send only requests that change nothing, and wanted {method} {url}"))
    }

    async fn end(&self, _: i64, _: IntentOutcome) {}
}
