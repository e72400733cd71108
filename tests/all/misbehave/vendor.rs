//! A vendor that answers by the last part of the path, and counts who asked.

use std::collections::HashMap;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

/// More than a host accepts.
const LARGE_BYTES: usize = 40 << 20;

/// Not more than a host accepts; five of them are more than a call may hold.
const HEAVY_BYTES: usize = 30 << 20;
/// A row that is dear to copy.
const ROW_BYTES: usize = 1 << 20;

/// Stops serving when dropped. `/WHO/ok` answers `{"n":1}`; see [`answer`] for the others.
pub struct Vendor {
    address: SocketAddr,
    state: Arc<Asked>,
    _runtime: Runtime,
}

/// What was asked so far.
struct Asked {
    /// Requests by the first part of their path.
    requests: Mutex<HashMap<String, usize>>,
    waiting: AtomicUsize,
    /// Closed until as many wait as were asked for.
    gate: Semaphore,
    gate_opens_at: AtomicUsize,
}

impl Vendor {
    pub fn start(at: impl Into<std::net::IpAddr>) -> Self {
        let listener = std::net::TcpListener::bind((at.into(), 0)).expect("a loopback port");
        listener.set_nonblocking(true).expect("a socket has modes");
        let address = listener.local_addr().expect("a bound socket has an address");
        let state = Arc::new(Asked {
            requests: Mutex::default(),
            waiting: AtomicUsize::new(0),
            gate: Semaphore::new(0),
            gate_opens_at: AtomicUsize::new(usize::MAX),
        });
        let router = Router::new().fallback(answer).with_state(state.clone());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("the system gives a thread");
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("inside the runtime");
            axum::serve(listener, router).await
        });
        Self { address, state, _runtime: runtime }
    }

    /// What a connection calls whose requests are to be counted by themselves.
    pub fn url(&self, who: &str) -> String {
        format!("http://{}/{who}", self.address)
    }

    pub fn port(&self) -> String {
        self.address.port().to_string()
    }

    /// How many requests came below `/WHO`.
    pub fn requests(&self, who: &str) -> usize {
        self.state.requests().get(who).copied().unwrap_or_default()
    }

    /// Lets nobody through `/WHO/gate` before so many wait there at one moment.
    pub fn open_gate_at(&self, waiting: usize) {
        self.state.gate_opens_at.store(waiting, Ordering::Relaxed);
    }
}

impl Asked {
    fn requests(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.requests.lock().expect("counting does not panic")
    }

    async fn pass_gate(&self) {
        let waiting = self.waiting.fetch_add(1, Ordering::Relaxed) + 1;
        if waiting == self.gate_opens_at.load(Ordering::Relaxed) {
            self.gate.add_permits(Semaphore::MAX_PERMITS);
        }
        drop(self.gate.acquire().await);
    }
}

async fn answer(State(asked): State<Arc<Asked>>, uri: Uri, headers: HeaderMap) -> Response {
    let mut parts = uri.path().trim_start_matches('/').split('/');
    let (who, what) = (parts.next().unwrap_or_default(), parts.next_back().unwrap_or_default());
    *asked.requests().entry(who.to_owned()).or_default() += 1;
    match what {
        "silent" => pending().await,
        "headers" => {
            let token = headers.get("x-token").cloned().unwrap_or(HeaderValue::from_static("none"));
            ([("x-echo", token)], format!("you sent {headers:?}")).into_response()
        }
        "large" => vec![b' '; LARGE_BYTES].into_response(),
        "heavy" => {
            format!("{{\"rows\":[{{\"id\":1}}],\"rest\":\"{}\"}}", "x".repeat(HEAVY_BYTES)).into_response()
        }
        "heavy-row" => {
            format!("{{\"rows\":[{{\"id\":1,\"rest\":\"{}\"}}]}}", "x".repeat(ROW_BYTES)).into_response()
        }
        "crowd" => format!("{{\"rows\":[{}1]}}", "1,".repeat(HEAVY_BYTES / 2)).into_response(),
        "redirect" => moved("https://elsewhere.example/"),
        "redirect-to-metadata" => moved("http://169.254.169.254/latest/meta-data/"),
        "gate" => {
            asked.pass_gate().await;
            "{\"n\":1}".into_response()
        }
        _ => "{\"n\":1}".into_response(),
    }
}

fn moved(location: &str) -> Response {
    (StatusCode::FOUND, [("location", location)]).into_response()
}
