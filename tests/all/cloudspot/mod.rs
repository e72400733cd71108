//! The Cloudspot connector against the simulated vendor: requirements G1 to G5 and C1 to C6.

mod client;
mod company;
mod deletions;
mod faults;
mod kills;
mod secrets;
mod users;

use std::sync::Arc;

use serde_json::Value;
use windlass_tests::cloudspot::{APPLICATION, Settings, Simulator, TOKEN};
use windlass_tests::connection::{self, Change};
use windlass_tests::host::{Host, Output};

/// The connection's name.
const NAME: &str = "erp";

/// A connection to a simulated Cloudspot ERP.
struct Erp {
    vendor: Simulator,
    host: Arc<Host>,
}

impl Erp {
    /// With a company token, and an application for users.
    fn open(settings: Settings) -> Self {
        Self::open_with(settings, &[&format!("application={APPLICATION}")], &[("token", TOKEN)])
    }

    /// `configuration` as `--set` takes it; `secrets` are names and values.
    fn open_with(settings: Settings, configuration: &[&str], secrets: &[(&str, &str)]) -> Self {
        let vendor = Simulator::start(settings).expect("a loopback port");
        let erp = Self { vendor, host: Arc::new(Host::with("cloudspot")) };
        connect(&erp.host, &erp.vendor, configuration, secrets);
        erp
    }

    fn sync(&self, stream: &str) -> Output {
        self.host.cli(&["sync", NAME, stream])
    }

    #[track_caller]
    fn sync_ok(&self, stream: &str) {
        self.host.ok(&["sync", NAME, stream]);
    }

    /// Runs an action to its end, with a key of its own. The input is not on the command line.
    fn act(&self, action: &str, input: &Value) -> Output {
        let key = format!("{action}-{}", self.vendor.requests().len());
        let ask = ["act", NAME, action, "--input", "-", "--key", &key];
        self.host.cli_given(&ask, input.to_string().as_bytes())
    }

    /// The output of an action that must succeed.
    #[track_caller]
    fn done(&self, action: &str, input: &Value) -> Value {
        let output = self.act(action, input);
        assert_eq!(output.code, 0, "{output:?}");
        serde_json::from_str(&output.stdout).expect("an action prints its output as JSON")
    }

    fn records(&self, stream: &str) -> Vec<String> {
        connection::records(&self.host, NAME, stream)
    }

    fn changes(&self, stream: &str) -> Vec<Change> {
        connection::changes(&self.host, NAME, stream)
    }

    /// How the API shows a stream.
    fn stream(&self, name: &str) -> Value {
        let (status, stream) = self.host.get(&format!("connections/{NAME}/streams/{name}"));
        assert_eq!(status, 200, "{stream}");
        stream
    }

    /// All runs, the newest first.
    fn runs(&self) -> Vec<Value> {
        let (_, runs) = self.host.get("runs");
        runs["items"].as_array().cloned().expect("a list of runs")
    }

    #[track_caller]
    fn assert_lawful(&self) {
        let violations = self.vendor.violations();
        assert!(violations.is_empty(), "{violations:?}");
    }
}

/// Creates the connection.
#[track_caller]
fn connect(host: &Host, vendor: &Simulator, configuration: &[&str], secrets: &[(&str, &str)]) {
    let base = format!("base_url={}/", vendor.base_url());
    let settings = [&[base.as_str()], configuration].concat();
    connection::create(host, NAME, "cloudspot", &settings, secrets);
}
