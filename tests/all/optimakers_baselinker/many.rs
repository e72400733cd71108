//! Many orders, each once each way, while both vendors fail, hosts die and connectors are swapped. O4, O5
//!
//! Hosts, database and BaseLinker go by one clock, on which time is skipped in which everything waits.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value, json};
use windlass_tests::asked::long;
use windlass_tests::clock::Clock;
use windlass_tests::eventually::eventually;
use windlass_tests::host::{Begun, Host, Setup, component};
use windlass_tests::simulator::{Fault, Simulator, Stage, Vendor, When};
use windlass_tests::timeline::Timeline;

use super::{IMPORT, Integration, OTHER, is_at_rest};
use crate::kill::{Kills, Point};
use crate::pair::Pair;

/// For hundreds of orders, on a busy machine.
const WORK_MAX: Duration = Duration::from_secs(900);
/// When nothing has moved for so long, what runs belongs to a host that is dead.
const STILL: Duration = Duration::from_secs(2);
/// Skipped then, again and again, until the lease of the dead host has ended.
const LEASE_SKIP: Duration = Duration::from_secs(6);
const CREATE: &str = "POST orders";
const SET: &str = "setOrderStatus";

#[test]
fn each_order_goes_once_each_way_whatever_fails_dies_or_is_swapped() {
    let timeline = Timeline::begin();
    let setup = Setup { clock: Clock::Skipping(timeline.clone()), ..Setup::default() };
    let host = Arc::new(Host::with_in("baselinker", setup));
    let orders = if long() { 500 } else { 60 };
    Work::begin(vec![host], orders, timeline).check();
}

#[test]
fn each_order_goes_once_each_way_between_two_hosts() {
    let timeline = Timeline::begin();
    let pair = Pair::start_at("baselinker", &timeline);
    let hosts = vec![pair.first.clone(), pair.second.clone()];
    let orders = if long() { 500 } else { 30 };
    Work::begin(hosts, orders, timeline).check();
}

struct Work {
    integration: Integration,
    timeline: Timeline,
    /// The first one is killed.
    hosts: Vec<Arc<Host>>,
    orders: Vec<i64>,
}

/// What moves while there is work, and since when it has not.
struct Seen {
    requests: usize,
    since: Instant,
}

impl Work {
    fn begin(hosts: Vec<Arc<Host>>, orders: usize, timeline: Timeline) -> Self {
        let last = hosts.last().expect("a host").clone();
        let integration = Integration::on(last, orders, &timeline);
        let orders = integration.baselinker.order_ids();
        integration.create(&json!({}));
        let work = Self { integration, timeline, hosts, orders };
        faults(&work.integration.baselinker);
        faults(&work.integration.optimakers);
        work
    }

    fn check(&self) {
        self.all_are_created();
        self.all_are_sent();
        self.loop_is_closed();
        self.assert_once();
    }

    /// The second half enters the status after the swap.
    fn all_are_created(&self) {
        let Self { integration, orders, .. } = self;
        let (first, second) = orders.split_at(orders.len() / 2);
        second.iter().for_each(|&order| assert!(integration.baselinker.move_order(order, OTHER)));
        let kills = self.kill_at(&integration.optimakers, CREATE);
        let created =
            |orders: &[i64]| orders.iter().filter(|order| !integration.created(**order).is_empty()).count();
        let sync = self.sync("shop");
        self.until("some orders are created", || created(first) >= first.len() / 2);
        self.swap(&["install", "baselinker-next"]);
        self.swap(&["install", "optimakers-next"]);
        self.swap(&["install", "optimakers-baselinker-next"]);
        self.until("the first half is created", || created(first) == first.len() && self.is_at_rest());
        drop(sync);
        second.iter().for_each(|&order| assert!(integration.baselinker.move_order(order, IMPORT)));
        let sync = self.sync("shop");
        self.until("all orders are created", || created(orders) == orders.len() && self.is_at_rest());
        drop(sync);
        assert!(kills.look().and_then(|_| kills.look()).is_some(), "the host died twice");
        self.assert_both_versions_worked("erp", "create-order");
    }

    /// The second half is realised after the connectors went back.
    fn all_are_sent(&self) {
        let Self { integration, orders, .. } = self;
        let (first, second) = orders.split_at(orders.len() / 2);
        let kills = self.kill_at(&integration.baselinker, SET);
        let sent = |orders: &[i64]| orders.iter().filter(|order| integration.sent(**order) > 0).count();
        first.iter().for_each(|&order| integration.set_realised(order, true));
        let sync = self.sync("erp");
        self.until("some are sent", || sent(first) >= first.len() / 2);
        self.swap(&["rollback", "baselinker"]);
        self.swap(&["rollback", "optimakers"]);
        self.swap(&["rollback", "optimakers-baselinker"]);
        self.until("the first half is sent", || sent(first) == first.len() && self.is_at_rest());
        drop(sync);
        second.iter().for_each(|&order| integration.set_realised(order, true));
        let sync = self.sync("erp");
        self.until("all are sent", || sent(orders) == orders.len() && self.is_at_rest());
        drop(sync);
        assert!(kills.look().and_then(|_| kills.look()).is_some(), "the host died twice");
        self.assert_both_versions_worked("shop", "set-order-status");
    }

