//! More requests are wanted than an hour allows. Hosts, database and vendor go by one clock, on which time
//! is skipped in which nothing happens; what is counted is counted at the vendor, in windows of every
//! alignment.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use windlass_tests::asked::long;
use windlass_tests::clock::Clock;
use windlass_tests::connection::{assert_gapless, changes};
use windlass_tests::eventually::eventually;
use windlass_tests::host::{Begun, Host, Setup};
use windlass_tests::itsperfect::{Quota, Settings, Simulator};
use windlass_tests::simulator::{Request, Stage, Window, max_in_any_window};
use windlass_tests::timeline::Timeline;

use super::erp::{ACCOUNT, NAME, assert_lawful, connect, input};
use crate::kill::{Kills, Point};
use crate::pair::Pair;

const HOUR: Duration = Duration::from_secs(3600);
/// Requests that the walk wants: one item on a page.
const WANTED: usize = 5_000;
/// Of 750 requests an hour, those that syncs may make: a tenth is kept for orders.
const SYNC_SHARE: usize = 675;
/// Orders that go out while the syncs wait.
const ORDERS: usize = 30;
/// The walk goes on for so many pages after its wait before the test is content.
const PAGES_AFTER: usize = 150;
/// What a host may have booked ahead, and so leave unused when it dies or when the rest is short: 5 % of
/// the limit.
const BOOKED_AHEAD: usize = 37;
/// How long before the moment that matters the skipped time ends.
const BEFORE: Duration = Duration::from_secs(10);
/// For hundreds of pages, on a busy machine.
const PAGES_MAX: Duration = Duration::from_secs(300);

/// Connections that want too much, each asked at one host.
struct Demand {
    vendor: Simulator,
    timeline: Timeline,
    places: Vec<(&'static str, Arc<Host>)>,
}

/// I11
#[test]
fn an_hour_that_is_too_short_is_kept_and_the_rest_follows_by_itself() {
    let demand = Demand::on_one_host(silent());
    let _syncs = demand.begin();
    let first = demand.until_parked();
    assert!((SYNC_SHARE - BOOKED_AHEAD..=SYNC_SHARE).contains(&first), "{first} requests before the wait");
    demand.orders_go_out();
    demand.until_the_first_free_again();
    demand.until_it_goes_on(first);
    demand.assert_kept();
    if long() {
        demand.until_all_is_read();
        demand.assert_kept();
    }
}

/// I11
#[test]
fn hosts_that_are_killed_keep_the_hour_together() {
    let demand = Demand::on_one_host(silent());
    let host = demand.places[0].1.clone();
    let points = [150, 300, 450, 550].map(|request| Point::at(request, Stage::Acted));
    let kills = Kills::arm(&host, &demand.vendor, &points);
    let _syncs = demand.begin();
    for _ in points {
        kills.wait();
        host.restart();
    }
    let first = demand.until_parked();
    assert!(
        first <= SYNC_SHARE && first + (points.len() + 1) * BOOKED_AHEAD >= SYNC_SHARE,
        "{first} requests"
    );
    host.kill_9();
    host.restart();
    demand.orders_go_out();
    let killed_at = [10, 60].map(|later| Point::at(first + ORDERS + later, Stage::Acted));
    let kills = Kills::arm(&host, &demand.vendor, &killed_at);
    demand.until_the_first_free_again();
    for _ in killed_at {
        kills.wait();
        host.restart();
    }
    demand.until_it_goes_on(first);
    demand.assert_kept();
}

/// I11
#[test]
fn two_hosts_on_one_database_keep_the_hour_together() {
    let timeline = Timeline::begin();
    let vendor = vendor(&timeline, silent());
    let pair = Pair::start_at("itsperfect", &timeline);
    for (name, host) in [("left", &pair.first), ("right", &pair.second)] {
        connect(host, name, &vendor, &settings());
    }
    let places = vec![("left", pair.first.clone()), ("right", pair.second.clone())];
    let demand = Demand { vendor, timeline, places };
    let _syncs = demand.begin();
    let first = demand.until_parked();
    assert!(
        (SYNC_SHARE - 2 * BOOKED_AHEAD..=SYNC_SHARE).contains(&first),
        "{first} requests before the wait"
    );
    demand.orders_go_out();
    demand.until_the_first_free_again();
    demand.until_it_goes_on(first);
    demand.assert_kept();
}

/// I11
#[test]
fn what_other_programs_use_is_left_to_them_until_the_vendors_reset() {
    let demand = Demand::on_one_host(Quota::default());
    // In the middle of the vendor's hour: an hour from now, or the end of another hour, is not its reset.
    demand.timeline.skip_to(full_hour_after(demand.timeline.now().unix_ms) + 30 * 60_000);
    demand.vendor.use_by_others(600);
    let _syncs = demand.begin();
    let first = demand.until_parked();
    assert!(
        (75 - BOOKED_AHEAD..=75).contains(&first),
        "150 are left, 75 of them for orders: {first} requests"
    );
    demand.orders_go_out();
    let reset = full_hour_after(demand.timeline.now().unix_ms);
    demand.timeline.skip_to(reset - BEFORE.as_millis() as i64);
    let went_on = demand.until_it_goes_on(first);
    assert!(went_on.unix_ms >= reset, "not before the vendor's full hour");
    assert!(went_on.unix_ms < reset + 60_000, "and soon after it: {} ms", went_on.unix_ms - reset);
    demand.assert_kept();
}

fn full_hour_after(unix_ms: i64) -> i64 {
    let hour = HOUR.as_millis() as i64;
    (unix_ms.div_euclid(hour) + 1) * hour
}

/// A rolling hour and no word of what is left: whoever believes in full hours, or forgets what a host did
/// that died, breaks it.
fn silent() -> Quota {
    Quota { kind: Window::Sliding, headers: None, ..Quota::default() }
}

fn vendor(timeline: &Timeline, quota: Quota) -> Simulator {
    let settings = Settings { timeline: timeline.clone(), quota, items: WANTED, ..Settings::default() };
    Simulator::start(settings).expect("a loopback port")
}

fn settings() -> [&'static str; 4] {
    ["active=true", "create_orders=true", ACCOUNT, "page_size=1"]
}

impl Demand {
    fn on_one_host(quota: Quota) -> Self {
        let timeline = Timeline::begin();
        let vendor = vendor(&timeline, quota);
        let setup = Setup { clock: Clock::Skipping(timeline.clone()), ..Setup::default() };
        let host = Arc::new(Host::with_in("itsperfect", setup));
        connect(&host, NAME, &vendor, &settings());
        Self { vendor, timeline, places: vec![(NAME, host)] }
    }

