//! One call: a fresh instance, one input, a deadline, and an account of what it used.

use std::{future::Future, pin::pin, sync::Arc, time::Duration};

use tokio::time::Instant;
use wasmtime::{
    Store, Trap, UpdateDeadline, WasmBacktrace,
    component::{Instance, InstancePre, ResourceTable},
};

use crate::{
    Sandbox,
    capability::{
        log::{LogBuffer, LogLine},
        records::Records,
        storage::{CallStorage, Storage, StorageWrite},
    },
    component::CONTRACT_VERSION,
    egress::{Exchange, RateLimiter, Requests, Scrubber},
    error::{CallFailure, GuestError, GuestErrorKind, LoadError},
    exports::Exports,
    limits::CallLimits,
    meter::{CpuMeter, Growth, MemoryMeter, OverMemory},
    replay::{
        Basis, Ending, Outcome, Playback,
        tape::{Tape, Taped},
    },
    state::{CallState, Capabilities, Clock, GuestTime},
};

/// Everything one call is given besides its request.
pub struct CallGrant {
    /// The configuration without its secrets, as a JSON object.
    pub config: Arc<str>,
    pub egress: Arc<dyn Requests>,
    pub limiter: Arc<dyn RateLimiter>,
    pub storage: Arc<dyn Storage>,
    /// A flow's alone.
    pub records: Option<Arc<dyn Records>>,
    pub limits: CallLimits,
    /// Unix milliseconds at which guest time starts.
    pub started_at: i64,
    /// Seed of the guest's random numbers.
    pub seed: u64,
    pub clock: Clock,
    /// The call is a replay: this answers its imports and tells its time.
    pub playback: Option<Arc<Playback>>,
}

/// What a call did, whether it succeeded or not.
#[derive(Debug)]
pub struct CallReport<T> {
    pub outcome: Result<T, CallFailure>,
    pub usage: Usage,
    /// Scrubbed.
    pub log: Vec<LogLine>,
    /// To be committed with the outcome; empty for a failed call.
    pub storage: Vec<StorageWrite>,
    pub exchanges: Vec<Exchange>,
    /// What a replay of the call needs; none where it must not be kept.
    pub basis: Option<Basis>,
}

#[derive(Debug, Clone, Default)]
pub struct Usage {
    pub cpu: Duration,
    /// The most memory held at one moment.
    pub memory_bytes: usize,
    pub requests: u32,
    /// Secrets found in answers and hidden.
    pub secrets_scrubbed: u32,
}

/// The CPU budget is used up; found in the error of an interrupted guest.
#[derive(Debug, thiserror::Error)]
#[error("out of CPU time")]
struct OverCpu;

/// How the engine names an excess of `bytes_per_host_call`; it has no type for it.
const OVER_TRANSFER: &str = "fuel allocated for hostcalls";

/// A new instance, and the account of what it uses.
pub(crate) struct Session {
    pub store: Store<CallState>,
    pub instance: Instance,
    pub account: Arc<Account>,
}

/// What outlives a call that is dropped in the middle.
pub(crate) struct Account {
    limits: CallLimits,
    deadline: Instant,
    log: Arc<LogBuffer>,
    cpu: Arc<CpuMeter>,
    memory: Arc<MemoryMeter>,
}

impl Account {
    fn new(limits: &CallLimits, time: GuestTime) -> Arc<Self> {
        Arc::new(Account {
            limits: limits.clone(),
            deadline: Instant::now() + limits.wall,
            log: LogBuffer::new(time, limits.log_bytes),
            cpu: Arc::default(),
            memory: Arc::new(MemoryMeter::new(limits.memory_bytes)),
        })
    }

    /// Polls a whole call within its budgets. Dropping the future, then the store, kills it.
    async fn bounded<T>(&self, call: impl Future<Output = Result<T, CallFailure>>) -> Result<T, CallFailure> {
        match tokio::time::timeout_at(self.deadline, self.cpu.measure(call)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(CallFailure::Wall(self.limits.wall)),
        }
    }

