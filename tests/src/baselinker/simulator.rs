//! The simulator as a server, and the handle that tests hold.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Map;
use tokio::io::BufReader;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use super::faults::{Fault, When};
use super::journal::Event;
use super::limit::Now;
use super::methods::Effect;
use super::record::{Outcome, Request, Violation};
use super::vendor::{Pending, Vendor};
use super::{Seed, Settings};
use crate::wire::{self, Incoming};

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
pub struct Simulator {
    address: SocketAddr,
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
}

type Watcher = Arc<dyn Fn(Moment) + Send + Sync>;

struct Shared {
    vendor: Mutex<Vendor>,
    watcher: Mutex<Option<Watcher>>,
    started: Instant,
}

impl Simulator {
    pub fn start(settings: Settings) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(settings.listen)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let vendor = Mutex::new(Vendor::new(settings));
        let shared = Arc::new(Shared { vendor, watcher: Mutex::default(), started: Instant::now() });
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
        self.shared.now().unix_seconds()
    }

    /// Calls `watcher` at every stage of every request, off the server's threads.
    pub fn watch(&self, watcher: impl Fn(Moment) + Send + Sync + 'static) {
        *self.shared.watcher.lock().expect("no watcher panics while it is replaced") =
            Some(Arc::new(watcher));
    }

    pub fn fault(&self, when: When, fault: Fault) {
        self.vendor().script.add(when, fault);
    }

    pub fn clear_faults(&self) {
        self.vendor().script.clear();
    }

    /// Blocks every known token, as if another program had gone over the limit.
    pub fn block(&self, length: Duration) {
        let now = self.shared.now();
        self.vendor().block(now, length);
    }

    /// Makes the vendor know these tokens alone.
    pub fn set_tokens(&self, tokens: &[&str]) {
        self.vendor().settings.tokens = tokens.iter().map(|&token| token.to_owned()).collect();
    }

    pub fn seed(&self, seed: Seed) {
        self.vendor().account.orders.seed(seed);
    }

    /// A new order, confirmed at `confirmed` (Unix seconds); returns its id.
    pub fn add_order(&self, status: i64, confirmed: i64) -> i64 {
        let mut vendor = self.vendor();
        let id = vendor.account.orders.add(status, confirmed, Some(confirmed), Map::new());
        vendor.account.journal.add(id, Event::Created, 0, confirmed);
        id
    }

    /// Moves an order as the shop's owner does. False when there is no such order.
    pub fn move_order(&self, id: i64, status: i64) -> bool {
        let now = self.unix_now();
        let mut vendor = self.vendor();
        vendor.account.journal.add(id, Event::StatusChanged, status, now);
        vendor.account.orders.set_status(id, status, now)
    }

    pub fn remove_order(&self, id: i64) -> bool {
        let now = self.unix_now();
        let mut vendor = self.vendor();
        vendor.account.journal.add(id, Event::Removed, 0, now);
        vendor.account.orders.remove(id)
    }

    /// Ids of all orders, as the vendor sorts them.
    pub fn order_ids(&self) -> Vec<i64> {
        self.vendor().account.orders.all().map(|order| order.id).collect()
    }

    pub fn order_status(&self, id: i64) -> Option<i64> {
        self.vendor().account.orders.get(id).map(|order| order.status)
    }

    /// The ids of orders whose field (as given to addOrder) holds `text`.
    pub fn orders_with(&self, field: &str, text: &str) -> Vec<i64> {
        let vendor = self.vendor();
        let orders = vendor.account.orders.all();
        orders.filter(|order| order.text(field) == Some(text)).map(|order| order.id).collect()
    }

    pub fn requests(&self) -> Vec<Request> {
        self.vendor().record.requests.clone()
    }

    /// Requests of one method.
    pub fn calls(&self, method: &str) -> Vec<Request> {
        let requests = self.requests().into_iter();
        requests.filter(|request| request.method == method).collect()
    }

    /// Breaches of the vendor's rules; none at the end of an honest test.
    pub fn violations(&self) -> Vec<Violation> {
        self.vendor().record.violations.clone()
    }

    pub fn effects(&self) -> Vec<Effect> {
        self.vendor().account.effects.clone()
    }

    /// The most requests with any one token in any stretch of `window`.
    pub fn max_in_any_window(&self, window: Duration) -> usize {
        self.vendor().record.max_in_any_window(window)
    }

    fn vendor(&self) -> MutexGuard<'_, Vendor> {
        self.shared.vendor()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // What a watcher holds must not wait for the server's last task to end.
        *self.shared.watcher.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Shared {
    fn vendor(&self) -> MutexGuard<'_, Vendor> {
        self.vendor.lock().expect("the vendor does not panic")
    }

    #[expect(clippy::disallowed_methods, reason = "the one place of the simulator")]
    fn now(&self) -> Now {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now { mono: self.started.elapsed(), unix_ms: unix.as_millis() as i64 }
    }

    /// Requests arrive one after the other, and so do the times of their arrival.
    fn arrive(&self, incoming: &Incoming) -> (Pending, Now) {
        let mut vendor = self.vendor();
        let now = self.now();
        (vendor.arrive(incoming, now), now)
    }

    fn set_outcome(&self, request: usize, outcome: Outcome) {
        self.vendor().record.requests[request - 1].outcome = outcome;
    }

    async fn tell(&self, request: usize, stage: Stage) {
        let watcher = self.watcher.lock().expect("no watcher panics while it is replaced").clone();
        let Some(watcher) = watcher else { return };
        let method = self.vendor().record.requests[request - 1].method.clone();
        // A watcher that panics fails its own test by what it did not do.
        let told = tokio::task::spawn_blocking(move || watcher(Moment { request, method, stage }));
        let _ = told.await;
    }
}

async fn serve(listener: std::net::TcpListener, shared: Arc<Shared>) {
    let listener = TcpListener::from_std(listener).expect("inside the runtime");
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(converse(stream, shared.clone()));
    }
}

/// One connection. Its errors are the client's leaving, or bytes that are no HTTP: both end it.
async fn converse(stream: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    while let Some(incoming) = wire::read(&mut stream).await? {
        let (pending, now) = shared.arrive(&incoming);
        let index = pending.index;
        shared.tell(index, Stage::Arrived).await;
        let answer = shared.vendor().act(pending, now);
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
