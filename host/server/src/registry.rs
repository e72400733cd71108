//! The components a host has loaded, and which version of each connector is active. Another host's
//! swap is followed by polling the database.

use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
};

use windlass_db::{Db, DbError};
use windlass_sandbox::{Connector, LoadError, Sandbox};

#[derive(Default)]
pub struct Registry {
    state: RwLock<State>,
    /// One load at a time: two runs that meet a new version must not compile it twice.
    loading: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    by_digest: HashMap<String, Arc<Connector>>,
    /// Connector name to digest.
    active: HashMap<String, String>,
}

#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    #[error("no version of connector {0} is active")]
    NotActive(String),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Registry {
    /// The active version, loaded. Which one it is was read at the last [`Registry::follow`].
    pub async fn active(
        &self,
        db: &Db,
        sandbox: &Sandbox,
        connector: &str,
    ) -> Result<Arc<Connector>, RegistryError> {
        let digest = self.read().active.get(connector).cloned();
        match digest {
            Some(digest) => self.load(db, sandbox, &digest).await,
            None => {
                self.follow(db, sandbox).await?;
                let digest = self.read().active.get(connector).cloned();
                let digest = digest.ok_or_else(|| RegistryError::NotActive(connector.to_owned()))?;
                self.load(db, sandbox, &digest).await
            }
        }
    }

    /// The digest of the active version, if it has been followed.
    pub fn active_digest(&self, connector: &str) -> Option<String> {
        self.read().active.get(connector).cloned()
    }

    pub async fn load(
        &self,
        db: &Db,
        sandbox: &Sandbox,
        digest: &str,
    ) -> Result<Arc<Connector>, RegistryError> {
        if let Some(connector) = self.loaded(digest) {
            return Ok(connector);
        }
        let _turn = self.loading.lock().await;
        if let Some(connector) = self.loaded(digest) {
            return Ok(connector);
        }
        let component = db.component(digest).await?;
        let connector = Arc::new(sandbox.load(Arc::new(component.wasm)).await?);
        self.add(connector.clone());
        Ok(connector)
    }

    /// Keeps a component that was just loaded, so that its install does not load it again.
    pub fn add(&self, connector: Arc<Connector>) {
        self.write().by_digest.insert(connector.digest.clone(), connector);
    }

    /// Reads which versions are active and switches to them, each loaded before it is switched to; gives
    /// those it switched to. Forgets components that are no longer active; running calls keep their own.
    pub async fn follow(&self, db: &Db, sandbox: &Sandbox) -> Result<Vec<Arc<Connector>>, RegistryError> {
        let mut switched = Vec::new();
        for (name, digest) in db.active_digests().await? {
            let present = self.read().active.get(&name).cloned();
            if present.as_deref() == Some(&digest) {
                continue;
            }
            match self.load(db, sandbox, &digest).await {
                Ok(connector) => {
                    self.write().active.insert(name, digest);
                    switched.push(connector);
                }
                // One bad component must not keep the others from being followed.
                Err(error) => {
                    tracing::error!(connector = name, digest, %error, "cannot load the active version");
                }
            }
        }
        let mut state = self.write();
        let State { by_digest, active } = &mut *state;
        by_digest.retain(|digest, _| active.values().any(|used| used == digest));
        Ok(switched)
    }

    fn loaded(&self, digest: &str) -> Option<Arc<Connector>> {
        self.read().by_digest.get(digest).cloned()
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
