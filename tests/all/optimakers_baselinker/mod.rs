//! BaseLinker's orders into a simulated Optimakers, and their status back: requirements O3 to O6.

mod again;
mod check;
mod held;
mod many;
mod once;
mod pushed;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use windlass_tests::baselinker::{self, STATUSES, Seed};
use windlass_tests::eventually::eventually;
use windlass_tests::host::{Host, Output};
use windlass_tests::optimakers::{self, API_KEY, WEBHOOK_TOKEN};
use windlass_tests::timeline::Timeline;
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
        Self::on(Arc::new(Host::with("baselinker")), orders, &Timeline::begin())
    }

    /// On a host that has BaseLinker's connector, with BaseLinker on that clock.
    fn on(host: Arc<Host>, orders: usize, timeline: &Timeline) -> Self {
        ["optimakers", "optimakers-baselinker"].into_iter().for_each(|name| host.install(name));
        let seed = Seed { orders, status: IMPORT, ..Seed::default() };
        let settings = baselinker::Settings { seed, ..baselinker::Settings::default() };
        let baselinker =
            baselinker::Simulator::start_at(settings, timeline.clone()).expect("a loopback port");
        let optimakers =
            optimakers::Simulator::start(optimakers::Settings::default()).expect("a loopback port");
        shop::connect(&host, "shop", &baselinker, &[&format!("order_status={IMPORT}")]);
        let settings = [&format!("base_url={}", optimakers.url()), "requests_per_minute=10000"];
        let secrets = [("api_key", API_KEY), ("webhook_token", WEBHOOK_TOKEN)];
        connection::create(&host, "erp", "optimakers", &settings, &secrets);
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
    ///
    /// # Panics
    /// If a run failed, or waits for a person.
    #[track_caller]
    fn settled(&self) {
        eventually("the flow has caught up", SETTLED_MAX, || is_at_rest(&self.host).then_some(()));
        for state in ["failed", "cancelled", "held"] {
            let runs = self.host.json(&["run", "list", "--state", state]);
            assert_eq!(runs["items"], json!([]), "nothing is {state}");
        }
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

/// Whether nothing waits and nothing runs; false while the host is dead.
fn is_at_rest(host: &Host) -> bool {
    let Some((_, flow)) = host.try_get(&format!("flows/{FLOW}")) else { return false };
    let mut feeds = flow["feeds"].as_array().into_iter().flatten();
    let caught_up = feeds.all(|feed| feed["behind"] == 0 && feed["first_records"] == false);
    // Newest first, and what an old run makes is new: looked at twice, so that nothing slips by between pages.
    caught_up && newest_at_rest(host).is_some_and(|newest| newest_at_rest(host) == Some(newest))
}

/// The newest run's id, if all runs are over. Each is looked at in one moment: one whose host died goes from
/// running back to queued.
fn newest_at_rest(host: &Host) -> Option<i64> {
    let (mut newest, mut cursor) = (None, String::new());
    loop {
        let (_, page) = host.try_get(&format!("runs?limit=1000{cursor}"))?;
        let runs = page["items"].as_array()?;
        if runs.iter().any(|run| run["state"] == "queued" || run["state"] == "running") {
            return None;
        }
        newest = newest.or_else(|| runs.first()?["id"].as_i64());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Some(newest.unwrap_or_default()),
        }
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
