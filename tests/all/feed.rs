//! What applications read: records in the formats of the command line, and changes as they come.

use std::thread;

use serde_json::{Value, json};
use windlass_tests::baselinker::{STATUSES, Settings};
use windlass_tests::shop::{NAME, Shop};

/// Changes after the first sync.
const FIRST: i64 = 250;

fn synced() -> Shop {
    let shop = Shop::open(Settings { journal: true, ..Settings::default() });
    shop.sync_ok();
    shop
}

/// Changes one order at the vendor and reads it.
fn change(shop: &Shop) {
    let order = shop.vendor.order_ids()[0];
    let there = shop.vendor.order_status(order);
    let other = STATUSES.iter().find(|(status, ..)| Some(*status) != there).expect("another status");
    assert!(shop.vendor.move_order(order, other.0));
    shop.sync_ok();
    assert_eq!(shop.stream("orders")["sequence"], FIRST + 1);
}

/// The next event: its id, its name and its data.
fn next(lines: &mut impl Iterator<Item = String>) -> (String, String, Value) {
    let mut event = (String::new(), String::new(), Value::Null);
    for line in lines {
        match line.split_once(": ") {
            Some(("id", id)) => event.0 = id.to_owned(),
            Some(("event", name)) => event.1 = name.to_owned(),
            Some(("data", data)) => event.2 = serde_json::from_str(data).expect("the data is JSON"),
            // An empty line ends an event; one that begins with a colon is a sign of life.
            _ if line.is_empty() && !event.2.is_null() => return event,
            _ => {}
        }
    }
    panic!("the events ended");
}

#[test]
fn changes_come_as_events_and_go_on_behind_the_last_one() {
    let shop = synced();
    let mut events = shop.host.events(NAME, "orders", FIRST - 2);
    for sequence in [FIRST - 1, FIRST] {
        let (id, name, data) = next(&mut events);
        assert_eq!((id, name.as_str()), (sequence.to_string(), "created"));
        assert_eq!(data["sequence"], sequence);
    }
    change(&shop);
    let (id, name, data) = next(&mut events);
    assert_eq!((id.as_str(), name.as_str()), ("251", "updated"));
    assert_eq!(data["key"], shop.vendor.order_ids()[0].to_string());
    let again = next(&mut shop.host.events(NAME, "orders", FIRST));
    assert_eq!(again, (id, name, data), "who comes back goes on where it was");
    shop.host.stop();
    assert_eq!(
        events.find(|line| !line.is_empty() && !line.starts_with(':')),
        None,
        "the host's end is theirs"
    );
}

#[test]
fn a_follower_prints_what_comes() {
    let shop = synced();
    let arguments = ["changes", NAME, "orders", "--after", "250", "--follow", "--limit", "1", "--json"];
    thread::scope(|scope| {
        let follower = scope.spawn(|| shop.host.ok(&arguments));
        change(&shop);
        let printed: Value = serde_json::from_str(&follower.join().expect("it ends")).expect("one change");
        assert_eq!((&printed["sequence"], &printed["kind"]), (&json!(251), &json!("updated")));
    });
}

#[test]
fn records_are_printed_as_csv() {
    let shop = synced();
    let printed = shop.host.ok(&["records", NAME, "orders", "--format", "csv"]);
    let mut lines = printed.lines();
    let columns: Vec<&str> = lines.next().expect("a head").split(',').collect();
    assert!(columns.contains(&"order_id"), "{columns:?}");
    assert!(lines.count() >= shop.orders().len(), "a line for each record");
}

/// What is left out of a whole configuration goes, but for secrets.
#[test]
fn a_connection_is_put_whole_and_keeps_its_secrets() {
    let shop = synced();
    let (_, connection) = shop.host.get(&format!("connections/{NAME}"));
    let mut config = connection["config"].clone();
    config["requests_per_minute"] = json!(50);
    let put = |config: &Value| shop.host.put(&format!("connections/{NAME}"), &json!({ "config": config }));
    let (status, changed) = put(&config);
    assert_eq!((status, &changed["config"]["requests_per_minute"]), (200, &json!(50)), "{changed}");
    config.as_object_mut().expect("an object").remove("requests_per_minute");
    let (status, changed) = put(&config);
    assert_eq!((status, &changed["config"]["requests_per_minute"]), (200, &Value::Null), "{changed}");
    shop.sync_ok();
}
