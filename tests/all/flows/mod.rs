//! Flows: changes of one connection become actions of another, each once.

mod bound;
mod held;
mod once;
mod outcomes;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use windlass_tests::baselinker::{STATUSES, Seed, Settings, Simulator};
use windlass_tests::eventually::eventually;
use windlass_tests::host::{Host, Output};
use windlass_tests::shop::connect;
use windlass_tests::simulator::Limit;

/// The flow's name.
const FLOW: &str = "bridge";
/// Orders are in this status when they are to be copied, and in the other when they were.
const FROM: i64 = STATUSES[0].0;
const TO: i64 = STATUSES[1].0;
/// A flow reacts within seconds; the machine may be busy.
const REACTED_MAX: Duration = Duration::from_secs(60);

/// Two accounts with the same orders, and a flow from `left` to `right`.
struct Bridge {
    left: Simulator,
    right: Simulator,
    host: Arc<Host>,
}

impl Bridge {
    /// The connections are made, and the left one's orders are not read yet.
    fn open() -> Self {
        let bridge = Self::unbound();
        bridge.host.ok(&bridge.create(&[]));
        bridge
    }

    fn unbound() -> Self {
        let host = Arc::new(Host::with("baselinker"));
        Self::on(host)
    }

    fn on(host: Arc<Host>) -> Self {
        let account = || {
            let seed = Seed { orders: 20, ..Seed::default() };
            // What is booked and lost in a kill counts as used: room for that, too.
            let limit = Limit { max: 1_000, ..Limit::default() };
            Simulator::start(Settings { seed, limit, ..Settings::default() }).expect("a loopback port")
        };
        let (left, right) = (account(), account());
        host.install_guest("flow-guest");
        for (name, vendor) in [("left", &left), ("right", &right)] {
            connect(&host, name, vendor, &["requests_per_minute=1000"]);
        }
        for id in left.order_ids() {
            left.move_order(id, FROM);
            right.move_order(id, FROM);
        }
        Self { left, right, host }
    }

    fn create(&self, more: &[&'static str]) -> Vec<&'static str> {
        let create = ["flow", "create", FLOW, "--flow", "flow-guest"];
        let bound = ["--connect", "from=left", "--connect", "to=right"];
        [&create[..], &bound, &["--set", from(), "--set", to()], more].concat()
    }

    fn sync(&self) {
        self.host.ok(&["sync", "left", "orders"]);
    }

    fn flow(&self) -> Value {
        self.host.json(&["flow", "show", FLOW])
    }

    fn held(&self) -> Vec<Value> {
        self.host.json(&["flow", "held", FLOW])["items"].as_array().cloned().expect("a list")
    }

    /// Waits until the flow has been shown everything, and all that it asked for is done.
    #[track_caller]
    fn settled(&self) {
        eventually("the flow has caught up", REACTED_MAX, || {
            let flow = self.flow();
            let feed = &flow["feeds"][0];
            let caught_up = feed["behind"] == 0 && feed["first_records"] == false;
            // In one look: a run whose host died goes from running to queued.
            let runs = self.host.json(&["run", "list", "--limit", "1000"]);
            let runs = runs["items"].as_array().cloned().unwrap_or_default();
            let waits = runs.iter().any(|run| run["state"] == "queued" || run["state"] == "running");
            (caught_up && !waits).then_some(())
        });
    }

    /// How often the status of an order was set at the right vendor.
    fn times(&self, order: i64) -> usize {
        self.right.effects().iter().filter(|effect| effect.order == order).count()
    }

    /// Every order was put into its new status, once.
    #[track_caller]
    fn assert_copied(&self, orders: &[i64]) {
        for &order in orders {
            assert_eq!(self.right.order_status(order), Some(TO), "order {order}");
            assert_eq!(self.times(order), 1, "order {order}");
        }
    }

    fn cli(&self, arguments: &[&str]) -> Output {
        self.host.cli(arguments)
    }
}

fn from() -> &'static str {
    Box::leak(format!("from_status={FROM}").into_boxed_str())
}

fn to() -> &'static str {
    Box::leak(format!("to_status={TO}").into_boxed_str())
}
