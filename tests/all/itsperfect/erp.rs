//! A connection `erp` to a simulated ItsPerfect, and what is asserted about it again and again.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use windlass_tests::clock::Clock;
use windlass_tests::connection;
use windlass_tests::eventually::eventually;
use windlass_tests::host::{Host, Output, Setup};
use windlass_tests::itsperfect::{PASSWORD, Settings, Simulator, TOKEN, USERNAME};
use windlass_tests::timeline::Timeline;

/// The connection's name.
pub const NAME: &str = "erp";
pub const SECRETS: [(&str, &str); 3] = [("username", USERNAME), ("password", PASSWORD), ("token", TOKEN)];
/// An account whose orders are for warehouse 3.
pub const ACCOUNT: &str = r#"accounts=[{"account":"web-nl","warehouse":3}]"#;
pub struct Erp {
    pub vendor: Simulator,
    pub host: Arc<Host>,
    /// The vendor's clock; the host's, too, where orders are created.
    pub timeline: Timeline,
}

impl Erp {
    /// An active connection; `configuration` as `--set` takes it.
    pub fn open(settings: Settings, configuration: &[&str]) -> Self {
        let clock = Clock::default();
        Self::open_under(settings, clock, &[&["active=true"], configuration].concat())
    }

    /// One that may create orders for [`ACCOUNT`], with vendor and host on a clock that is moved on.
    pub fn open_orders(settings: Settings, configuration: &[&str]) -> Self {
        let needed = ["active=true", "create_orders=true", ACCOUNT];
        let clock = Clock::Skipping(settings.timeline.clone());
        Self::open_under(settings, clock, &[&needed, configuration].concat())
    }

    /// With nothing set but what is given.
    pub fn open_under(settings: Settings, clock: Clock, configuration: &[&str]) -> Self {
        let timeline = settings.timeline.clone();
        let vendor = Simulator::start(settings).expect("a loopback port");
        let host = Host::with_in("itsperfect", Setup { clock, ..Setup::default() });
        let erp = Self { vendor, host: Arc::new(host), timeline };
        connect(&erp.host, NAME, &erp.vendor, configuration);
        erp
    }

    pub fn sync(&self, stream: &str) -> Output {
        self.host.cli(&["sync", NAME, stream])
    }

    #[track_caller]
    pub fn sync_ok(&self, stream: &str) {
        self.host.ok(&["sync", NAME, stream]);
    }

    /// The stored records of a stream.
    pub fn records(&self, stream: &str) -> Vec<Value> {
        let stored = connection::records(&self.host, NAME, stream);
        stored.iter().map(|record| serde_json::from_str(record).expect("a record is JSON")).collect()
    }

    /// Creates an order for [`ACCOUNT`], under its reference as key.
    pub fn create(&self, reference: &str) -> Output {
        self.create_with(reference, &input(reference))
    }

    pub fn create_with(&self, key: &str, input: &Value) -> Output {
        let input = input.to_string();
        let ask = ["act", NAME, "create-order", "--input", &input, "--key", key, "--wait"];
        let accepted = self.host.cli(&[&ask[..], &["0"]].concat());
        if accepted.code != ACCEPTED {
            return accepted;
        }
        // Nobody waits for an answer while time is skipped: it would be taken for late.
        eventually("the order's run ends", COMMAND_MAX, || {
            self.skip_wait();
            let run = self.runs().into_iter().find(|run| run["key"] == key)?;
            is_finished(&run["state"]).then_some(())
        });
        self.host.cli(&[&ask[..], &["60"]].concat())
    }

    /// Moves the clock on if every order waits: until a lookup can be trusted, or until it is tried again.
    /// The host may be dead.
    pub fn skip_wait(&self) {
        let runs = self.host.try_get("runs?kind=action").map(|(_, runs)| runs).unwrap_or_default();
        let runs = runs["items"].as_array().cloned().unwrap_or_default();
        if runs.iter().any(|run| run["state"] == "running") {
            return;
        }
        let due = |run: &Value| run["due_at"].as_str()?.parse::<Timestamp>().ok();
        let queued = runs.iter().filter(|run| run["state"] == "queued");
        if let Some(first) = queued.filter_map(due).min() {
            self.timeline.skip_to(first.as_millisecond());
        }
    }

    /// All runs, the newest first.
    pub fn runs(&self) -> Vec<Value> {
        let (_, runs) = self.host.get("runs");
        runs["items"].as_array().cloned().expect("a list of runs")
    }

    /// Null when there is none yet.
    pub fn newest_run(&self) -> Value {
        self.runs().into_iter().next().unwrap_or_default()
    }

    /// Everything known of a run.
    pub fn run(&self, id: &Value) -> Value {
        self.host.get(&format!("runs/{id}")).1
    }

    /// How the API shows the one limit.
    pub fn limit(&self) -> Value {
        let (status, limits) = self.host.get(&format!("connections/{NAME}/limits"));
        assert_eq!(status, 200, "{limits}");
        limits["items"][0].clone()
    }

    #[track_caller]
    pub fn assert_lawful(&self) {
        assert_lawful(&self.vendor);
    }
}

/// Asserts that the vendor's rules were kept, and no hour of any alignment held more than it allows.
#[track_caller]
pub fn assert_lawful(vendor: &Simulator) {
    let violations = vendor.violations();
    assert!(violations.is_empty(), "{violations:?}");
    let quota = vendor.with(|vendor, _| vendor.settings.quota);
    let most = vendor.max_in_any_window(quota.window);
    assert!(most <= quota.max, "{most} requests in {:?}", quota.window);
}

/// Creates a connection to the simulator. Its schedule starts nothing in a test's time.
#[track_caller]
pub fn connect(host: &Host, name: &str, vendor: &Simulator, configuration: &[&str]) {
    let base = format!("base_url={}", vendor.url());
    connection::create(host, name, "itsperfect", &[&[base.as_str()], configuration].concat(), &SECRETS);
    // Intervals are shorter than what a test skips; what runs is what the test asks for.
    for stream in ["warehouses", "countries", "items", "stock"] {
        host.ok(&["stream", "pause", name, stream]);
    }
}

/// A small order.
pub fn input(reference: &str) -> Value {
    json!({"account": "web-nl", "reference": reference, "order": {
        "orderType": "2", "customerId": "9", "currency": "EUR", "date": "2026-11-22 10:00:00",
        "items": [{"barcode": "8719001001007", "quantity": 1, "price": "21.60"}],
    }})
}

/// The id in an action's output.
#[track_caller]
pub fn insert_id(output: &Output) -> i64 {
    assert_eq!(output.code, 0, "{output:?}");
    let printed: Value = serde_json::from_str(&output.stdout).expect("stdout is the output alone");
    let id = &printed["insertId"];
    id.as_i64().or_else(|| id.as_str()?.parse().ok()).unwrap_or_else(|| panic!("no id in {printed}"))
}

/// A command, a retry, on a busy machine.
pub const SOON: Duration = Duration::from_secs(60);
/// An action that waits for several of them.
const COMMAND_MAX: Duration = Duration::from_secs(180);
/// The exit code of what goes on.
const ACCEPTED: i32 = 4;

fn is_finished(state: &Value) -> bool {
    ["succeeded", "failed", "held", "cancelled"].iter().any(|finished| state == finished)
}
