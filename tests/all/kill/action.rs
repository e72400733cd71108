//! An action that is killed.

use std::time::Duration;

use serde_json::{Value, json};
use windlass_tests::baselinker::Settings;
use windlass_tests::cases::check_all;
use windlass_tests::shop::{NAME, Shop};
use windlass_tests::simulator::{Fault, Request, Stage, When};

use super::{Kills, Point};

const AT_ONCE: usize = 4;
/// How long a lookup waits after an open intent: the settle time of 60 s, less what may lie between
/// the intent, which is written first, and the request's arrival at the vendor.
const SETTLE: Duration = Duration::from_secs(57);

/// Where the host dies, and how the vendor takes the request.
#[derive(Clone, Debug)]
struct Case {
    points: Vec<Point>,
    /// The connection breaks and the vendor never carries the first request out.
    lost: bool,
}

#[test]
fn a_status_is_set_once_in_effect_wherever_the_host_is_killed() {
    check_all(&cases("setOrderStatus"), AT_ONCE, |case| {
        let shop = open(case, "setOrderStatus");
        let order = shop.vendor.order_ids()[5];
        let input = json!({"order_id": order, "status_id": 8071}).to_string();
        let ask = ["act", NAME, "set-order-status", "--input", &input, "--key", "ship-5", "--wait", "120"];
        killed_while(&shop, case, &ask);
        assert_eq!(shop.vendor.order_status(order), Some(8071));
        let sent = shop.vendor.calls("setOrderStatus");
        // A repeat looks first: what the vendor has done is not asked for again.
        let has_acted = !matches!(case.points[0].stage(), Stage::Arrived);
        let most = if has_acted { 1 } else { 2 };
        assert!((1..=most).contains(&sent.len()), "sent {} times, of {most} at most", sent.len());
        assert_nothing_more_is_sent(&shop, &ask);
    });
}

/// The vendor has no key for this call: a repeat is allowed only after a lookup, and the lookup may be
/// trusted only when the vendor has had time to settle.
#[test]
fn an_order_is_added_exactly_once_wherever_the_host_is_killed() {
    let cases = [cases("addOrder"), cases_at_the_lookup()].concat();
    // All at a time: they mostly wait for the settle time.
    check_all(&cases, cases.len(), |case| {
        let shop = open(case, "addOrder");
        let before = shop.vendor.order_ids().len();
        let input = order().to_string();
        let ask = ["act", NAME, "add-order", "--input", &input, "--key", "cart-17", "--wait", "240"];
        let output = killed_while(&shop, case, &ask);
        assert_eq!(shop.vendor.order_ids().len(), before + 1, "the vendor has one order more");
        let added = shop.vendor.effects()[0].order;
        assert_eq!(output["order_id"], json!(added), "the action returns the order that exists");
        assert_looked_up(case, &shop.vendor.requests());
        assert_nothing_more_is_sent(&shop, &ask);
    });
}

#[test]
fn actions_that_were_accepted_before_the_kill_are_all_done_once() {
    let shop = Shop::open(Settings::default());
    let orders: Vec<_> = shop.vendor.order_ids().into_iter().take(8).collect();
    for order in &orders {
        let input = json!({"order_id": order, "status_id": 8070}).to_string();
        let key = format!("accepted-{order}");
        let ask = ["act", NAME, "set-order-status", "--input", &input, "--key", &key, "--wait", "0"];
        let code = shop.host.cli(&ask).code;
        assert!(code == 4 || code == 0, "accepted, or done already: {code}");
    }
    shop.host.kill_9();
    shop.host.restart();
    for order in &orders {
        let input = json!({"order_id": order, "status_id": 8070}).to_string();
        let key = format!("accepted-{order}");
        shop.host.ok(&["act", NAME, "set-order-status", "--input", &input, "--key", &key]);
    }
    let effects = shop.vendor.effects();
    for order in orders {
        let times = effects.iter().filter(|effect| effect.order == order).count();
        assert!((1..=2).contains(&times), "order {order} was set {times} times");
    }
    shop.assert_lawful();
}