    /// Why the guest was ended, decided from the error the engine gives.
    pub fn failure(&self, error: wasmtime::Error) -> CallFailure {
        if let Some(over) = error.downcast_ref::<OverMemory>() {
            // Rounded up, so that what was wanted never reads like what is allowed.
            return CallFailure::Memory {
                wanted_mib: (over.wanted >> 20) + 1,
                allowed_mib: over.allowed >> 20,
            };
        }
        if error.downcast_ref::<OverCpu>().is_some() {
            return CallFailure::Cpu(self.limits.cpu);
        }
        let cause = error.root_cause().to_string();
        if cause.contains(OVER_TRANSFER) {
            let most_mib = self.limits.bytes_per_host_call >> 20;
            let message =
                format!("the connector handed over more than {most_mib} MiB at once; make smaller pages");
            return CallFailure::Output(message);
        }
        let backtrace = error.downcast_ref::<WasmBacktrace>().map(frames).unwrap_or_default();
        CallFailure::Trap { message: self.trap_message(&error), backtrace }
    }

    /// A guest that panicked said why on standard error; another trap is named by the engine.
    fn trap_message(&self, error: &wasmtime::Error) -> String {
        let aborted = error.downcast_ref::<Trap>() == Some(&Trap::UnreachableCodeReached);
        let panic = self.log.panic_message().filter(|_| aborted);
        panic.unwrap_or_else(|| error.root_cause().to_string())
    }
}

/// `function (file:line)`, innermost first, as far as the component carries names and lines. A function
/// that calls itself stands once.
fn frames(backtrace: &WasmBacktrace) -> Vec<String> {
    let mut frames: Vec<String> = backtrace.frames().iter().map(frame).collect();
    // How a panic is raised is of no use to the connector's author.
    let raised = frames.iter().rposition(|frame| frame.contains("::panicking::panic"));
    frames.drain(..raised.map_or(0, |last| last + 1));
    frames.dedup();
    frames
}

fn frame(frame: &wasmtime::FrameInfo) -> String {
    let function = match frame.func_name() {
        Some(name) => format!("{:#}", rustc_demangle::demangle(name)),
        None => format!("function {}", frame.func_index()),
    };
    match frame.symbols().iter().find_map(|s| Some((s.file()?, s.line()?))) {
        Some((file, line)) => format!("{function} ({file}:{line})"),
        None => function,
    }
}

impl Session {
    async fn start(
        mut store: Store<CallState>,
        pre: &InstancePre<CallState>,
        account: &Arc<Account>,
    ) -> Result<Session, CallFailure> {
        let instance = pre.instantiate_async(&mut store).await.map_err(|error| account.failure(error))?;
        Ok(Session { store, instance, account: account.clone() })
    }
}

fn store(
    sandbox: &Sandbox,
    account: &Account,
    time: GuestTime,
    seed: u64,
    capabilities: Option<Capabilities>,
) -> Store<CallState> {
    let limits = &account.limits;
    let state = CallState {
        wasi: None,
        seed,
        table: ResourceTable::new(),
        growth: Growth { memory: account.memory.clone(), table_elements: limits.table_elements },
        memory: account.memory.clone(),
        cpu: account.cpu.clone(),
        log: account.log.clone(),
        time,
        capabilities,
    };
    let mut store = Store::new(&sandbox.engine, state);
    store.limiter(|state| &mut state.growth);
    store.set_hostcall_fuel(limits.bytes_per_host_call);
    store.set_max_component_handles(limits.handles);
    store.set_epoch_deadline(1);
    let (cpu, allowed) = (account.cpu.clone(), limits.cpu);
    store.epoch_deadline_callback(move |_| match cpu.used() > allowed {
        true => Err(OverCpu.into()),
        false => Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now()))),
    });
    store
}

/// Asks a component for its spec, with every import of ours denied.
pub(crate) async fn describe(
    sandbox: &Sandbox,
    pre: &InstancePre<CallState>,
    exports: &Exports,
) -> Result<String, LoadError> {
    let _turn = sandbox.calls.acquire().await.map_err(LoadError::host)?;
    let time = GuestTime::starting_at(0, Arc::new(|| 0), None, Arc::default());
    let account = Account::new(&CallLimits::describe(), time.clone());
    let store = store(sandbox, &account, time, 0, None);
    let described = pin!(async {
        let mut session = Session::start(store, pre, &account).await?;
        let spec = exports.spec.as_ref().ok_or(CallFailure::NoExport("spec"))?;
        let guest = spec.load(&mut session.store, &session.instance).map_err(host)?;
        guest.call_describe(&mut session.store).await.map_err(|error| account.failure(error))
    });
    account.bounded(described).await.map_err(|failure| LoadError::Describe(failure.to_string()))
}

