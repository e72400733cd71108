//! B3, B5: being told, and being told again.

use std::time::Duration;

use serde_json::{Value, json};
use windlass_tests::brani::{Push, Settings};
use windlass_tests::cases::check_all;
use windlass_tests::connection::{assert_gapless, changes};
use windlass_tests::eventually::eventually;
use windlass_tests::simulator::{Fault, Stage, When};

use super::{NAME, PUBLIC, Shop};
use crate::kill::{Kills, Point};

const STREAM: &str = "webhook-events";
const REGISTER: &str = "POST /webhook";
const PAGE: &str = "GET /webhook/events";
/// What a delivery leads to is done within this, on a machine that is busy with other tests.
const DONE_MAX: Duration = Duration::from_secs(60);

fn four() -> Value {
    json!({ "events": ["package_packed", "package_number", "status_change", "order_history"] })
}

/// A shop that is told of the four kinds of events.
fn told(settings: Settings) -> Shop {
    let shop = Shop::open(settings);
    shop.done("register-webhooks", &four(), "register");
    shop
}

/// Waits until as many events are records as the vendor has.
#[track_caller]
fn arrived(shop: &Shop) {
    let all = shop.vendor.event_ids().len();
    eventually("every event is a record", DONE_MAX, || (shop.records(STREAM).len() == all).then_some(()));
}

#[track_caller]
fn assert_once(shop: &Shop) {
    let changes = changes(&shop.host, NAME, STREAM);
    assert_eq!(changes.len(), shop.vendor.event_ids().len(), "one change for each event");
    assert!(changes.iter().all(|change| change.kind == "created"), "{changes:?}");
    assert_gapless(&changes);
    shop.assert_lawful();
}

#[track_caller]
fn assert_taken(pushes: &[Push]) {
    assert!(pushes.iter().all(|push| push.status == Some(200)), "answered with exactly 200: {pushes:?}");
}

/// B5
#[test]
fn webhooks_are_listed_first_and_only_the_missing_ones_added() {
    let shop = Shop::open(Settings::default());
    shop.vendor.register("status_change", "https://else.example/hook");
    let output = shop.done("register-webhooks", &four(), "one");
    assert_eq!(output["added"], json!(["balic_packed", "package_number", "status_change", "order_history"]));
    let ours: Vec<_> =
        shop.vendor.registered().into_iter().filter(|(_, url)| url.starts_with(PUBLIC)).collect();
    let kinds: Vec<_> = ours.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["balic_packed", "package_number", "status_change", "order_history"]);
    let more = json!({ "events": ["order_history", "task_created"] });
    let output = shop.done("register-webhooks", &more, "two");
    assert_eq!(
        (&output["added"], output["webhooks"].as_array().map(Vec::len)),
        (&json!(["task_created"]), Some(2))
    );
    assert_eq!(shop.vendor.api.calls(REGISTER).len(), 5);
    // The vendor has the address; nobody else sees its secret part.
    let secret = ours[0].1.rsplit('/').next().expect("an address has a last part");
    assert!(
        secret.len() >= 16 && ours[0].1.starts_with(&format!("{PUBLIC}/hooks/{NAME}/events/")),
        "{ours:?}"
    );
    for run in shop.runs() {
        let shown = shop.host.get(&format!("runs/{}", run["id"])).1.to_string();
        assert!(shown.contains("{webhook-url:events}") && !shown.contains(secret), "{shown}");
    }
    shop.assert_lawful();
}

/// B5: a lost answer makes no second registration.
#[test]
fn a_registration_whose_answer_was_lost_is_not_made_twice() {
    let shop = Shop::open(Settings::default());
    shop.vendor.api.fault(When::Nth(REGISTER.into(), 2), Fault::AnswerLost);
    let input = four().to_string();
    let output =
        shop.host.cli(&["act", NAME, "register-webhooks", "--input", &input, "--key", "k", "--wait", "180"]);
    assert_eq!(output.code, 0, "{output:?}");
    assert_eq!(shop.vendor.registered().len(), 4);
    shop.assert_lawful();
}

/// B3, B4
#[test]
fn a_push_brings_its_event_at_once_and_the_sweep_brings_it_no_second_time() {
    let shop = told(Settings::default());
    shop.vendor.happen("balic_packed", "7", &json!(null), 1);
    shop.vendor.happen("package_number", "7", &json!("DR0123456789E"), 1);
    shop.vendor.happen("status_change", "7", &json!(-1), 1);
    shop.vendor.happen("order_history", "7", &json!("Zabaleno"), 1);
    let pushes = shop.vendor.push();
    assert_eq!(pushes.len(), 4);
    assert_taken(&pushes);
    arrived(&shop);
    shop.sync_ok(STREAM);
    assert_once(&shop);
}

