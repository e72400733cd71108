//! The life of a version: installed, tried on one connection, given to all, undone, pruned.

mod bad;
mod hosts;
mod kill;
mod migrate;
mod swaps;
mod unfit;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use windlass_tests::connection::{create, records};
use windlass_tests::eventually::eventually;
use windlass_tests::host::{Host, Output, Setup};
use windlass_tests::versioned::Made;

const TOKEN: &str = "the vendor shows this token";
/// Records of a whole walk: five pages of ten.
const ITEMS: usize = 50;
/// A bad version is gone within five seconds; this machine may be busy with other tests.
const BACK_MAX: Duration = Duration::from_secs(60);
/// What is waited for is done within this, on a machine that is busy with other tests.
const DONE_MAX: Duration = Duration::from_secs(120);

/// A host with connections of the guest `versioned`, at version 1.0.0.
struct Shops {
    host: Arc<Host>,
    names: Vec<String>,
}

impl Shops {
    /// A version is given to all after ten calls.
    fn open(connections: usize) -> Self {
        let variables = vec![("WINDLASS_GUARD_CALLS".to_owned(), "10".to_owned())];
        Self::of(Arc::new(Host::start(Setup { variables, ..Setup::default() })), connections)
    }

    fn of(host: Arc<Host>, connections: usize) -> Self {
        let names: Vec<String> = (0..connections).map(|number| format!("shop-{number}")).collect();
        let shops = Self { host, names };
        assert_eq!(shops.install(Made::good("1.0.0")).code, 0);
        for name in &shops.names {
            create(&shops.host, name, "versioned", &[], &[("token", TOKEN)]);
        }
        shops
    }

    fn install(&self, made: Made) -> Output {
        self.host.cli(&["connector", "install", &made.file(&self.host), "--yes"])
    }

    /// As the API shows the connector.
    fn connector(&self) -> Value {
        self.host.get("connectors/versioned").1
    }

    /// The active version, and the stage of the last activation.
    fn standing(&self) -> (String, String) {
        let connector = self.connector();
        let text =
            |pointer: &str| connector.pointer(pointer).and_then(Value::as_str).unwrap_or("").to_owned();
        (text("/active"), text("/activation/stage"))
    }

    #[track_caller]
    fn stands(&self, active: &str, stage: &str) {
        self.stands_within(DONE_MAX, active, stage);
    }

    #[track_caller]
    fn stands_within(&self, most: Duration, active: &str, stage: &str) {
        let (active, stage) = (active.to_owned(), stage.to_owned());
        eventually(&format!("{active} is active, {stage}"), most, || {
            (self.standing() == (active.clone(), stage.clone())).then_some(())
        });
    }

    /// Reads all of a connection's items again, to the end; the run.
    fn sync(&self, name: &str) -> Value {
        let path = format!("connections/{name}/streams/items/sync");
        let (status, answer) = self.host.post(&path, br#"{"full":true}"#);
        assert_eq!(status, 202, "{answer}");
        let id = answer["id"].as_i64().expect("a run has an id");
        eventually("the sync ends", DONE_MAX, || {
            let (_, run) = self.host.get(&format!("runs/{id}"));
            let state = run["state"].as_str().unwrap_or_default().to_owned();
            (state != "queued" && state != "running").then_some(run)
        })
    }

    /// Every connection syncs without pause, and deliveries come, until `work` has ended. No delivery is
    /// refused; gives how many there were.
    fn under_load(&self, work: impl FnOnce()) -> usize {
        let over = AtomicBool::new(false);
        let address = address(&self.host, &self.names[0]);
        thread::scope(|scope| {
            for name in &self.names {
                let over = &over;
                scope.spawn(move || {
                    while !over.load(Ordering::Relaxed) {
                        self.sync(name);
                    }
                });
            }
            let delivering = scope.spawn(|| {
                let mut sent = 0;
                while !over.load(Ordering::Relaxed) {
                    deliver(&address, sent);
                    sent += 1;
                }
                sent
            });
            // Also when it panics, or the others would never end.
            let worked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
            over.store(true, Ordering::Relaxed);
            let sent = delivering.join().expect("every delivery is taken");
            if let Err(panic) = worked {
                std::panic::resume_unwind(panic);
            }
            sent
        })
    }

    /// No run failed, each record is there once and has one change, and every delivery was received.
    #[track_caller]
    fn assert_whole(&self, sent: usize) {
        for name in &self.names {
            assert_eq!(records(&self.host, name, "items").len(), ITEMS, "{name}");
            let (_, stream) = self.host.get(&format!("connections/{name}/streams/items/changes?limit=1000"));
            assert_eq!(stream["items"].as_array().map(Vec::len), Some(ITEMS), "{name} has one change each");
        }
        eventually("every delivery is received", DONE_MAX, || {
            let (_, list) = self.host.get(&format!("connections/{}/webhooks", self.names[0]));
            (list["items"][0]["waiting"] == 0).then_some(())
        });
        assert_eq!(records(&self.host, &self.names[0], "events").len(), sent);
        let (_, failed) = self.host.get("runs?state=failed&limit=1000");
        assert_eq!(failed["items"], json!([]), "no run fails");
        let (_, runs) = self.host.get("runs?limit=1000");
        for run in runs["items"].as_array().expect("a list of runs") {
            assert_eq!(run["attempt"], 1, "no attempt is used: {run}");
        }
    }

    /// Runs by the versions that made their calls.
    fn digests(&self, run: &Value) -> BTreeMap<String, usize> {
        let mut digests = BTreeMap::new();
        for call in run["calls"].as_array().expect("a run shows its calls") {
            *digests.entry(call["digest"].as_str().expect("a digest").to_owned()).or_default() += 1;
        }
        digests
    }
}

/// Where the vendor delivers.
fn address(host: &Host, connection: &str) -> String {
    let (_, list) = host.get(&format!("connections/{connection}/webhooks"));
    let path = list["items"][0]["path"].as_str().expect("a webhook has a path");
    format!("{}{path}", host.url())
}

#[track_caller]
fn deliver(address: &str, number: usize) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let body = json!({ "event": format!("e{number:06}") }).to_string();
    let answer = agent.post(address).header("X-Token", TOKEN).send(&body).expect("the host answers");
    assert_eq!(answer.status(), 200, "delivery {number}");
}