/// Points at the action's unsafe request, and after it.
fn cases(method: &'static str) -> Vec<Case> {
    let stages = [Stage::Arrived, Stage::Acted, Stage::HalfAnswered, Stage::Answered];
    let at = stages.map(|stage| Point::at(1, stage));
    let later = [1, 5, 15, 40, 120].map(|ms| Point::after_answer(1, ms));
    let points = at.into_iter().chain(later).map(|point| vec![point.of(method)]);
    let lost = Case { points: vec![Point::at(1, Stage::Arrived).of(method)], lost: true };
    points.map(|points| Case { points, lost: false }).chain([lost]).collect()
}

/// The host dies after the vendor acted, and once more around the lookup before the repeat.
fn cases_at_the_lookup() -> Vec<Case> {
    let first = Point::at(1, Stage::Acted).of("addOrder");
    let lookups = [Point::at(2, Stage::Arrived), Point::after_answer(2, 0), Point::after_answer(2, 5)];
    lookups.map(|lookup| Case { points: vec![first, lookup.of("getOrders")], lost: false }).into()
}

fn open(case: &Case, method: &str) -> Shop {
    let shop = Shop::open(Settings::default());
    if case.lost {
        shop.vendor.fault(When::Nth(method.to_owned(), 1), Fault::Reset);
    }
    shop
}

/// Asks, kills, starts again, and asks with the same key until the answer is there.
fn killed_while(shop: &Shop, case: &Case, ask: &[&str]) -> Value {
    let kills = Kills::arm(&shop.host, &shop.vendor, &case.points);
    let asked = shop.host.begin(ask);
    for _ in &case.points {
        kills.wait();
        shop.host.restart();
    }
    drop(asked);
    let output = shop.host.ok(ask);
    shop.assert_lawful();
    assert_nothing_was_sent_blind(shop);
    serde_json::from_str(&output).expect("an action prints its output as JSON")
}

/// One run for one key, and each unsafe request at the vendor has its intent in it.
fn assert_nothing_was_sent_blind(shop: &Shop) {
    let runs = shop.runs();
    assert_eq!(runs.len(), 1, "the same key is the same run: {runs:?}");
    let run = shop.run(&runs[0]["id"]);
    let intents = run["intents"].as_array().expect("a run shows its intents").len();
    let unsafe_requests =
        shop.vendor.requests().iter().filter(|request| !request.method.starts_with("get")).count();
    assert!(intents >= unsafe_requests, "{intents} intents, {unsafe_requests} unsafe requests");
}

/// Asking again with the same key is answered from what is known.
fn assert_nothing_more_is_sent(shop: &Shop, ask: &[&str]) {
    let before = shop.vendor.requests().len();
    shop.host.ok(ask);
    assert_eq!(shop.vendor.requests().len(), before, "the same key was sent again");
}

/// A repeat comes after a lookup; and an answer that the host cannot have had whole leaves the request
/// open, so that the vendor is given its time to settle before the lookup counts.
fn assert_looked_up(case: &Case, requests: &[Request]) {
    let sent: Vec<_> = requests.iter().filter(|request| request.method == "addOrder").collect();
    assert!((1..=2).contains(&sent.len()), "addOrder was sent {} times", sent.len());
    let before_the_repeat = sent.get(1).map_or(requests.len(), |repeat| repeat.index - 1);
    let mut between = requests[sent[0].index..before_the_repeat].iter();
    let lookup = between.find(|request| request.method.starts_with("getOrders"));
    assert!(lookup.is_some() || sent.len() == 1, "a repeat comes after a lookup");
    if case.points[0].stage != Stage::Answered {
        let after = lookup.expect("an open request is looked up").at - sent[0].at;
        assert!(after >= SETTLE, "looked up {after:?} after the first");
    }
}

fn order() -> Value {
    json!({
        "order_status_id": 8069, "currency": "PLN", "email": "killed@example.org",
        "products": [{"storage": "db", "product_id": "1", "name": "Anchor", "quantity": 1, "price_brutto": 21.6, "tax_rate": 23}],
    })
}
