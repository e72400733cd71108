//! Logins: the host makes them, as few as possible, and keeps what they give to itself.

mod crash;
mod refused;
mod secrecy;
mod shared;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use windlass_tests::connection;
use windlass_tests::host::{Host, Output, Setup};
use windlass_tests::member::{EMAIL, PASSWORD, Settings, Simulator};
use windlass_tests::simulator::{Fault, Stage, When};

const NAME: &str = "reader";
/// A part of an answer takes this long, so that an answer takes most of a second.
const SLOW_MS: u64 = 100;

/// A connection to the library.
pub struct Reader {
    pub vendor: Simulator,
    pub host: Arc<Host>,
}

impl Reader {
    pub fn open(settings: Settings) -> Self {
        let reader =
            Self { vendor: Simulator::start(settings), host: Arc::new(Host::start(Setup::default())) };
        reader.host.install_guest("member");
        connect(&reader.host, NAME, &reader.vendor, &[("email", EMAIL), ("password", PASSWORD)]);
        reader
    }

    pub fn sync(&self) -> Output {
        self.host.cli(&["sync", NAME, "books"])
    }

    /// Everything known of the newest run.
    pub fn last_run(&self) -> Value {
        let (_, runs) = self.host.get("runs?limit=1");
        self.host.get(&format!("runs/{}", runs["items"][0]["id"])).1
    }

    #[track_caller]
    pub fn assert_whole(&self) {
        assert_whole(&self.host, NAME, "books");
    }
}

pub fn connect(host: &Host, name: &str, vendor: &Simulator, secrets: &[(&str, &str)]) {
    connection::create(host, name, "member", &[&format!("base_url={}", vendor.url())], secrets);
}

#[track_caller]
pub fn assert_whole(host: &Host, connection: &str, stream: &str) {
    assert_eq!(connection::records(host, connection, stream).len(), 18);
    assert_eq!(connection::changes(host, connection, stream).len(), 18);
}

/// Requests of a run: method and path, status, whether the connector saw it.
fn exchanges(run: &Value) -> Vec<(String, u64, bool)> {
    let calls = run["calls"].as_array().expect("a run shows its calls").iter();
    let exchanges = calls.flat_map(|call| call["exchanges"].as_array().expect("a trace").clone());
    let line = |e: Value| {
        let path = e["url"].as_str().and_then(|url| url.splitn(4, '/').nth(3)).unwrap_or_default();
        let line = format!("{} /{path}", e["method"].as_str().unwrap_or_default());
        (line, e["status"].as_u64().unwrap_or(0), e["unseen"] == false)
    };
    exchanges.map(line).collect()
}

#[test]
fn a_token_that_is_forgotten_in_mid_walk_costs_one_login_and_no_attempt() {
    let reader = Arc::new(Reader::open(Settings::default()));
    let watched = Arc::downgrade(&reader);
    // The login is the first request, so this is the third page.
    reader.vendor.watch(move |moment| {
        if let Some(reader) =
            watched.upgrade().filter(|_| (moment.request, moment.stage) == (4, Stage::Answered))
        {
            reader.vendor.forget_tokens();
        }
    });
    let output = reader.sync();
    assert_eq!(output.code, 0, "{output:?}");
    reader.assert_whole();
    assert_eq!((reader.vendor.logins(), reader.vendor.calls("GET /books").len()), (2, 7));
    let run = reader.last_run();
    assert_eq!((&run["state"], &run["attempt"]), (&json!("succeeded"), &json!(1)), "{run}");
    let page = |page| format!("GET /books?page={page}");
    let login = || "POST /login".to_owned();
    assert_eq!(
        exchanges(&run)[..7],
        [
            (page(0), 200, true),
            (login(), 200, false),
            (page(1), 200, true),
            (page(2), 200, true),
            (page(3), 200, true),
            (page(3), 401, false),
            (login(), 200, false),
        ]
    );
    // Every attempt counts: 7 pages and 2 logins.
    let (_, limits) = reader.host.get(&format!("connections/{NAME}/limits"));
    assert_eq!(limits["items"][0]["used"], 9, "{limits}");
}

#[test]
fn a_token_is_renewed_before_its_end() {
    let reader = Reader::open(Settings { lifetime: Some(3), ..Settings::default() });
    reader.vendor.fault(When::Method("GET /books".into()), Fault::SlowBody(SLOW_MS));
    let output = reader.sync();
    assert_eq!(output.code, 0, "{output:?}");
    reader.assert_whole();
    assert!((2..=4).contains(&reader.vendor.logins()), "six pages of 0.8 s, each token used for 1.5 s");
    assert_eq!(reader.vendor.calls("GET /books").len(), 6, "no page was refused");
}

#[test]
fn a_login_that_the_network_spoils_is_tried_again() {
    for fault in [Fault::Html500, Fault::Reset, Fault::AnswerLost, Fault::TruncatedJson] {
        let reader = Reader::open(Settings::default());
        reader.vendor.fault(When::Nth("POST /login".into(), 1), fault.clone());
        let output = reader.sync();
        assert_eq!(output.code, 0, "{fault:?} {output:?}");
        let (logins, run) = (reader.vendor.logins(), reader.last_run());
        assert_eq!((logins, &run["calls"][0]["error"]["code"]), (2, &json!("transient")), "{fault:?} {run}");
        reader.assert_whole();
    }
}

/// The vendor's 401 says that it has not acted, so that the action, which nobody may repeat blindly, is
/// repeated with open eyes.
#[test]
fn an_action_with_a_forgotten_token_is_done_once() {
    let reader = Reader::open(Settings::default());
    let borrow =
        |key: &str| reader.host.json(&["act", NAME, "borrow", "--input", r#"{"book":7}"#, "--key", key]);
    assert_eq!(borrow("one"), json!({ "loan": 1 }));
    reader.vendor.forget_tokens();
    assert_eq!(borrow("two"), json!({ "loan": 2 }));
    assert_eq!((reader.vendor.loans(), reader.vendor.logins()), (2, 2));
    let run = reader.last_run();
    let intents: Vec<_> = run["intents"].as_array().expect("intents").iter().map(|i| &i["state"]).collect();
    assert_eq!(intents, ["settled", "settled"], "{run}");
    // And when the new login does not come, the run is not in doubt: it is tried again by itself.
    reader.vendor.forget_tokens();
    reader.vendor.fault(When::Nth("POST /login".into(), 1), Fault::Html500);
    assert_eq!(borrow("three"), json!({ "loan": 3 }));
    assert_eq!(reader.vendor.loans(), 3);
    windlass_tests::replay::assert_same(&reader.host, &["act"]);
}

#[test]
fn a_login_that_is_not_configured_is_named_before_any_request() {
    let reader = Reader::open(Settings::default());
    connect(&reader.host, "stranger", &reader.vendor, &[("email", EMAIL)]);
    let output = reader.host.cli(&["sync", "stranger", "books"]);
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("`password` is not set"), "{output:?}");
    assert_eq!(reader.last_run()["error"]["code"], "config");
    assert_eq!(reader.vendor.requests().len(), 0);
}

/// Long enough for a schedule to be stopped, on a machine that is busy with other tests.
pub const SOON: Duration = Duration::from_secs(30);
