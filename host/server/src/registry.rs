//! The components a host has loaded, and which version each connection runs. Another host's swap is
//! followed by polling the database.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, RwLock},
};

use windlass_db::{Connection, Db, DbError, InUse, Stage};
use windlass_sandbox::{Connector, LoadError, Sandbox};

#[derive(Default)]
pub struct Registry {
    state: RwLock<State>,
    /// One load at a time: two runs that meet a new version must not compile it twice.
    loading: tokio::sync::Mutex<()>,
    /// One at a time, so that an older look never replaces a newer one.
    following: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    by_digest: HashMap<String, Arc<Connector>>,
    /// Digests that are in use and cannot be loaded, and why.
    broken: HashMap<String, String>,
    /// Connector name to digest.
    active: HashMap<String, String>,
    /// Connections that run another version than the active one.
    own: HashMap<i64, String>,
    /// Digests that can still be undone.
    watched: HashSet<String>,
    /// What was followed last.
    in_use: Option<InUse>,
    /// The version that each connection was given the streams and webhooks of.
    followed: HashMap<i64, String>,
}

/// What is in use, and whether that differs from the last look.
pub struct Followed {
    pub in_use: InUse,
    pub differs: bool,
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
    /// The version that a connection runs, loaded.
    pub async fn of(
        &self,
        db: &Db,
        sandbox: &Sandbox,
        connection: &Connection,
    ) -> Result<Arc<Connector>, RegistryError> {
        match &connection.own {
            Some(own) => self.load(db, sandbox, &own.digest).await,
            None => self.active(db, sandbox, &connection.connector).await,
        }
    }

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

    /// The digest that a connection runs, read just now.
    pub fn digest_of(&self, connection: &Connection) -> Option<String> {
        match &connection.own {
            Some(own) => Some(own.digest.clone()),
            None => self.read().active.get(&connection.connector).cloned(),
        }
    }

    /// The digest that a connection ran at the last [`Registry::follow`].
    pub fn last_digest_of(&self, connection: i64, connector: &str) -> Option<String> {
        let state = self.read();
        state.own.get(&connection).or_else(|| state.active.get(connector)).cloned()
    }

    /// Whether a version can still be undone.
    pub fn is_watched(&self, digest: &str) -> bool {
        self.read().watched.contains(digest)
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

    pub fn loaded(&self, digest: &str) -> Option<Arc<Connector>> {
        self.read().by_digest.get(digest).cloned()
    }

    /// The version number of a component that is loaded.
    pub fn version(&self, digest: &str) -> Option<String> {
        self.loaded(digest).map(|connector| connector.spec.version.to_string())
    }

    /// Reads what is in use, loads it and switches to it, each version loaded before it is switched to.
    /// Forgets components that are not in use; running calls keep their own.
    pub async fn follow(&self, db: &Db, sandbox: &Sandbox) -> Result<Followed, RegistryError> {
        let _turn = self.following.lock().await;
        let in_use = db.versions_in_use().await?;
        let seen = without_counts(&in_use);
        if self.read().in_use.as_ref() == Some(&seen) {
            return Ok(Followed { in_use, differs: false });
        }
        let wanted = wanted(&in_use);
        let mut broken = HashMap::new();
        for digest in &wanted {
            // One bad component must not keep the others from being followed.
            if let Err(error) = self.load(db, sandbox, digest).await {
                tracing::error!(digest, %error, "cannot load a version that is in use");
                broken.insert(digest.clone(), error.to_string());
            }
        }
        let mut state = self.write();
        let is_broken = !broken.is_empty();
        let State { by_digest, active, .. } = &mut *state;
        let usable = |name: &str, digest: &String| match broken.contains_key(digest) {
            false => Some(digest.clone()),
            // The former one goes on, if there is one.
            true => active.get(name).cloned(),
        };
        let now_active: HashMap<_, _> = in_use
            .active
            .iter()
            .filter_map(|(name, digest)| Some((name.clone(), usable(name, digest)?)))
            .collect();
        by_digest.retain(|digest, _| {
            wanted.contains(digest) || now_active.values().any(|active| active == digest)
        });
        state.active = now_active;
        state.own = in_use.own.iter().cloned().collect();
        let watched = in_use.open.iter().filter(|open| open.stage != Stage::Loading);
        state.watched = watched.map(|open| open.digest.clone()).collect();
        state.broken = broken;
        // What could not be loaded is tried again.
        state.in_use = (!is_broken).then_some(seen);
        Ok(Followed { in_use, differs: true })
    }

    /// Whether a connection was given what this version brings.
    pub fn was_followed(&self, connection: i64, digest: &str) -> bool {
        self.read().followed.get(&connection).is_some_and(|followed| followed == digest)
    }

    /// The version that each connection was given the streams and webhooks of.
    pub fn followed(&self, followed: HashMap<i64, String>) {
        self.write().followed = followed;
    }

    /// What is loaded, and why the rest of what is in use is not.
    pub fn report(&self) -> BTreeMap<String, Option<String>> {
        let state = self.read();
        let loaded = state.by_digest.keys().map(|digest| (digest.clone(), None));
        let broken = state.broken.iter().map(|(digest, why)| (digest.clone(), Some(why.clone())));
        loaded.chain(broken).collect()
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Counts move all the time and change nothing.
fn without_counts(in_use: &InUse) -> InUse {
    let mut seen = in_use.clone();
    seen.open.iter_mut().for_each(|open| open.calls = 0);
    seen
}

/// Every digest that a call may need, and those that may become active or be gone back to.
fn wanted(in_use: &InUse) -> HashSet<String> {
    let active = in_use.active.iter().map(|(_, digest)| digest);
    let own = in_use.own.iter().map(|(_, digest)| digest);
    let open = in_use.open.iter().flat_map(|open| std::iter::once(&open.digest).chain(&open.former));
    active.chain(own).chain(open).cloned().collect()
}