/// B3: many pushes are few walks, and none is forgotten.
#[test]
fn a_flood_of_pushes_loses_nothing() {
    let shop = told(Settings::default());
    for n in 0..5 {
        shop.vendor.happen("status_change", &n.to_string(), &json!(n), 40);
        assert_taken(&shop.vendor.push());
    }
    arrived(&shop);
    assert_once(&shop);
    let walks = shop.vendor.api.calls("GET /webhook").len();
    assert!(walks < 100, "{walks} walks for 200 pushes");
}

/// B3, B4: what could not be delivered is swept.
#[test]
fn events_that_were_pushed_in_vain_are_swept() {
    for attempts in [3, 5] {
        let shop = told(Settings { attempts, ..Settings::default() });
        shop.host.stop();
        shop.vendor.happen("status_change", "7", &json!(3), 2);
        let pushes = shop.vendor.push();
        assert_eq!(pushes.len() as u64, 2 * attempts);
        assert!(pushes.iter().all(|push| push.status.is_none()), "{pushes:?}");
        shop.host.restart();
        shop.sync_ok(STREAM);
        arrived(&shop);
        // Later ones are delivered again.
        shop.vendor.happen("status_change", "7", &json!(4), 1);
        assert_taken(&shop.vendor.push());
        arrived(&shop);
        assert_once(&shop);
    }
}

/// B3: what stands before the host is out of order for a while.
#[test]
fn a_push_that_was_refused_is_taken_when_it_comes_again() {
    let shop = told(Settings { attempts: 1, ..Settings::default() });
    // Any address will do that answers 503.
    let door = Fault::Instead { acts: false, status: 503, body: String::new() };
    shop.vendor.app.fault(When::Always, door);
    let open = shop.host.url();
    let shut = shop.vendor.app.url();
    shop.vendor.change(|settings| settings.route = Some((PUBLIC.to_owned(), shut)));
    shop.vendor.happen("status_change", "7", &json!(3), 1);
    let statuses = |pushes: &[Push]| pushes.iter().map(|push| push.status).collect::<Vec<_>>();
    assert_eq!(statuses(&shop.vendor.push()), [Some(503)]);
    assert_eq!(shop.records(STREAM).len(), 0, "nobody was told");
    shop.vendor.change(|settings| {
        settings.route = Some((PUBLIC.to_owned(), open));
        settings.attempts = 3;
    });
    assert_eq!(statuses(&shop.vendor.push()), [Some(200)]);
    arrived(&shop);
    assert_eq!(shop.records(STREAM)[0]["fail_counter"], 1);
    let (_, deliveries) = shop.host.get(&format!("connections/{NAME}/deliveries"));
    assert_eq!(deliveries["items"].as_array().map(Vec::len), Some(1), "{deliveries}");
    assert_once(&shop);
}

/// B3: an event whose delivery was answered is read, wherever the host dies after that.
#[test]
fn a_follow_up_read_survives_a_kill() {
    let points = [
        // Right after the answer.
        None,
        Some(Point::after_answer(1, 10).of("GET /webhook")),
        Some(Point::at(1, Stage::Arrived).of(PAGE)),
        Some(Point::after_answer(1, 0).of(PAGE)),
    ];
    check_all(&points, points.len(), |point| {
        let shop = told(Settings::default());
        shop.vendor.happen("status_change", "7", &json!(3), 2);
        let kills = point.map(|point| Kills::arm(&shop.host, &shop.vendor.api, &[point]));
        let push = shop.vendor.push_one().expect("an event is due");
        assert_eq!(push.status, Some(200));
        match kills {
            Some(kills) => {
                kills.wait();
            }
            None => assert!(shop.host.kill_9()),
        }
        shop.host.restart();
        arrived(&shop);
        assert_once(&shop);
    });
}

/// B3: all of them are optional.
#[test]
fn one_kind_of_event_is_enough() {
    let shop = Shop::open(Settings::default());
    shop.done("register-webhooks", &json!({ "events": ["package_packed"] }), "one");
    shop.vendor.happen("status_change", "7", &json!(3), 1);
    shop.vendor.happen("balic_packed", "7", &json!(null), 1);
    assert_eq!(shop.vendor.push().len(), 1);
    arrived(&shop);
    assert_eq!(shop.records(STREAM)[0]["order_code"], "7");
    assert_once(&shop);
}
