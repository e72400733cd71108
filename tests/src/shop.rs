//! A connection `shop` to a simulated BaseLinker, and what is asserted about it again and again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::baselinker::{Settings, Simulator, TOKEN};
use crate::connection::{self, Change, assert_gapless, changes};
use crate::host::{Host, Output};

/// The connection's name.
pub const NAME: &str = "shop";
/// What the vendor allows.
pub const LIMIT: (usize, Duration) = (100, Duration::from_secs(60));

pub struct Shop {
    pub vendor: Simulator,
    pub host: Arc<Host>,
}

impl Shop {
    pub fn open(settings: Settings) -> Self {
        Self::open_with(settings, &[])
    }

    /// `configuration` as `--set` takes it: `order_status=8070`.
    pub fn open_with(settings: Settings, configuration: &[&str]) -> Self {
        let vendor = Simulator::start(settings).expect("a loopback port");
        let shop = Self { vendor, host: Arc::new(Host::with("baselinker")) };
        connect(&shop.host, NAME, &shop.vendor, configuration);
        shop
    }

    /// Syncs the orders and waits for the end.
    pub fn sync(&self) -> Output {
        self.host.cli(&["sync", NAME, "orders"])
    }

    #[track_caller]
    pub fn sync_ok(&self) {
        self.host.ok(&["sync", NAME, "orders"]);
    }

    /// The stored orders, as they are.
    pub fn orders(&self) -> Vec<String> {
        orders(&self.host, NAME)
    }

    pub fn changes(&self) -> Vec<Change> {
        changes(&self.host, NAME, "orders")
    }

    /// How the API shows a stream.
    pub fn stream(&self, name: &str) -> Value {
        let (status, stream) = self.host.get(&format!("connections/{NAME}/streams/{name}"));
        assert_eq!(status, 200, "{stream}");
        stream
    }

    /// All runs, the newest first.
    pub fn runs(&self) -> Vec<Value> {
        let (_, runs) = self.host.get("runs");
        runs["items"].as_array().cloned().expect("a list of runs")
    }

    /// Everything known of a run.
    pub fn run(&self, id: &Value) -> Value {
        self.host.get(&format!("runs/{id}")).1
    }

    /// Runs an action to its end; `input` is JSON.
    pub fn act(&self, action: &str, input: &Value, key: &str) -> Output {
        self.host.cli(&["act", NAME, action, "--input", &input.to_string(), "--key", key])
    }

    /// Asserts what holds after every sync, whatever happened in it: each of the vendor's orders is
    /// here once, the history has no gap, and no rule of the vendor was broken.
    #[track_caller]
    pub fn assert_whole(&self) {
        assert_whole(&self.vendor, &self.host, NAME);
        self.assert_lawful();
    }

    #[track_caller]
    pub fn assert_lawful(&self) {
        assert_lawful(&self.vendor);
    }
}

/// Asserts that each of the vendor's orders is in a connection once, and its history has no gap.
#[track_caller]
pub fn assert_whole(vendor: &Simulator, host: &Host, connection: &str) {
    let there = vendor.order_ids().into_iter().map(|id| (id, 1)).collect();
    assert_eq!(ids(&orders(host, connection)), there, "the stored orders are not the vendor's");
    assert_gapless(&changes(host, connection, "orders"));
}

/// Asserts that the vendor's limit and its other rules were kept.
#[track_caller]
pub fn assert_lawful(vendor: &Simulator) {
    let (max, window) = LIMIT;
    let most = vendor.max_in_any_window(window);
    assert!(most <= max, "{most} requests in {window:?}");
    let violations = vendor.violations();
    assert!(violations.is_empty(), "{violations:?}");
}

/// Creates a connection to the simulator. Its schedule starts nothing in a test's time.
#[track_caller]
pub fn connect(host: &Host, name: &str, vendor: &Simulator, configuration: &[&str]) {
    let base = format!("base_url={}", vendor.url());
    let settings = [&[base.as_str()], configuration].concat();
    connection::create(host, name, "baselinker", &settings, &[("token", TOKEN)]);
}

/// A connection's stored orders, as they are.
pub fn orders(host: &Host, connection: &str) -> Vec<String> {
    connection::records(host, connection, "orders")
}

/// How often each order stands in the records, by its id, however it is written.
pub fn ids(orders: &[String]) -> BTreeMap<i64, usize> {
    let mut ids = BTreeMap::new();
    for order in orders {
        let order: Value = serde_json::from_str(order).expect("a record is JSON");
        let id = &order["order_id"];
        let id = id.as_i64().or_else(|| id.as_str()?.parse().ok()).expect("an order has an id");
        *ids.entry(id).or_default() += 1;
    }
    ids
}
