//! A supplier's documents, as files for each customer and day, to where they are taken: requirements R5
//! and R6. It is ten o'clock in UTC on 2020-12-08, the day after the guide's document.

mod days;
mod once;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use windlass_tests::clock::Clock;
use windlass_tests::connection;
use windlass_tests::eventually::eventually;
use windlass_tests::host::{Host, Output, Setup};
use windlass_tests::restigo::{Settings, Simulator, TOKEN};
use windlass_tests::timeline::Timeline;

/// The connection and its flow.
const NAME: &str = "supplier";
const FLOW: &str = "daily";
const FILES: &str = "daily-documents";
/// What the simulator calls a delivery.
const PUT: &str = "PUT documents";
const NOW_UNIX_MS: i64 = 1_607_421_600_000;
const AUTHORIZATION: &str = "Bearer SIMULATED-FILES-a1b2c3";
/// A flow reacts within seconds; the machine may be busy.
const SETTLED_MAX: Duration = Duration::from_secs(120);
/// The file of the guide's document.
const FILE: &str = "23101-2020-12-07.xml";

/// A connection to a simulated Restigo, and the flow that delivers its files.
struct Supplier {
    vendor: Simulator,
    host: Arc<Host>,
}

impl Supplier {
    fn open() -> Self {
        let settings =
            Settings { documents_authorization: Some(AUTHORIZATION.into()), ..Settings::default() };
        let vendor = Simulator::start(settings).expect("a loopback port");
        let back = (Timeline::begin().now().unix_ms - NOW_UNIX_MS) / 1000;
        let setup = Setup { clock: Clock::Shifted(format!("-{back}")), ..Setup::default() };
        let host = Arc::new(Host::with_in("restigo", setup));
        host.install("restigo-daily");
        let supplier = Self { vendor, host };
        supplier.connect(NAME, FLOW, &[]);
        supplier
    }

    /// A connection with some other settings, and its flow.
    fn connect(&self, name: &str, flow: &str, more: &[&str]) {
        let (base, files) = (
            format!("base_url={}", self.vendor.url()),
            format!("documents_url={}", self.vendor.documents_url()),
        );
        let customers = r#"customers=["23101"]"#;
        let settings = [&[base.as_str(), &files, "requests_per_minute=10000", customers], more].concat();
        let secrets = [("token", TOKEN), ("documents_authorization", AUTHORIZATION)];
        connection::create(&self.host, name, "restigo", &settings, &secrets);
        let bound = format!("restigo={name}");
        self.host.ok(&["flow", "create", flow, "--flow", "restigo-daily", "--connect", &bound]);
    }

    fn push(&self, documents: &[Value], key: &str) -> Output {
        let input = json!({ "account_code": "23101", "documents": documents }).to_string();
        self.host.cli(&["act", NAME, "push-documents", "--input", &input, "--key", key])
    }

    #[track_caller]
    fn pushed(&self, documents: &[Value], key: &str) -> Value {
        let output = self.push(documents, key);
        assert_eq!(output.code, 0, "{output:?}");
        serde_json::from_str(&output.stdout).expect("an output is JSON")
    }

    /// Builds the files and waits until they are delivered.
    #[track_caller]
    fn settle(&self) {
        self.host.ok(&["sync", NAME, FILES]);
        self.settled(FLOW);
    }

    /// Waits until the flow has been shown everything, and all that it asked for is done.
    #[track_caller]
    fn settled(&self, flow: &str) {
        eventually("the flow has caught up", SETTLED_MAX, || {
            let flow = self.host.json(&["flow", "show", flow]);
            let feed = &flow["feeds"][0];
            let caught_up = feed["behind"] == 0 && feed["first_records"] == false;
            let waits = self.runs().iter().any(|run| run["state"] == "queued" || run["state"] == "running");
            (caught_up && !waits).then_some(())
        });
    }

    /// All runs, in one look: one whose host died goes from running to queued.
    fn runs(&self) -> Vec<Value> {
        let runs = self.host.json(&["run", "list", "--limit", "1000"]);
        runs["items"].as_array().cloned().unwrap_or_default()
    }

    /// How many deliveries were asked for.
    fn deliveries(&self) -> usize {
        self.runs().iter().filter(|run| run["action"] == "deliver-documents").count()
    }

    #[track_caller]
    fn file(&self) -> String {
        self.vendor.file(FILE).unwrap_or_else(|| panic!("{:?}", self.vendor.file_names()))
    }

    #[track_caller]
    fn assert_lawful(&self) {
        let violations = self.vendor.violations();
        assert!(violations.is_empty(), "{violations:?}");
    }
}

/// The document of the guide's two lines.
fn guide() -> Value {
    let json = r#"{"doc_type":11,"doc_num":193320,"document_date":"2020-12-07","value_date":"2020-12-07",
        "supply_date":"2020-12-08","remarks":"הערה להזמנה : זאת הזמנה לתת לאוריאל במפעל",
        "lines":[{"package":3,"quantity":27,"item_sku":"לחמא00905","price":10},
        {"package":1,"quantity":40,"item_sku":"הבלקן8386"}]}"#;
    serde_json::from_str(json).expect("JSON")
}

/// A document of another number on the same day.
fn late() -> Value {
    let mut late = guide();
    late["doc_num"] = json!(193_321);
    // Still the 7th in Jerusalem.
    late["document_date"] = json!("2020-12-07T21:59:00Z");
    late
}
