//! The Optimakers connector against our stand-in for the vendor: requirements O1 and O2.

mod create_order;
mod profile;
mod streams;

use std::sync::Arc;

use serde_json::Value;
use windlass_tests::connection;
use windlass_tests::host::{Host, Output};
use windlass_tests::optimakers::{API_KEY, KeyPlace, Settings, Simulator};

const NAME: &str = "erp";

/// A connection to a simulated instance.
struct Erp {
    vendor: Simulator,
    host: Arc<Host>,
}

impl Erp {
    fn open(settings: Settings) -> Self {
        Self::open_with(settings, &[])
    }

    /// `configuration` as `--set` takes it. Many requests a minute, so that no test waits for a limit
    /// which is ours alone.
    fn open_with(settings: Settings, configuration: &[&str]) -> Self {
        let secret = match settings.key_place {
            KeyPlace::Bearer => "api_key",
            KeyPlace::Header => "api_key_header",
            KeyPlace::Query => "api_key_query",
        };
        let vendor = Simulator::start(settings).expect("a loopback port");
        let erp = Self { vendor, host: Arc::new(Host::with("optimakers")) };
        let base = format!("base_url={}/", erp.vendor.url());
        let settings = [&[base.as_str(), "requests_per_minute=10000"], configuration].concat();
        connection::create(&erp.host, NAME, "optimakers", &settings, &[(secret, API_KEY)]);
        erp
    }

    fn sync(&self, stream: &str) -> Output {
        self.host.cli(&["sync", NAME, stream])
    }

    fn records(&self, stream: &str) -> Vec<String> {
        connection::records(&self.host, NAME, stream)
    }

    fn act(&self, action: &str, input: &str, key: &str) -> Output {
        self.host.cli(&["act", NAME, action, "--input", input, "--key", key, "--wait", "240"])
    }

    /// The output of an action that must succeed.
    #[track_caller]
    fn done(&self, action: &str, input: &str, key: &str) -> Value {
        let output = self.act(action, input, key);
        assert_eq!(output.code, 0, "{output:?}");
        serde_json::from_str(&output.stdout).expect("an action prints its output as JSON")
    }

    #[track_caller]
    fn assert_lawful(&self) {
        let violations = self.vendor.violations();
        assert!(violations.is_empty(), "{violations:?}");
    }
}
