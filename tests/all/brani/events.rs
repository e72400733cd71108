//! B4: the sweep over the events.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use windlass_tests::brani::{Settings, TOKEN};
use windlass_tests::cases::check_all;
use windlass_tests::connection::{assert_gapless, changes};
use windlass_tests::simulator::{Fault, When};

use super::{NAME, Shop};

const STREAM: &str = "webhook-events";
const PAGE: &str = "GET /webhook/events";
const ELSEWHERE: &str = "http://127.0.0.1:9/hook";

/// Every event of the vendor's is a record once, and made one change.
#[track_caller]
fn assert_whole(shop: &Shop) {
    let records = shop.records(STREAM);
    let mut ids: Vec<_> = records.iter().filter_map(|event| event["id"].as_u64()).collect();
    ids.sort_unstable();
    assert_eq!(ids, shop.vendor.event_ids());
    let changes = changes(&shop.host, NAME, STREAM);
    assert_eq!(changes.len(), ids.len());
    assert_gapless(&changes);
    shop.assert_lawful();
}

/// B4
#[test]
fn every_event_of_every_webhook_arrives_once_while_the_lists_grow() {
    check_all(&[false, true], 2, |&from_is_exclusive| {
        let shop = Shop::open(Settings { from_is_exclusive, ..Settings::default() });
        shop.sync_ok(STREAM);
        assert_eq!(shop.records(STREAM).len(), 0, "no webhook, no event, no error");
        for kind in ["status_change", "package_number", "order_history", "balic_packed"] {
            shop.vendor.register(kind, ELSEWHERE);
        }
        shop.vendor.happen("status_change", "7", &json!(-2), 2_300);
        shop.vendor.happen("package_number", "7", &json!("DR0123456789E"), 5);
        shop.vendor.happen("order_history", "7", &json!("Zabaleno"), 1);
        shop.vendor.change(|settings| settings.busy = 6);
        shop.sync_ok(STREAM);
        // What happened behind the walk is in the next one.
        shop.sync_ok(STREAM);
        assert_whole(&shop);
        let records = shop.records(STREAM);
        let by_status: BTreeMap<_, usize> = records.iter().fold(BTreeMap::new(), |mut count, event| {
            *count.entry(event["event_status_id"].to_string()).or_default() += 1;
            count
        });
        assert_eq!(by_status["-2"], 2_306, "negative ids stay");
        // A third walk writes nothing.
        shop.sync_ok(STREAM);
        assert_whole(&shop);
    });
}

/// B4: an event is the same event when its delivery goes on.
#[test]
fn a_delivery_that_goes_on_makes_no_second_change() {
    let shop = Shop::open(Settings { attempts: 5, ..Settings::default() });
    shop.vendor.register("status_change", ELSEWHERE);
    shop.vendor.happen("status_change", "7", &json!(3), 2);
    shop.sync_ok(STREAM);
    assert_eq!(shop.vendor.push().len(), 10, "nobody answers, five times each");
    shop.sync_ok(STREAM);
    assert_whole(&shop);
}

/// B4
#[test]
fn undelivered_events_alone_are_read_when_that_is_asked_for() {
    let shop = Shop::open_with(Settings::default(), &["events=undelivered"], &[("token", TOKEN)]);
    shop.vendor.register("status_change", ELSEWHERE);
    shop.vendor.happen("status_change", "7", &json!(3), 2);
    shop.sync_ok(STREAM);
    assert_eq!(shop.records(STREAM).len(), 0, "nothing has failed yet");
    shop.vendor.push();
    shop.vendor.happen("status_change", "7", &json!(4), 1);
    shop.sync_ok(STREAM);
    let mut statuses: Vec<_> =
        shop.records(STREAM).iter().map(|event| event["event_status_id"].clone()).collect();
    statuses.dedup();
    assert_eq!(statuses, [Value::from(3)]);
}

/// How many events that are still undelivered are no record.
fn passed_over(shop: &Shop) -> usize {
    let read: BTreeSet<_> = shop.records(STREAM).iter().filter_map(|event| event["id"].as_u64()).collect();
    shop.vendor.undelivered_ids().iter().filter(|id| !read.contains(id)).count()
}

/// B4: pages move when events are delivered meanwhile; what a walk passes over, the next one finds.
#[test]
fn a_list_that_shrinks_while_it_is_read_loses_nothing() {
    let settings = Settings { attempts: 1, ..Settings::default() };
    let shop = Shop::open_with(settings, &["events=undelivered"], &[("token", TOKEN)]);
    shop.vendor.register("status_change", ELSEWHERE);
    shop.vendor.happen("status_change", "7", &json!(3), 2_300);
    assert_eq!(shop.vendor.push().len(), 2_300, "nobody answers");
    shop.vendor.change(|settings| settings.shrinks = 100);
    shop.sync_ok(STREAM);
    assert_eq!(shop.vendor.undelivered_ids().len(), 2_000, "it shrank before each of three pages");
    assert!(passed_over(&shop) > 0, "pages moved under the walk");
    shop.vendor.change(|settings| settings.shrinks = 0);
    shop.sync_ok(STREAM);
    assert_eq!(passed_over(&shop), 0);
    assert_gapless(&changes(&shop.host, NAME, STREAM));
    shop.assert_lawful();
}

/// B4: faults in the middle of the walk.
#[test]
fn a_page_that_broke_is_read_again_and_nothing_is_lost() {
    use Fault::*;
    let cases: Vec<_> = [Reset, AnswerLost, ResetMidBody, Html500, TruncatedJson]
        .into_iter()
        .flat_map(|fault| (1..=3).map(move |page| (page, fault.clone())))
        .collect();
    check_all(&cases, 4, |(page, fault)| {
        let shop = Shop::open(Settings::default());
        shop.vendor.register("status_change", ELSEWHERE);
        shop.vendor.happen("status_change", "7", &json!(3), 2_100);
        shop.vendor.api.fault(When::Nth(PAGE.into(), *page), fault.clone());
        shop.sync_ok(STREAM);
        assert_whole(&shop);
    });
}

/// B4, G2: a wrong token is a 403 here, and stops the schedule.
#[test]
fn a_wrong_token_stops_the_schedule() {
    let shop = Shop::open_with(Settings::default(), &[], &[("token", "brn-somebody-elses")]);
    let output = shop.sync(STREAM);
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("Not authenticated"), "{output:?}");
    let stopped = windlass_tests::eventually::eventually(
        "the schedule says why it stopped",
        std::time::Duration::from_secs(30),
        || shop.stopped(STREAM),
    );
    assert_eq!(stopped, "auth");
}
