//! What a delivery asks for: reads and actions.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use windlass_tests::connection::records;
use windlass_tests::eventually::eventually;

use super::hooked::{Hooked, NAME};

const DONE_MAX: std::time::Duration = std::time::Duration::from_secs(60);

/// A vendor that lists what was registered. Stops serving when dropped.
pub struct Vendor {
    address: std::net::SocketAddr,
    registered: Registered,
    _runtime: Runtime,
}

type Registered = Arc<Mutex<Vec<String>>>;

impl Vendor {
    pub fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a loopback port");
        listener.set_nonblocking(true).expect("a socket has modes");
        let address = listener.local_addr().expect("a bound socket has an address");
        let registered = Registered::default();
        let list = async |State(known): State<Registered>| lines(&known);
        let add = async |State(known): State<Registered>, body: String| {
            known.lock().expect("pushing does not panic").push(body);
        };
        let router = Router::new().route("/webhooks", post(add).get(list)).with_state(registered.clone());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("the system gives a thread");
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("inside the runtime");
            axum::serve(listener, router).await
        });
        Self { address, registered, _runtime: runtime }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was registered, as it came.
    pub fn registered(&self) -> String {
        lines(&self.registered)
    }
}

fn lines(registered: &Registered) -> String {
    registered.lock().expect("pushing does not panic").join("\n")
}

#[test]
fn single_records_are_read_together_and_in_bounded_calls() {
    let hooked = Hooked::start();
    hooked.host.ok(&["connection", "pause", NAME]);
    for number in 0..5 {
        let keys = [number.to_string(), (number + 1).to_string()];
        hooked.taken(&json!({ "event": format!("e{number}"), "order": "a", "do": "read", "keys": keys }));
    }
    hooked.host.ok(&["connection", "resume", NAME]);
    let details: Vec<Value> = eventually("the details are read", DONE_MAX, || {
        let details = records(&hooked.host, NAME, "details");
        (details.len() == 6)
            .then(|| details.iter().map(|one| serde_json::from_str(one).expect("JSON")).collect())
    });
    assert!(details.iter().all(|detail| detail["together"] == 2), "{details:?}");
    let syncs = hooked.runs("sync");
    assert_eq!((syncs.len(), &syncs[0]["trigger"]), (1, &Value::from("webhook")), "{syncs:?}");
    assert_eq!(
        hooked.host.json(&["run", "show", &syncs[0]["id"].to_string()])["calls"].as_array().map(Vec::len),
        Some(3)
    );
}

#[test]
fn a_walk_is_made_soon_and_not_once_for_each_delivery() {
    let hooked = Hooked::start();
    hooked.host.ok(&["connection", "pause", NAME]);
    for number in 0..20 {
        hooked.taken(&json!({ "event": number.to_string(), "order": "a", "do": "walk" }));
    }
    hooked.host.ok(&["connection", "resume", NAME]);
    hooked.drained();
    eventually("the walk is made", DONE_MAX, || {
        let done = hooked.runs("sync").iter().all(|run| run["state"] == "succeeded");
        (done && !records(&hooked.host, NAME, "details").is_empty()).then_some(())
    });
    let walks: Value = serde_json::from_str(&records(&hooked.host, NAME, "details")[0]).expect("JSON");
    assert!(walks["walks"].as_i64().is_some_and(|walks| walks <= 2), "{walks}");
}

#[test]
fn a_stopped_stream_is_not_read_until_a_person_resumes_it() {
    let hooked = Hooked::start();
    hooked.host.ok(&["stream", "pause", NAME, "details"]);
    hooked.taken(&json!({ "event": "e", "order": "a", "do": "read", "keys": ["1"] }));
    let waiting = eventually("the read waits", DONE_MAX, || {
        hooked.runs("sync").into_iter().find(|run| run["waits_for"]["code"] == "stream-stopped")
    });
    assert_eq!((&waiting["state"], &waiting["attempt"]), (&Value::from("queued"), &Value::from(1)));
    assert!(records(&hooked.host, NAME, "details").is_empty());
    // A person may read it all the same, and what waited comes along.
    hooked.host.ok(&["sync", NAME, "details"]);
    assert_eq!(records(&hooked.host, NAME, "details").len(), 2);
}

#[test]
fn an_action_is_asked_for_once_by_its_key() {
    let hooked = Hooked::start();
    for number in 0..3 {
        hooked.taken(&json!({ "event": number.to_string(), "order": "a", "do": "ship" }));
    }
    hooked.taken(&json!({ "event": "3", "order": "b", "do": "ship" }));
    hooked.drained();
    let actions = eventually("the actions are done", DONE_MAX, || {
        let runs = hooked.runs("action");
        (runs.len() >= 2 && runs.iter().all(|run| run["state"] == "succeeded")).then_some(runs)
    });
    let asked: Vec<_> = actions.iter().map(|run| (run["key"].as_str(), run["trigger"].as_str())).collect();
    assert_eq!(asked, [(Some("b"), Some("webhook")), (Some("a"), Some("webhook"))]);
    assert_eq!(actions[0]["output"], json!({ "order": "b" }));
}

#[test]
fn what_is_switched_off_is_left_out_and_the_rest_kept() {
    let hooked = Hooked::start();
    let note = |event: &str| json!({ "event": event, "order": "a", "do": "note" });
    hooked.taken(&note("off"));
    let run = hooked.delivery("off", "processed")["run"].to_string();
    let log = hooked.host.json(&["run", "show", &run])["log"].to_string();
    assert!(log.contains("stream notes is switched off"), "{log}");
    hooked.host.ok(&["connection", "set", NAME, "--set", "with_notes=true"]);
    hooked.taken(&note("on"));
    hooked.drained();
    assert_eq!(hooked.events()["a"], ["off", "on"]);
    let notes = hooked.host.json(&["records", NAME, "notes"]);
    assert!(notes.to_string().contains("\"on\"") && !notes.to_string().contains("\"off\""), "{notes}");
}