impl CallGrant {
    /// Starts an instance and lets `body` use it; whatever happens, the account is rendered.
    pub(crate) async fn run<'s, T, F>(
        self,
        sandbox: &'s Sandbox,
        pre: &'s InstancePre<CallState>,
        body: impl FnOnce(Session) -> F,
    ) -> CallReport<T>
    where
        T: Outcome,
        F: Future<Output = Result<T, CallFailure>>,
    {
        let tape = Arc::<Tape>::default();
        let time = GuestTime::starting_at(self.started_at, self.clock, self.playback, tape.clone());
        let before = Taped::new(self.storage, &tape);
        let storage = CallStorage::new(before, self.limits.storage_keys, self.limits.storage_bytes);
        let storage = Arc::new(storage);
        let capabilities = Capabilities {
            config: self.config,
            egress: self.egress.clone(),
            limiter: Taped::new(self.limiter, &tape),
            storage: storage.clone(),
            records: self.records.map(|records| Taped::new(records, &tape) as Arc<dyn Records>),
        };
        // The time until there is a place is not the call's.
        let turn = sandbox.calls.acquire().await;
        let account = Account::new(&self.limits, time.clone());
        let store = store(sandbox, &account, time, self.seed, Some(capabilities));
        let outcome = match turn {
            Ok(_turn) => {
                // Pinned here, because to move it would be to copy it.
                let call = pin!(async { body(Session::start(store, pre, &account).await?).await });
                account.bounded(call).await
            }
            Err(closed) => Err(host(closed)),
        };
        let outcome = outcome.map_err(|failure| judge_failure(failure, &*self.egress));
        let written = if outcome.is_ok() { storage.take_writes() } else { Vec::new() };
        let (returns, reads) = tape.take();
        let ending = Ending::of(&outcome, &written);
        let contract = CONTRACT_VERSION.to_owned();
        let basis = Basis { contract, limits: self.limits, returns, reads, ending };
        let (exchanges, basis) = trace(self.egress.take_exchanges(), basis, &self.egress.scrubber());
        CallReport {
            basis,
            storage: written,
            usage: Usage {
                cpu: account.cpu.used(),
                memory_bytes: account.memory.peak(),
                requests: self.egress.requests(),
                secrets_scrubbed: self.egress.scrubbed(),
            },
            log: scrub_log(account.log.take(), &self.egress.scrubber()),
            exchanges,
            outcome,
        }
    }
}

pub(crate) fn host(error: impl std::fmt::Display) -> CallFailure {
    CallFailure::Host(format!("{error:#}"))
}

fn scrub_log(mut lines: Vec<LogLine>, scrubber: &Scrubber) -> Vec<LogLine> {
    for line in &mut lines {
        line.message = scrubber.scrub_text(&line.message);
    }
    lines
}

/// What may be kept of a call. Without what the guest was given it cannot be made again, so that nothing
/// of the basis is worth keeping.
fn trace(
    mut exchanges: Vec<Exchange>,
    mut basis: Basis,
    scrubber: &Scrubber,
) -> (Vec<Exchange>, Option<Basis>) {
    let mut is_whole = !basis.blobs().any(|blob| scrubber.for_trace(blob).is_some());
    for exchange in &mut exchanges {
        is_whole &= !exchange.scrub(scrubber);
    }
    (exchanges, is_whole.then_some(basis))
}

/// Without secrets, and with the guest's word about a refusal compared with what was refused.
fn judge_failure(failure: CallFailure, egress: &dyn Requests) -> CallFailure {
    let scrubber = egress.scrubber();
    let scrub = |text: String| scrubber.scrub_text(&text);
    match failure {
        CallFailure::Guest(error) => CallFailure::Guest(GuestError {
            kind: match egress.is_login_refused(&error.message) {
                true => GuestErrorKind::Auth,
                false => error.kind,
            },
            overstepped: egress.is_overstep(&error.message),
            code: scrub(error.code),
            message: scrub(error.message),
            extras: error.extras.map(scrub),
            ..error
        }),
        CallFailure::Trap { message, backtrace } => CallFailure::Trap { message: scrub(message), backtrace },
        CallFailure::Output(message) => CallFailure::Output(scrub(message)),
        other => other,
    }
}
