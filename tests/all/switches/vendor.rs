//! A vendor with warehouses, stock and orders, which tells what is left of its limit when it is told to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// Stops serving when dropped.
pub struct Vendor {
    address: SocketAddr,
    state: Arc<Mutex<Shop>>,
    _runtime: Runtime,
}

#[derive(Default)]
struct Shop {
    warehouses: Vec<Value>,
    /// Pages of stock.
    pages: u32,
    /// Path and time of every request.
    requests: Vec<(String, Instant)>,
    told: Option<Told>,
}

/// What answers say is left.
struct Told {
    left: i64,
    reset: String,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    page: u32,
}

type Shared = State<Arc<Mutex<Shop>>>;

impl Vendor {
    pub fn start() -> Self {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port");
        listener.set_nonblocking(true).expect("a socket has modes");
        let address = listener.local_addr().expect("a bound socket has an address");
        let state = Arc::new(Mutex::new(Shop { pages: 1, ..Shop::default() }));
        let router = Router::new()
            .route("/check", get(async |shop: Shared| answer(&shop, "check", json!({}))))
            .route("/orders", post(async |shop: Shared| answer(&shop, "orders", json!({}))))
            .route("/warehouses", get(warehouses))
            .route("/stock", get(stock))
            .with_state(state.clone());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("the system gives a thread");
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("inside the runtime");
            axum::serve(listener, router).await
        });
        Self { address, state, _runtime: runtime }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn set_warehouses(&self, warehouses: &[Value]) {
        self.shop().warehouses = warehouses.to_vec();
    }

    pub fn set_pages(&self, pages: u32) {
        self.shop().pages = pages;
    }

    /// From now on answers say that so many are left, one fewer each time, until the reset.
    pub fn tell(&self, left: i64, reset: &str) {
        self.shop().told = Some(Told { left, reset: reset.to_owned() });
    }

    /// Answers say nothing of what is left any more.
    pub fn tell_nothing(&self) {
        self.shop().told = None;
    }

    /// How many requests came, to a path or to any.
    pub fn requests(&self, path: Option<&str>) -> usize {
        self.shop().requests.iter().filter(|(asked, _)| path.is_none_or(|path| path == asked)).count()
    }

    /// The most requests in any window of this length.
    pub fn most_in(&self, window: Duration) -> usize {
        let times: Vec<Instant> = self.shop().requests.iter().map(|(_, at)| *at).collect();
        let from = |first: &Instant| times.iter().filter(|at| (*first..*first + window).contains(at)).count();
        times.iter().map(from).max().unwrap_or(0)
    }

    fn shop(&self) -> MutexGuard<'_, Shop> {
        self.state.lock().expect("answering does not panic")
    }
}

async fn warehouses(shop: Shared) -> Response {
    let rows = shop.lock().expect("answering does not panic").warehouses.clone();
    answer(&shop, "warehouses", json!({ "rows": rows, "more": false }))
}

async fn stock(shop: Shared, Query(Page { page }): Query<Page>) -> Response {
    let more = page + 1 < shop.lock().expect("answering does not panic").pages;
    answer(&shop, "stock", json!({ "rows": [{ "id": page }], "more": more }))
}

fn answer(shop: &Shared, path: &str, body: Value) -> Response {
    let mut shop = shop.lock().expect("answering does not panic");
    shop.requests.push((path.to_owned(), Instant::now()));
    let mut headers = HeaderMap::new();
    if let Some(told) = &mut shop.told {
        told.left = (told.left - 1).max(0);
        headers.insert("x-left", HeaderValue::from(told.left));
        headers.insert("x-reset", HeaderValue::from_str(&told.reset).expect("a date is a header"));
    }
    (headers, Json(body)).into_response()
}
