//! A new order, with the host killed before, while and after it is sent.

use windlass_tests::cases::check_all;
use windlass_tests::eventually::eventually;
use windlass_tests::itsperfect::{Filters, Settings, Simulator};
use windlass_tests::simulator::{Fault, Stage, When};
use windlass_tests::timeline::Timeline;

use super::create::assert_looked_up;
use super::erp::{ACCOUNT, Erp, NAME, SOON, connect, input, insert_id};
use crate::kill::{Kills, Point};
use crate::pair::Pair;

/// Hosts that run at a time: they mostly wait for the settle time.
const AT_ONCE: usize = 6;
const SENT: &str = "POST orders";

/// Where the host dies, and how the vendor takes the order.
#[derive(Clone, Debug)]
struct Case {
    points: Vec<Point>,
    /// The connection breaks and the vendor never makes the order.
    lost: bool,
    filters: Filters,
}

/// I10
#[test]
fn an_order_is_made_exactly_once_wherever_the_host_is_killed() {
    let stages =
        [Stage::Arrived, Stage::Acted, Stage::HalfAnswered, Stage::Answered].map(|stage| Point::at(1, stage));
    let later = [1, 5, 15, 40, 120].map(|ms| Point::after_answer(1, ms));
    let once = stages.into_iter().chain(later).map(|point| Case::at(&[point.of(SENT)]));
    // Killed once more around the lookup that comes before a repeat.
    let lookups = [Point::at(2, Stage::Arrived), Point::after_answer(2, 0), Point::after_answer(2, 5)];
    let twice =
        lookups.map(|lookup| Case::at(&[Point::at(1, Stage::Acted).of(SENT), lookup.of("GET orders")]));
    let arrived = || Case::at(&[Point::at(1, Stage::Arrived).of(SENT)]);
    let unknown = [Filters::Ignored, Filters::Nothing, Filters::Refused(404)];
    let walked = unknown.map(|filters| Case { filters, ..Case::at(&[Point::at(1, Stage::Acted).of(SENT)]) });
    let lost = [Filters::Honoured, Filters::Nothing].map(|filters| Case { lost: true, filters, ..arrived() });
    let cases: Vec<_> = once.chain(twice).chain(walked).chain(lost).collect();
    check_all(&cases, AT_ONCE, check);
}

impl Case {
    fn at(points: &[Point]) -> Self {
        Self { points: points.to_vec(), lost: false, filters: Filters::Honoured }
    }
}

fn check(case: &Case) {
    let settings = Settings { filters: case.filters, ..Settings::default() };
    let erp = Erp::open_orders(settings, &["page_size=5"]);
    if case.lost {
        erp.vendor.fault(When::Nth(SENT.into(), 1), Fault::Reset);
    }
    let text = input("WEB-17").to_string();
    let ask = ["act", NAME, "create-order", "--input", &text, "--key", "WEB-17", "--wait", "120"];
    let kills = Kills::arm(&erp.host, &erp.vendor, &case.points);
    let asked = erp.host.begin(&ask);
    for _ in &case.points {
        eventually("the host is killed", SOON, || {
            erp.skip_wait();
            kills.look()
        });
        erp.host.restart();
    }
    drop(asked);
    let id = insert_id(&erp.create("WEB-17"));
    assert_eq!(erp.vendor.orders_with("reference", "WEB-17"), [id], "one order at the vendor");
    let is_open = case.points[0].stage() != Stage::Answered;
    assert_looked_up(&erp.vendor.requests(), is_open);
    // One run for one key, and asked again nothing is sent.
    let before = erp.vendor.requests().len();
    erp.host.ok(&ask);
    assert_eq!((erp.runs().len(), erp.vendor.requests().len()), (1, before));
    erp.assert_lawful();
}

/// I10: killed before anything was sent, or while it was.
#[test]
fn orders_that_were_accepted_before_the_kill_are_all_made_once() {
    let erp = Erp::open_orders(Settings::default(), &[]);
    let references: Vec<_> = (0..8).map(|number| format!("WEB-{number}")).collect();
    for reference in &references {
        let order = input(reference).to_string();
        let ask = ["act", NAME, "create-order", "--input", &order, "--key", reference, "--wait", "0"];
        let code = erp.host.cli(&ask).code;
        assert!(code == 4 || code == 0, "accepted, or done already: {code}");
    }
    erp.host.kill_9();
    erp.host.restart();
    for reference in &references {
        let id = insert_id(&erp.create(reference));
        assert_eq!(erp.vendor.orders_with("reference", reference), [id]);
    }
    erp.assert_lawful();
}

/// I10
#[test]
fn an_order_of_a_host_that_died_is_finished_by_the_other_and_made_once() {
    for stage in [Stage::Arrived, Stage::Acted] {
        let timeline = Timeline::begin();
        let settings = Settings { timeline: timeline.clone(), ..Settings::default() };
        let vendor = Simulator::start(settings).expect("a loopback port");
        let pair = Pair::start_at("itsperfect", &timeline);
        connect(&pair.first, NAME, &vendor, &["active=true", "create_orders=true", ACCOUNT]);
        // Either host may take the run; the one that does not is the other.
        let (first, second) = (pair.first.clone(), pair.second.clone());
        vendor.fault(When::Nth(SENT.into(), 1), Fault::AnswerLost);
        second.kill_9();
        let kills = Kills::arm(&first, &vendor, &[Point::at(1, stage).of(SENT)]);
        let text = input("WEB-17").to_string();
        let ask = ["act", NAME, "create-order", "--input", &text, "--key", "WEB-17", "--wait", "120"];
        let asked = first.begin(&ask);
        kills.wait();
        second.restart();
        drop(asked);
        let erp = Erp { vendor, host: second, timeline };
        let id = insert_id(&erp.create("WEB-17"));
        assert_eq!(erp.vendor.orders_with("reference", "WEB-17"), [id]);
        assert_looked_up(&erp.vendor.requests(), true);
        erp.assert_lawful();
    }
}