    fn begin(&self) -> Vec<Begun> {
        self.places.iter().map(|(name, host)| host.begin(&["sync", name, "items"])).collect()
    }

    fn pages(&self) -> Vec<Request> {
        self.vendor.calls("GET items")
    }

    /// How many pages were asked for.
    fn count(&self) -> usize {
        self.vendor.count("GET items")
    }

    /// Waits until every sync has long to wait for the limit; the pages so far.
    #[track_caller]
    fn until_parked(&self) -> usize {
        for (name, host) in &self.places {
            let mut before = 0;
            eventually("the sync waits for the limit", PAGES_MAX, || {
                // A host that is asking the vendor need not be asked.
                let is_busy = std::mem::replace(&mut before, self.count()) != self.count();
                (!is_busy && self.waits_long(name, host)).then_some(())
            });
        }
        self.count()
    }

    fn waits_long(&self, name: &str, host: &Host) -> bool {
        let run = newest_sync(name, host);
        let until = run["waits_for"]["until"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
        // What frees one by one is waited for in seconds.
        until.is_some_and(|until| until.as_millisecond() > self.timeline.now().unix_ms + 60_000)
    }

    /// Orders are made while the syncs wait, and no sync goes on meanwhile.
    #[track_caller]
    fn orders_go_out(&self) {
        let (pages, before) = (self.count(), self.vendor.orders().len());
        for number in 0..ORDERS {
            let (name, host) = &self.places[number % self.places.len()];
            let reference = format!("WEB-{number}");
            let order = input(&reference).to_string();
            host.ok(&["act", name, "create-order", "--input", &order, "--key", &reference]);
        }
        assert_eq!(self.vendor.orders().len(), before + ORDERS);
        assert_eq!(self.count(), pages, "syncs wait while orders go out");
    }

    /// Skips the time until shortly before an hour after the first page.
    fn until_the_first_free_again(&self) {
        let free_again = self.pages()[0].unix_ms + HOUR.as_millis() as i64;
        self.timeline.skip_to(free_again - BEFORE.as_millis() as i64);
    }

    /// Waits until there are many pages more than `parked`; the first of them.
    #[track_caller]
    fn until_it_goes_on(&self, parked: usize) -> Request {
        eventually("the syncs go on by themselves", PAGES_MAX, || {
            (self.count() >= parked + PAGES_AFTER).then_some(())
        });
        self.pages()[parked].clone()
    }

    fn until_all_is_read(&self) {
        let (name, host) = &self.places[0];
        eventually("every page is read", PAGES_MAX * 10, || {
            let run = newest_sync(name, host);
            if self.waits_long(name, host) {
                let until: Option<Timestamp> =
                    run["waits_for"]["until"].as_str().and_then(|t| t.parse().ok());
                self.timeline.skip_to(until.map_or(0, |until| until.as_millisecond() - 1000));
            }
            (run["state"] == "succeeded").then_some(())
        });
        assert_eq!(changes(host, name, "items").len(), WANTED, "every item once");
    }

    /// No window of an hour holds more than it may, no order is double, no run has failed.
    #[track_caller]
    fn assert_kept(&self) {
        assert_lawful(&self.vendor);
        let pages: Vec<_> = self.pages().iter().map(|page| page.at).collect();
        let most = max_in_any_window(&pages, HOUR);
        assert!(most <= SYNC_SHARE, "{most} requests of syncs in an hour");
        assert_eq!(self.vendor.sent_orders().len(), ORDERS);
        for (name, host) in &self.places {
            assert_gapless(&changes(host, name, "items"));
            let (_, runs) = host.get(&format!("runs?connection={name}&state=failed"));
            assert_eq!(runs["items"], Value::Array(Vec::new()));
        }
    }
}

fn newest_sync(name: &str, host: &Host) -> Value {
    let (_, runs) = host.get(&format!("runs?connection={name}&kind=sync"));
    runs["items"][0].clone()
}