    /// Our own status write imports nothing, and our own orders send nothing.
    fn loop_is_closed(&self) {
        let Self { integration, .. } = self;
        integration.baselinker.clear_faults();
        integration.optimakers.clear_faults();
        let asked = self.asked();
        for connection in ["shop", "erp"] {
            let sync = self.sync(connection);
            let before = integration.baselinker.requests().len() + integration.optimakers.requests().len();
            self.until("it is read again", || {
                let now = integration.baselinker.requests().len() + integration.optimakers.requests().len();
                now > before && self.is_at_rest()
            });
            drop(sync);
        }
        assert_eq!(self.asked(), asked, "nothing more is asked for");
    }

    /// What the vendors have, and that nothing is stuck.
    fn assert_once(&self) {
        let Self { integration, orders, .. } = self;
        integration.assert_created_once(orders);
        let twice: Vec<_> = orders.iter().filter(|order| integration.sent(**order) != 1).collect();
        assert!(twice.is_empty(), "the status of these was not set once: {twice:?}");
        integration.settled();
        assert_eq!(integration.held().len(), 0);
        let check = integration.check();
        assert_eq!(check.code, 0, "{check:?}");
        integration.assert_lawful();
    }

    /// How many actions of each kind were asked for.
    fn asked(&self) -> [usize; 2] {
        [("erp", "create-order"), ("shop", "set-order-status")]
            .map(|(on, action)| self.runs(on, action).len())
    }

    fn runs(&self, connection: &str, action: &str) -> Vec<Value> {
        let (mut runs, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("runs?connection={connection}&kind=action&limit=1000{cursor}");
            let (_, page) = self.integration.host.get(&path);
            let items = page["items"].as_array().expect("a list of runs");
            runs.extend(items.iter().filter(|run| run["action"] == action).cloned());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return runs,
            }
        }
    }

    #[track_caller]
    fn assert_both_versions_worked(&self, connection: &str, action: &str) {
        let runs = self.runs(connection, action);
        assert_eq!(runs.len(), self.orders.len(), "one run of {action} for each order");
        let stuck = runs.iter().find(|run| run["state"] != "succeeded");
        assert_eq!(stuck, None, "a run of {action} is stuck");
        let digests: BTreeSet<_> = runs.iter().map(|run| run["digest"].to_string()).collect();
        assert_eq!(digests.len(), 2, "both versions of the connector behind {action} worked: {digests:?}");
    }

    /// Reads a vendor's orders. The run goes on when a host dies.
    fn sync(&self, connection: &str) -> Begun {
        self.integration.host.begin(&["sync", connection, "orders"])
    }

    /// The first host dies at two of these requests, after the vendor acted.
    fn kill_at<V: Vendor>(&self, vendor: &Simulator<V>, method: &'static str) -> Kills {
        let begins = vendor.requests().len();
        let points = [4, self.orders.len() / 2].map(|more| Point::at(begins + more, Stage::Acted).of(method));
        Kills::arm(&self.hosts[0], vendor, &points)
    }

    /// `connector install` or `rollback`; a host that dies meanwhile is asked again.
    fn swap(&self, verb: &[&str; 2]) {
        let path = component("baselinker").with_file_name(format!("{}.wasm", verb[1]));
        let path = path.to_str().expect("paths of tests are UTF-8");
        let arguments = match verb[0] {
            "install" => vec!["connector", "install", path, "--yes"],
            _ => vec!["connector", verb[0], verb[1]],
        };
        self.until("the connector is swapped", || self.integration.host.cli(&arguments).code == 0);
    }

    fn is_at_rest(&self) -> bool {
        is_at_rest(&self.integration.host)
    }

    /// Works until then: what died starts again, and time in which everything waits is skipped.
    #[track_caller]
    fn until(&self, what: &str, done: impl Fn() -> bool) {
        let mut seen = Seen { requests: 0, since: Instant::now() };
        eventually(what, WORK_MAX, || {
            self.hosts.iter().filter(|host| host.is_dead()).for_each(|host| host.restart());
            if done() {
                return Some(());
            }
            self.skip_wait(&mut seen);
            None
        });
    }

    fn skip_wait(&self, seen: &mut Seen) {
        let list = |state: &str| {
            let (_, page) = self.integration.host.try_get(&format!("runs?state={state}&limit=1000"))?;
            page["items"].as_array().cloned()
        };
        let Some((running, queued)) = list("running").zip(list("queued")) else { return };
        let Integration { baselinker, optimakers, .. } = &self.integration;
        let requests = baselinker.requests().len() + optimakers.requests().len();
        if requests != seen.requests || running.is_empty() {
            *seen = Seen { requests, since: Instant::now() };
        }
        if seen.since.elapsed() > STILL {
            self.timeline.skip(LEASE_SKIP);
            seen.since = Instant::now();
        }
        let due = |run: &Value| run["due_at"].as_str()?.parse::<Timestamp>().ok();
        if let Some(first) = queued.iter().filter_map(due).min().filter(|_| running.is_empty()) {
            self.timeline.skip_to(first.as_millisecond());
        }
    }
}

/// About a fifth of all requests goes wrong, with and without effect.
fn faults<V: Vendor>(vendor: &Simulator<V>) {
    for (seed, one_in, fault) in [
        (5, 12, Fault::AnswerLost),
        (6, 15, Fault::Html500),
        (7, 20, Fault::ResetMidBody),
        (8, 20, Fault::Reset),
    ] {
        vendor.fault(When::Random { seed, one_in }, fault);
    }
}
