//! `windlass apply`: connections and flows are made what a file says, and nothing else changes.

mod rebound;
mod refused;
mod whole;

use serde_json::Value;
use windlass_tests::baselinker::{STATUSES, Seed, Settings, Simulator, TOKEN};
use windlass_tests::host::{Host, Output};
use windlass_tests::simulator::Limit;

/// A service with the connector and the flow of the tests, and a file to apply.
struct Applied {
    host: Host,
    file: String,
}

impl Applied {
    fn new() -> Self {
        let host = Host::with("baselinker");
        host.secret_file("token", TOKEN);
        let file = host.aside_file("windlass.toml", b"").to_str().expect("a path in UTF-8").to_owned();
        Self { host, file }
    }

    fn declare(&self, text: &str) {
        self.host.aside_file("windlass.toml", text.as_bytes());
    }

    fn apply(&self, more: &[&str]) -> Output {
        self.host.cli(&[&["apply", &self.file], more].concat())
    }

    /// What is to be done, as `--plan --json` tells it.
    #[track_caller]
    fn plan(&self) -> Value {
        self.host.json(&["apply", &self.file, "--plan"])
    }

    #[track_caller]
    fn done(&self) -> String {
        self.host.ok(&["apply", &self.file, "--yes"])
    }

    /// Applying it again would change nothing.
    #[track_caller]
    fn assert_settled(&self) {
        let plan = self.plan();
        let items = plan["items"].as_array().expect("a list of items");
        assert!(items.iter().all(|item| item["action"] == "none"), "{plan:#}");
        let shown = self.done();
        assert!(!shown.contains("done:") && shown.contains("as declared"), "{shown}");
    }

    fn connections(&self) -> Vec<Value> {
        self.host.json(&["connection", "list"])["items"].as_array().cloned().expect("a list")
    }
}

/// A connection to this vendor in the file. Its token lies beside the file.
fn connection(name: &str, url: &str, more: &str) -> String {
    format!(
        "[connections.{name}]\nconnector = \"baselinker\"\nsecrets.token = \"@token\"\n\
        config = {{ base_url = \"{url}\", requests_per_minute = 1000 }}\n{more}\n"
    )
}

/// An account whose orders are all in the first status.
fn account(orders: usize) -> Simulator {
    let seed = Seed { orders, ..Seed::default() };
    let limit = Limit { max: 1_000, ..Limit::default() };
    let vendor = Simulator::start(Settings { seed, limit, ..Settings::default() }).expect("a loopback port");
    for id in vendor.order_ids() {
        vendor.move_order(id, STATUSES[0].0);
    }
    vendor
}

/// The flow of the tests in the file.
fn flow(from: &str, to: &str) -> String {
    let [before, after] = [STATUSES[0].0, STATUSES[1].0];
    format!(
        "[flows.bridge]\nflow = \"flow-guest\"\nconnect = {{ from = \"{from}\", to = \"{to}\" }}\n\
        config = {{ from_status = {before}, to_status = {after} }}\n"
    )
}
