//! Boot and shutdown of a host.
//!
//! The order of the boot matters: nothing listens before everything works, and no run is taken before
//! what a crash left behind is put back.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rand::distr::{Alphanumeric, SampleString};
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    sync::{Notify, watch},
    task::{JoinHandle, JoinSet},
};
use url::Url;
use windlass_db::{Db, DbError};
use windlass_sandbox::{
    Compiler, LoadError, Sandbox,
    egress::{Network, Transport},
};

use crate::{
    activation::{self, Counted},
    api,
    cli::output,
    data_dir::{DataDir, DataDirError, write_line},
    folder::{self, Folder},
    host::Host,
    limiter::Lowered,
    logging,
    registry::{Registry, RegistryError},
    run::{self, Leases},
    secrets::{KeyError, Keys},
    settings::{Settings, SettingsError, address_file},
    time,
    tokens::AdminToken,
    webhooks::Webhooks,
};

/// How long running calls may take to end before they are dropped; their runs are then rescued by
/// their leases.
const DRAIN: Duration = Duration::from_secs(20);
/// Connections that are still open after the drain get this long.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Data(#[from] DataDirError),
    #[error("cannot read the admin token: {0}")]
    Token(std::io::Error),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("{0}")]
    Db(#[from] DbError),
    #[error("cannot start the sandbox: {0}")]
    Sandbox(LoadError),
    #[error(transparent)]
    Registry(#[from] RegistryError),
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error("the log level is not valid: {0}")]
    Log(String),
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl ServeError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            ServeError::Data(DataDirError::InUse(_)) => {
                Some("stop the other host, or give this one its own --data")
            }
            ServeError::Listen { source, .. } if source.kind() == std::io::ErrorKind::AddrInUse => {
                Some("another program listens there; choose another port with --listen")
            }
            ServeError::Key(KeyError::OtherKey) => {
                Some("bring back the former secret.key, or name the shared one with --secret-key-file")
            }
            ServeError::Db(DbError::Newer { .. }) => Some("start the newer Windlass"),
            ServeError::Db(_) => Some("check --database-url, and that the database runs"),
            _ => None,
        }
    }
}

/// Runs a host until SIGTERM or SIGINT.
pub fn serve(settings: Settings) -> Result<(), ServeError> {
    logging::start(&settings).map_err(ServeError::Log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve_until_told(settings))
}

async fn serve_until_told(settings: Settings) -> Result<(), ServeError> {
    let folder = DataDir::open(&settings.data)?;
    let admin = AdminToken::of(folder.path()).map_err(ServeError::Token)?;
    let host = Arc::new(boot(settings, folder.path(), Arc::new(Network::new()), compiler()?).await?);
    let mut stop = StopSignals::new()?;
    let listener = listen(&host.settings).await?;
    let address = listener.local_addr()?;
    let mut loops = run::spawn(&host);
    loops.spawn(folder::watch(host.clone()));
    let answers = tokio::spawn(answer(listener, host.clone(), admin));
    announce(&host, folder.path(), address)?;
    stop.received().await;
    tracing::info!("draining: running calls may end, nothing new is taken");
    host.drain();
    drain(loops, answers).await;
    if let Err(error) = activation::leave(&host).await {
        tracing::warn!(%error, "other hosts may wait for this one for some seconds");
    }
    host.db.close().await;
    Ok(())
}

/// Opens everything a host works with; nothing listens yet.
pub async fn boot(
    settings: Settings,
    data: &Path,
    network: Arc<dyn Transport>,
    compiler: Compiler,
) -> Result<Host, ServeError> {
    let keys = match &settings.secret_key_file {
        Some(file) => Keys::of_file(file)?,
        None => Keys::of_data_folder(data)?,
    };
    let sqlite = || format!("sqlite://{}", data.join("windlass.db").display());
    let url = settings.database_url.clone().unwrap_or_else(sqlite);
    let db = Db::open_with_clock(&url, time::clock()).await?;
    keys.check(&db).await?;
    let sandbox =
        Sandbox::with_compiler(Some(&data.join("compiled")), compiler).map_err(ServeError::Sandbox)?;
    if db.is_single_host() {
        let rescued = db.rescue(db.now().await?, true).await?;
        db.sessions_give_back().await?;
        tracing::debug!(rescued, "put back the runs of the former host");
    }
    let name = format!("{}-{}", std::process::id(), Alphanumeric.sample_string(&mut rand::rng(), 8));
    let host = Host {
        settings,
        webhooks: Webhooks::new(&db),
        folder: Folder::new(data),
        db,
        sandbox,
        registry: Registry::default(),
        counted: Counted::default(),
        keys,
        network,
        lowered: Lowered::default(),
        leases: Leases::default(),
        name,
        wake: Notify::new(),
        draining: watch::Sender::new(false),
    };
    activation::follow(&host).await?;
    Ok(host)
}

/// This program, which can compile a component and end. Where the system gives it a name that stays, a new
/// file in its place does not matter.
fn compiler() -> std::io::Result<Compiler> {
    let own = PathBuf::from("/proc/self/exe");
    let program = if own.exists() { own } else { std::env::current_exe()? };
    Ok(Compiler::Process { program, arguments: vec!["compile".into()] })
}

async fn listen(settings: &Settings) -> Result<TcpListener, ServeError> {
    let address = settings.listen;
    TcpListener::bind(address).await.map_err(|source| ServeError::Listen { address, source })
}

async fn answer(listener: TcpListener, host: Arc<Host>, admin: AdminToken) {
    let router = api::router(api::Api::new(host.clone(), admin));
    let stop = async move { host.drained().await };
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stop).await {
        tracing::error!(%error, "the API stopped");
    }
}

/// Says where the host is: to people, and to the CLI on this machine.
fn announce(host: &Host, data: &Path, address: SocketAddr) -> Result<(), ServeError> {
    let mut reachable = address;
    if address.ip().is_unspecified() {
        reachable.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    write_line(&address_file(data), &format!("http://{reachable}"))?;
    let database = host.database();
    let version = env!("CARGO_PKG_VERSION");
    let line =
        format!("windlass {version} is ready on http://{address} (data in {}, {database})", data.display());
    // Whoever started the host need not listen to it.
    let _ = output::line(&line);
    let Settings { role, public_url, .. } = &host.settings;
    tracing::info!(%address, host = host.name, ?role, public_url = public_url.as_ref().map(Url::as_str), "ready");
    Ok(())
}

/// SIGTERM and SIGINT, caught from the moment this is made.
struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    fn new() -> std::io::Result<StopSignals> {
        Ok(StopSignals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn received(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

async fn drain(loops: JoinSet<()>, answers: JoinHandle<()>) {
    if tokio::time::timeout(DRAIN, loops.join_all()).await.is_err() {
        tracing::warn!("some calls did not end in time; their runs are taken up again by the next host");
    }
    let cut = answers.abort_handle();
    if tokio::time::timeout(LAST_ANSWERS, answers).await.is_err() {
        cut.abort();
    }
}
