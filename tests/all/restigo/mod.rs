//! The Restigo connector against the simulated vendor: requirements G1 to G5 and R1 to R4.

mod create_pricing;
mod items;
mod location;
mod streams;

use std::sync::Arc;

use serde_json::Value;
use windlass_tests::connection;
use windlass_tests::host::{Host, Output};
use windlass_tests::restigo::{Settings, Simulator, TOKEN};

const NAME: &str = "supplier";

/// A connection `supplier` to a simulated Restigo.
struct Supplier {
    vendor: Simulator,
    host: Arc<Host>,
}

impl Supplier {
    fn open(settings: Settings) -> Self {
        Self::open_with(settings, &[])
    }

    /// `configuration` as `--set` takes it. Many requests a minute, so that no test waits for a limit
    /// which is ours alone.
    fn open_with(settings: Settings, configuration: &[&str]) -> Self {
        let vendor = Simulator::start(settings).expect("a loopback port");
        let supplier = Self { vendor, host: Arc::new(Host::with("restigo")) };
        let base = format!("base_url={}/", supplier.vendor.url());
        let settings = [&[base.as_str(), "requests_per_minute=10000"], configuration].concat();
        connection::create(&supplier.host, NAME, "restigo", &settings, &[("token", TOKEN)]);
        supplier
    }

    fn act(&self, action: &str, input: &str, key: &str) -> Output {
        self.host.cli(&["act", NAME, action, "--input", input, "--key", key, "--wait", "180"])
    }

    /// The output of an action that must succeed, as it is printed.
    #[track_caller]
    fn done(&self, action: &str, input: &str, key: &str) -> String {
        let output = self.act(action, input, key);
        assert_eq!(output.code, 0, "{output:?}");
        output.stdout.trim_end().to_owned()
    }

    fn records(&self, stream: &str) -> Vec<String> {
        connection::records(&self.host, NAME, stream)
    }

    /// All runs, the newest first.
    fn runs(&self) -> Vec<Value> {
        let (_, runs) = self.host.get("runs");
        runs["items"].as_array().cloned().expect("a list of runs")
    }

    /// The bodies of requests of one method, as they came.
    fn bodies(&self, method: &str) -> Vec<String> {
        let calls = self.vendor.calls(method).into_iter();
        calls.map(|call| String::from_utf8(call.body).expect("bodies are UTF-8")).collect()
    }

    #[track_caller]
    fn assert_lawful(&self) {
        let violations = self.vendor.violations();
        assert!(violations.is_empty(), "{violations:?}");
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}
