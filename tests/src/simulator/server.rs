//! A vendor on a loopback port, and the handle that tests hold.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::BufReader;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use super::Vendor;
use super::faults::{Fault, Script, When};
use super::limit::Now;
use super::record::{Outcome, Record, Request, Violation};
use crate::timeline::Timeline;
use crate::wire::{self, Answer, Incoming};

/// How far a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// The request is whole; the vendor has not acted.
    Arrived,
    /// The vendor acted; no byte of the answer has left.
    Acted,
    /// The head and half of the body have left.
    HalfAnswered,
    /// The last byte has left.
    Answered,
}

/// A request at a stage. The request goes on when the watcher returns.
#[derive(Clone, Debug)]
pub struct Moment {
    /// The number of the request, from 1.
    pub request: usize,
    pub method: String,
    pub stage: Stage,
}

/// Stops serving when dropped.
pub struct Simulator<V: Vendor> {
    address: SocketAddr,
    shared: Arc<Shared<V>>,
    runtime: Option<Runtime>,
}

type Watcher = Arc<dyn Fn(Moment) + Send + Sync>;

/// The vendor, what it is told to get wrong, and what came over the wire.
struct State<V> {
    vendor: V,
    script: Script,
    record: Record,
}

/// A request that arrived and is not answered yet.
struct Pending {
    index: usize,
    verdict: Result<(), Answer>,
    fault: Option<Fault>,
}

struct Shared<V> {
    state: Mutex<State<V>>,
    watcher: Mutex<Option<Watcher>>,
    timeline: Timeline,
}

impl<V: Vendor> Simulator<V> {
    pub fn serve(listen: SocketAddr, vendor: V) -> io::Result<Self> {
        Self::serve_at(listen, vendor, Timeline::begin())
    }

    /// As [`serve`](Self::serve), with a clock that the test moves on.
    pub fn serve_at(listen: SocketAddr, vendor: V, timeline: Timeline) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(listen)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let state = Mutex::new(State { vendor, script: Script::default(), record: Record::default() });
        let shared = Arc::new(Shared { state, watcher: Mutex::default(), timeline });
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        runtime.spawn(serve(listener, shared.clone()));
        Ok(Self { address, shared, runtime: Some(runtime) })
    }

    /// What a connection's `base_url` is set to.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The vendor's clock, in seconds since 1970.
    pub fn unix_now(&self) -> i64 {
        self.shared.timeline.now().unix_seconds()
    }

    /// Looks at the vendor, or changes what is there, as its own people do.
    pub fn with<T>(&self, look: impl FnOnce(&mut V, Now) -> T) -> T {
        let mut state = self.shared.state();
        let now = self.shared.timeline.now();
        look(&mut state.vendor, now)
    }

    /// Calls `watcher` at every stage of every request, off the server's threads.
    pub fn watch(&self, watcher: impl Fn(Moment) + Send + Sync + 'static) {
        *self.shared.watcher.lock().expect("no watcher panics while it is replaced") =
            Some(Arc::new(watcher));
    }

    pub fn fault(&self, when: When, fault: Fault) {
        self.shared.state().script.add(when, fault);
    }

    pub fn clear_faults(&self) {
        self.shared.state().script.clear();
    }

    pub fn requests(&self) -> Vec<Request> {
        self.shared.state().record.requests.clone()
    }

    /// How many requests of one method there were.
    pub fn count(&self, method: &str) -> usize {
        let state = self.shared.state();
        state.record.requests.iter().filter(|request| request.method == method).count()
    }

    /// Requests of one method.
    pub fn calls(&self, method: &str) -> Vec<Request> {
        let requests = self.requests().into_iter();
        requests.filter(|request| request.method == method).collect()
    }

    /// Breaches of the vendor's rules; none at the end of an honest test.
    pub fn violations(&self) -> Vec<Violation> {
        self.shared.state().record.violations.clone()
    }

    /// The most requests with any one token in any stretch of `window`.
    pub fn max_in_any_window(&self, window: Duration) -> usize {
        self.shared.state().record.max_in_any_window(window)
    }
}

