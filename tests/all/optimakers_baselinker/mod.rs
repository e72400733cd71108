//! BaseLinker's orders into a simulated Optimakers, and their status back: requirements O3 to O6.

mod check;
mod held;
mod once;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use windlass_tests::baselinker::{self, STATUSES, Seed};
use windlass_tests::eventually::eventually;
use windlass_tests::host::{Host, Output};
use windlass_tests::optimakers::{self, API_KEY};
use windlass_tests::{connection, shop};

/// The flow's name.
const FLOW: &str = "integration";
/// Statuses in BaseLinker: to import, to send, and one that is neither.
const IMPORT: i64 = STATUSES[0].0;
const SEND: i64 = STATUSES[2].0;
const OTHER: i64 = STATUSES[1].0;
/// The status in Optimakers.
const CREATED: u64 = optimakers::STATUSES[2].0;
/// A flow reacts within seconds; a lost answer is looked up after the settle time of a minute.
const SETTLED_MAX: Duration = Duration::from_secs(240);

/// Both vendors, and the flow between them.
struct Integration {
    baselinker: baselinker::Simulator,
    optimakers: optimakers::Simulator,
    host: Arc<Host>,
}

impl Integration {
    /// Orders in the status to import, the oldest from 2024, and a flow with all its settings.
    fn open(orders: usize) -> Self {
        let integration = Self::without_flow(orders);
        integration.create(&json!({}));
        integration
    }

    fn without_flow(orders: usize) -> Self {
        let host = Arc::new(Host::with("baselinker"));
        ["optimakers", "optimakers-baselinker"].into_iter().for_each(|name| host.install(name));
        let seed = Seed { orders, status: IMPORT, ..Seed::default() };
        let settings = baselinker::Settings { seed, ..baselinker::Settings::default() };
        let baselinker = baselinker::Simulator::start(settings).expect("a loopback port");
        let optimakers =
            optimakers::Simulator::start(optimakers::Settings::default()).expect("a loopback port");
        shop::connect(&host, "shop", &baselinker, &[&format!("order_status={IMPORT}")]);
        let settings = [&format!("base_url={}", optimakers.url()), "requests_per_minute=10000"];
        connection::create(&host, "erp", "optimakers", &settings, &[("api_key", API_KEY)]);
        Self { baselinker, optimakers, host }
    }

    /// Makes the flow, with some other settings.
    #[track_caller]
    fn create(&self, more: &Value) {
        let settings = settings(more);
        let mut arguments = vec!["flow", "create", FLOW, "--flow", "optimakers-baselinker"];
        arguments.extend(["--connect", "baselinker=shop", "--connect", "optimakers=erp"]);
        arguments.extend(settings.iter().flat_map(|setting| ["--set", setting]));
        self.host.ok(&arguments);
    }

    /// Reads both vendors' orders and waits until everything that follows is done.
    #[track_caller]
    fn settle(&self) {
        self.host.ok(&["sync", "shop", "orders"]);
        self.host.ok(&["sync", "erp", "orders"]);
        self.settled();
    }

    /// Waits until the flow has been shown everything, and all that it asked for is done.
    #[track_caller]
    fn settled(&self) {
        eventually("the flow has caught up", SETTLED_MAX, || {
            let flow = self.host.json(&["flow", "show", FLOW]);
            let mut feeds = flow["feeds"].as_array().expect("a list").iter();
            let caught_up = feeds.all(|feed| feed["behind"] == 0 && feed["first_records"] == false);
            let waits = ["queued", "running"].iter().any(|state| {
                let runs = self.host.json(&["run", "list", "--state", state]);
                runs["items"].as_array().is_some_and(|runs| !runs.is_empty())
            });
            (caught_up && !waits).then_some(())
        });
    }

    fn held(&self) -> Vec<Value> {
        self.host.json(&["flow", "held", FLOW])["items"].as_array().cloned().expect("a list")
    }

    fn check(&self) -> Output {
        self.host.cli(&["flow", "check", FLOW])
    }

    /// The orders of Optimakers that an order of BaseLinker became.
    fn created(&self, order: i64) -> Vec<u64> {
        self.optimakers.orders_with(&order.to_string())
    }

    fn set_realised(&self, order: i64, realised: bool) {
        self.created(order).into_iter().for_each(|id| self.optimakers.set_realised(id, realised));
    }

    /// How often an order got the status to send.
    fn sent(&self, order: i64) -> usize {
        let effects = self.baselinker.effects();
        effects.iter().filter(|effect| effect.order == order && effect.status == Some(SEND)).count()
    }

    #[track_caller]
    fn assert_created_once(&self, orders: &[i64]) {
        for &order in orders {
            assert_eq!(self.created(order).len(), 1, "BaseLinker order {order}");
        }
    }

    #[track_caller]
    fn assert_lawful(&self) {
        shop::assert_lawful(&self.baselinker);
        let violations = self.optimakers.violations();
        assert!(violations.is_empty(), "{violations:?}");
    }
}

/// All settings of the source, as `--set` takes them.
fn settings(more: &Value) -> Vec<String> {
    let mut settings = json!({
        "baselinkerOrderStatusToImport": IMPORT,
        "baselinkerOrderStatusToSend": SEND,
        "optimesOrderStatus": CREATED,
        "optimesOrderAttributeDeliveryMethod": 11,
        "optimesOrderAttributeDeliveryPrice": 12,
        "optimesOrderAttributePaymentMethod": 13,
        "optimesOrderAttributeAdditionalField1": 14,
        "optimesOrderAttributeAdditionalField2": 15,
        "optimesOrderAttributeNote": 16,
        "optimesCustomerAttributeLogin": 20,
        "vatRates": [{ "baselinker": 23, "optimakers": 51 }],
        "currencies": [{ "baselinker": "PLN", "optimakers": 61 }],
    });
    let members = settings.as_object_mut().expect("an object");
    members.extend(more.as_object().expect("an object").clone());
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    members.iter().map(|(name, value)| format!("{name}={}", text(value))).collect()
}
