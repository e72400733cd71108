//! A host inside another program: everything but the listener, with a transport of the caller's. The
//! benchmark measures the service through it.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use serde_json::Value;
use tokio::task::JoinSet;
use windlass_db::{Db, Side};
use windlass_sandbox::{CallFailure, Connector, LoadError, egress::Transport};

use crate::{
    connections::{self, NewInput},
    host::Host,
    install,
    limiter::Limiter,
    problem::Problem,
    run::{self, CallContext, NoIntents},
    serve::{ServeError, boot},
    settings,
};

pub struct Embedded {
    host: Arc<Host>,
    loops: JoinSet<()>,
}

/// A connection made ready for calls.
pub struct Bound {
    context: CallContext,
    limiter: Arc<Limiter>,
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
        connections::create(&self.host, input, None).await.map(drop)
    }

    /// Says that a run was enqueued.
    pub fn wake(&self) {
        self.host.wake.notify_one();
    }

    pub async fn load(&self, wasm: Vec<u8>) -> Result<Connector, LoadError> {
        self.host.sandbox.load(Arc::new(wasm)).await
    }

    /// Makes ready for calls outside a run, as a connection that exists.
    pub async fn bind(&self, connection: &str) -> Result<Bound, Problem> {
        let found = self.host.db.connection(connection).await?;
        let found = found.ok_or_else(|| Problem::missing("connection", connection))?;
        let context = CallContext::build(&self.host, found).await;
        let context = context.map_err(|error| Problem::unprocessable("config", error.message))?;
        let limiter = Limiter::new(self.host.clone(), None, Side::Sync, context.limits.clone());
        Ok(Bound { context, limiter: Arc::new(limiter) })
    }

    /// Calls `streams.migrate` in a new instance under all limits: the smallest call a host makes.
    pub async fn migrate(&self, bound: &Bound) -> Result<Option<String>, CallFailure> {
        let grant = bound.context.call(&self.host, 0, bound.limiter.clone(), Arc::new(NoIntents));
        self.host.sandbox.migrate(&bound.context.connector, grant, "orders", "{}", 1).await.outcome
    }

    pub async fn stop(self) {
        self.host.drain();
        self.loops.join_all().await;
        self.host.db.close().await;
    }
}