impl<V: Vendor> Drop for Simulator<V> {
    fn drop(&mut self) {
        // What a watcher holds must not wait for the server's last task to end.
        *self.shared.watcher.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl<V: Vendor> Shared<V> {
    fn state(&self) -> MutexGuard<'_, State<V>> {
        self.state.lock().expect("the vendor does not panic")
    }

    /// Requests arrive one after the other, and so do the times of their arrival.
    fn arrive(&self, incoming: &Incoming) -> (Pending, Now) {
        let mut state = self.state();
        let now = self.timeline.now();
        (state.arrive(incoming, now), now)
    }

    fn set_outcome(&self, request: usize, outcome: Outcome) {
        self.state().record.requests[request - 1].outcome = outcome;
    }

    async fn tell(&self, request: usize, stage: Stage) {
        let watcher = self.watcher.lock().expect("no watcher panics while it is replaced").clone();
        let Some(watcher) = watcher else { return };
        let method = self.state().record.requests[request - 1].method.clone();
        // A watcher that panics fails its own test by what it did not do.
        let told = tokio::task::spawn_blocking(move || watcher(Moment { request, method, stage }));
        let _ = told.await;
    }
}

impl<V: Vendor> State<V> {
    /// Takes a request in: records it, counts it, decides whether it will be carried out.
    fn arrive(&mut self, incoming: &Incoming, now: Now) -> Pending {
        let call = self.vendor.read(incoming);
        let index = self.record.requests.len() + 1;
        let fault = self.script.next(index, &call.method);
        let mut breaches = Vec::new();
        let verdict = self.vendor.admit(incoming, &call, now, &mut breaches);
        breaches.into_iter().for_each(|breach| self.record.violate(index, breach));
        self.record.requests.push(Request {
            index,
            at: now.mono,
            unix_ms: now.unix_ms,
            http: format!("{} {}", incoming.method, incoming.target),
            headers: incoming.headers.clone(),
            token: call.token,
            method: call.method,
            parameters: call.parameters,
            body: incoming.body.clone(),
            fault: fault.clone(),
            outcome: Outcome::Pending,
        });
        Pending { index, verdict, fault }
    }

    /// Carries the request out, or not, and words the answer.
    fn act(&mut self, pending: Pending, now: Now) -> Answer {
        let request = &self.record.requests[pending.index - 1];
        let token = request.token.clone().unwrap_or_default();
        match pending.fault {
            Some(fault) if !fault.acts() => fault.answer(&self.vendor, &token),
            fault => {
                let act = |()| self.vendor.act(request, now);
                let answer = pending.verdict.map_or_else(|refusal| refusal, act);
                fault.map_or(answer.clone(), |fault| fault.spoil::<V>(answer, &token))
            }
        }
    }
}

async fn serve<V: Vendor>(listener: std::net::TcpListener, shared: Arc<Shared<V>>) {
    let listener = TcpListener::from_std(listener).expect("inside the runtime");
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(converse(stream, shared.clone()));
    }
}

/// One connection. Its errors are the client's leaving, or bytes that are no HTTP: both end it.
async fn converse<V: Vendor>(stream: TcpStream, shared: Arc<Shared<V>>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    while let Some(incoming) = wire::read(&mut stream).await? {
        let (pending, now) = shared.arrive(&incoming);
        let index = pending.index;
        shared.tell(index, Stage::Arrived).await;
        let answer = shared.state().act(pending, now);
        shared.tell(index, Stage::Acted).await;
        let written = wire::write(&mut stream, &answer, || shared.tell(index, Stage::HalfAnswered)).await;
        let whole = matches!(written, Ok(true));
        shared.set_outcome(index, if whole { Outcome::Answered } else { Outcome::Broken });
        shared.tell(index, Stage::Answered).await;
        if !whole {
            break;
        }
    }
    Ok(())
}
