//! A host inside another program: everything but the listener, with a transport of the caller's. The
//! benchmark measures the service through it.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use serde_json::Value;
use tokio::task::JoinSet;
use windlass_db::Db;
use windlass_sandbox::{Connector, LoadError, egress::Transport};

use crate::{
    connections::{self, NewInput},
    host::Host,
    install,
    problem::Problem,
    run,
    serve::{ServeError, boot},
    settings,
};

pub struct Embedded {
    host: Arc<Host>,
    loops: JoinSet<()>,
}

impl Embedded {
    /// A host on SQLite in `folder`. Runs are worked on only if it `works`.
    pub async fn start(
        folder: &Path,
        transport: Arc<dyn Transport>,
        works: bool,
    ) -> Result<Embedded, ServeError> {
        let settings = settings::of_folder(folder)?;
        let host = Arc::new(boot(settings, folder, transport).await?);
        let loops = if works { run::spawn(&host) } else { JoinSet::new() };
        Ok(Embedded { host, loops })
    }

    pub fn db(&self) -> &Db {
        &self.host.db
    }

    /// Installs a component and approves what it asks for.
    pub async fn install(&self, wasm: Vec<u8>) -> Result<(), Problem> {
        install::install(&self.host, wasm, true).await.map(drop)
    }

    /// Makes a connection; `config` is a JSON object.
    pub async fn connect(
        &self,
        name: &str,
        connector: &str,
        config: Value,
        secrets: &[(&str, &str)],
    ) -> Result<(), Problem> {
        let secrets = secrets.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let input = NewInput {
            name: name.to_owned(),
            connector: connector.to_owned(),
            config: config.as_object().cloned().unwrap_or_default(),
            secrets: secrets.collect::<BTreeMap<_, _>>().into(),
            labels: BTreeMap::new(),
        };
        connections::create(&self.host, input).await.map(drop)
    }

    /// Says that a run was enqueued.
    pub fn wake(&self) {
        self.host.wake.notify_one();
    }

    pub async fn load(&self, wasm: Vec<u8>) -> Result<Connector, LoadError> {
        self.host.sandbox.load(Arc::new(wasm)).await
    }

    /// Calls `spec.describe` in a new instance: the smallest call there is.
    pub async fn describe(&self, connector: &Connector) -> Result<(), LoadError> {
        self.host.sandbox.describe(connector).await.map(drop)
    }

    pub async fn stop(self) {
        self.host.drain();
        self.loops.join_all().await;
        self.host.db.close().await;
    }
}
