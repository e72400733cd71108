//! What every part of a running host shares.

use std::sync::Arc;

use tokio::sync::{Notify, watch};
use windlass_db::Db;
use windlass_sandbox::{Sandbox, egress::Transport};

use crate::{
    activation::Counted, folder::Folder, limiter::Lowered, registry::Registry, run::Leases, secrets::Keys,
    settings::Settings, webhooks::Webhooks,
};

/// One running host. Shared as `Arc<Host>`.
pub struct Host {
    pub settings: Settings,
    pub db: Db,
    pub sandbox: Sandbox,
    /// Components that are loaded, and which version each connection runs.
    pub registry: Registry,
    /// Good calls of versions that can still be undone.
    pub counted: Counted,
    pub keys: Keys,
    /// The way out. The benchmark has one from memory.
    pub network: Arc<dyn Transport>,
    pub lowered: Lowered,
    pub webhooks: Webhooks,
    /// The watched folder of components.
    pub folder: Folder,
    /// Runs this host works on.
    pub leases: Leases,
    /// Names this host in leases: unique per start.
    pub name: String,
    /// Rung when a run was enqueued here. Only a hint: the worker also polls.
    pub wake: Notify,
    /// Set once, when the host begins to stop.
    pub draining: watch::Sender<bool>,
}

impl Host {
    /// The database's name, for people.
    pub fn database(&self) -> &'static str {
        if self.db.is_single_host() { "SQLite" } else { "PostgreSQL" }
    }

    /// No new run is taken, and runs end after their present call.
    pub fn drain(&self) {
        self.draining.send_replace(true);
    }

    pub fn is_draining(&self) -> bool {
        *self.draining.borrow()
    }

    /// Resolves when the host begins to stop.
    pub async fn drained(&self) {
        let mut draining = self.draining.subscribe();
        // An error would mean that the host is gone, which is as good as draining.
        let _ = draining.wait_for(|draining| *draining).await;
    }
}
