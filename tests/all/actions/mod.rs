//! Actions of every kind: what they take and return, keys, order, steps, doubts and secrets.
//!
//! The connector is the guest `actor`; what its actions return is what the [`vendor`] answers.

mod blind;
mod doubts;
mod inputs;
mod keys;
mod order;
mod outputs;
mod secrets;
mod steps;
mod vendor;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use vendor::Vendor;
use windlass_tests::eventually::eventually;
use windlass_tests::host::{Host, Output, Setup};

/// The connection's name.
const NAME: &str = "shop";
/// A state is reached within this, on a machine that is busy with other tests.
const REACHED_MAX: Duration = Duration::from_secs(60);

/// A connection to a vendor.
struct Place {
    vendor: Vendor,
    host: Arc<Host>,
}

impl Place {
    fn open() -> Self {
        Self::with(Vendor::start(vendor::done()))
    }

    fn with(vendor: Vendor) -> Self {
        let host = Host::start(Setup::default());
        host.install_guest("actor");
        connect(&host, &vendor);
        Self::on(host, vendor)
    }

    fn on(host: Host, vendor: Vendor) -> Self {
        Self { vendor, host: Arc::new(host) }
    }

    /// Asks for an action and waits for its end.
    fn act(&self, action: &str, input: &str, key: &str) -> Output {
        self.act_waiting(action, input, key, "60")
    }

    fn act_waiting(&self, action: &str, input: &str, key: &str, seconds: &str) -> Output {
        self.host.cli(&["act", NAME, action, "--input", input, "--key", key, "--wait", seconds])
    }

    /// Asks for an action and does not wait; the run's number.
    #[track_caller]
    fn ask(&self, action: &str, input: &str, key: &str) -> String {
        let output = self.act_waiting(action, input, key, "0");
        assert_eq!(output.code, 4, "accepted and not finished: {output:?}");
        self.number(key)
    }

    /// All runs, the newest first.
    fn runs(&self) -> Vec<Value> {
        self.host.get("runs").1["items"].as_array().cloned().expect("a list of runs")
    }

    /// The number of the run with a key.
    #[track_caller]
    fn number(&self, key: &str) -> String {
        let run = self.runs().into_iter().find(|run| run["key"] == key);
        run.unwrap_or_else(|| panic!("no run has the key {key}"))["id"].to_string()
    }

    /// Everything known of the run with a key.
    #[track_caller]
    fn run(&self, key: &str) -> Value {
        self.host.get(&format!("runs/{}", self.number(key))).1
    }

    /// Waits until the run with a key is in a state, and gives it.
    #[track_caller]
    fn reach(&self, key: &str, state: &str) -> Value {
        self.reach_with(key, state, |run| run["state"] == state)
    }

    /// Waits until the run with a key is as it should be, and gives it.
    #[track_caller]
    fn reach_with(&self, key: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        eventually(&format!("{key} is {what}"), REACHED_MAX, || Some(self.run(key)).filter(&is))
    }
}

/// Makes the connection.
fn connect(host: &Host, vendor: &Vendor) {
    let address = format!("base_url={}", vendor.url());
    host.ok(&["connection", "create", NAME, "--connector", "actor", "--set", &address]);
}

/// An input of the actions that take an order.
fn order(number: &str) -> String {
    serde_json::json!({ "order": number }).to_string()
}
