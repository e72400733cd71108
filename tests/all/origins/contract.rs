//! Components built against released contracts: they run for ever.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use windlass_tests::connection::{create, records};
use windlass_tests::eventually::eventually;
use windlass_tests::host::{Host, Setup};

use super::text;

/// The contract that the host supports now has its components, too.
const PRESENT: &str = "0.1.0";
const SHOP: &str = "shop";
/// A flow reacts within seconds; the machine may be busy.
const DONE_MAX: Duration = Duration::from_secs(60);

#[test]
fn components_of_every_released_contract_load_and_do_all_they_did() {
    let present = fs::read_to_string(folder().join("../../wit/types.wit")).expect("there is a wit/types.wit");
    assert!(
        present.contains(&format!("package windlass:connector@{PRESENT};")),
        "a new contract needs its components"
    );
    let versions = versions();
    assert!(versions.iter().any(|version| version == PRESENT), "{versions:?}");
    for version in versions {
        check(&version);
    }
}

/// Everything a connector and a flow can export is called, and calls everything it can import.
fn check(version: &str) {
    let (host, vendor) = (Host::start(Setup::default()), Vendor::start());
    let installed = |name: &str| {
        host.ok(&["connector", "install", text(&folder().join(format!("{name}.wasm"))), "--yes"]);
    };
    installed(version);
    installed(&format!("{version}-flow"));
    create(&host, SHOP, "contract", &[&format!("base_url={}", vendor.url())], &[]);
    assert!(host.ok(&["connection", "check", SHOP]).contains("it answers"), "{version}");
    host.ok(&["sync", SHOP, "rows"]);
    assert_eq!(records(&host, SHOP, "rows"), [r#"{"id":1}"#, r#"{"id":2}"#, r#"{"id":"made"}"#], "{version}");
    let output = host.ok(&["act", SHOP, "echo", "--input", r#"{"text":"hello"}"#]);
    assert!(output.contains("hello"), "{version}: {output}");

    let webhooks = host.json(&["webhook", "list", SHOP]);
    let path = webhooks["items"][0]["path"].as_str().expect("a webhook has a path");
    ureq::post(format!("{}{path}", host.url())).send(r#"{"id":"came"}"#).expect("the delivery is taken");
    vendor.heard("of came");

    let roles = ["from=shop", "to=shop"];
    host.ok(&[
        "flow",
        "create",
        "bridge",
        "--flow",
        "contract-flow",
        "--connect",
        roles[0],
        "--connect",
        roles[1],
        "--set",
        "held=made",
    ]);
    vendor.heard("1 known true of 4");
    vendor.heard("came known true of 4");
    let held = eventually("the flow holds a change", DONE_MAX, || {
        let (_, held) = host.get("flows/bridge/held");
        held["items"].get(0).cloned()
    });
    assert_eq!(held["key"], "made", "{version}");
}

/// By name: every `VERSION.wasm` that has its flow beside it.
fn versions() -> Vec<String> {
    let files = fs::read_dir(folder()).expect("there are components");
    let names =
        files.map(|file| file.expect("they can be listed").file_name().to_string_lossy().into_owned());
    let mut found: Vec<_> =
        names.filter_map(|name| Some(name.strip_suffix("-flow.wasm")?.to_owned())).collect();
    found.sort();
    found
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("contract")
}

/// Has rows, and repeats what it is told.
struct Vendor {
    address: std::net::SocketAddr,
    told: Arc<Mutex<Vec<String>>>,
    _runtime: Runtime,
}

impl Vendor {
    fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a loopback port");
        listener.set_nonblocking(true).expect("a socket has modes");
        let address = listener.local_addr().expect("a bound socket has an address");
        let told = Arc::new(Mutex::new(Vec::new()));
        let router =
            Router::new().route("/rows", get(rows)).route("/echo", post(echo)).with_state(told.clone());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("the system gives a thread");
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("inside the runtime");
            axum::serve(listener, router).await
        });
        Self { address, told, _runtime: runtime }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits until it was told that.
    #[track_caller]
    fn heard(&self, text: &str) {
        eventually(&format!("the vendor is told `{text}`"), DONE_MAX, || {
            let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            told.iter().any(|known| known == text).then_some(())
        });
    }
}

async fn rows() -> Response {
    let rows = json!({ "count": 2, "rows": [{ "id": 1 }, { "id": 2 }], "members": { "a": { "id": "x" } } });
    axum::Json(rows).into_response()
}

async fn echo(State(told): State<Arc<Mutex<Vec<String>>>>, axum::Json(body): axum::Json<Value>) -> Response {
    let text = body["text"].as_str().unwrap_or_default().to_owned();
    told.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    axum::Json(body).into_response()
}
