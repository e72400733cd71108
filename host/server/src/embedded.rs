//! A host inside another program, with a transport of the caller's; it listens only when asked. The
//! benchmark measures the service through it.

use std::{
    collections::BTreeMap,
    io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::Value;
use tokio::{net::TcpListener, task::JoinSet};
use windlass_db::{Db, Side};
use windlass_sandbox::{CallFailure, Compiler, Connector, LoadError, egress::Transport};

use crate::{
    api,
    connections::{self, NewInput},
    host::Host,
    install,
    limiter::Limiter,
    problem::Problem,
    run::{self, CallContext, NoIntents},
    serve::{ServeError, boot},
    settings,
    signing::Offer,
    tokens::AdminToken,
    webhooks,
};

pub struct Embedded {
    host: Arc<Host>,
    folder: PathBuf,
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
        let host = Arc::new(boot(settings, folder, transport, Compiler::Here).await?);
        let loops = if works { run::spawn(&host) } else { JoinSet::new() };
        Ok(Embedded { host, folder: folder.to_owned(), loops })
    }

    pub fn db(&self) -> &Db {
        &self.host.db
    }

    /// Installs a component and approves what it asks for.
    pub async fn install(&self, wasm: Vec<u8>) -> Result<(), Problem> {
        install::install(&self.host, wasm, &Offer::upload(), true).await.map(drop)
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
            paused: false,
        };
        connections::create(&self.host, input, None).await.map(drop)
    }

    /// Answers on a port of loopback until the host stops.
    pub async fn listen(&mut self) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let router = api::router(api::Api::new(self.host.clone(), AdminToken::of(&self.folder)?));
        let host = self.host.clone();
        self.loops.spawn(async move {
            let stop = async move { host.drained().await };
            // It ends with the host.
            let _ = axum::serve(listener, router).with_graceful_shutdown(stop).await;
        });
        Ok(address)
    }

    /// Where a connection's webhook is delivered to, from the host's root on.
    pub async fn webhook_path(&self, connection: &str, webhook: &str) -> Result<String, Problem> {
        let found = self.host.db.connection(connection).await?;
        let found = found.ok_or_else(|| Problem::missing("connection", connection))?;
        let kept = self.host.db.webhooks(found.id).await?;
        let kept = kept.iter().find(|kept| kept.name == webhook);
        let kept = kept.ok_or_else(|| Problem::missing("webhook", webhook))?;
        let secret = webhooks::opened(&self.host.keys, kept).map_err(Problem::host)?;
        Ok(webhooks::path(connection, webhook, &secret))
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
        let context = context.map_err(|error| Problem::unprocessable("config", error))?;
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
