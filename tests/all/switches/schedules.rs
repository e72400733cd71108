//! Schedules by the clock of a place.

use std::time::Duration;

use serde_json::{Value, json};
use windlass_tests::asked;
use windlass_tests::eventually::eventually;

use super::{NAME, ON, Shop, assert_says, refusal};

#[test]
fn a_stream_follows_the_clock_of_a_zone() {
    let shop = Shop::open(ON);
    let set = |given: &[&str]| shop.host.cli(&[&["stream", "set", NAME, "stock"], given].concat());
    let schedule = || {
        let stream = shop.stream("stock");
        [&stream["every"], &stream["cron"], &stream["zone"]].map(Value::clone)
    };
    let shown = set(&["--cron", "30 6 * * MON-FRI", "--zone", "europe/warsaw"]);
    assert_eq!(shown.code, 0, "{shown:?}");
    assert_says(&shown.stdout, &["30 6 * * MON-FRI", "Europe/Warsaw"]);
    assert_says(&shop.host.ok(&["stream", "list", NAME]), &["30 6 * * MON-FRI", "Europe/Warsaw"]);
    let weekdays = [Value::Null, json!("30 6 * * MON-FRI"), json!("Europe/Warsaw")];
    assert_eq!(schedule(), weekdays);
    let stream = shop.stream("stock");
    let due = stream["due_at"].as_str().expect("it is due");
    assert!(due.contains("T04:30:") || due.contains("T05:30:"), "half past six in Warsaw: {due}");
    for (given, said) in [
        (&["--cron", "61 * * * *"][..], "(stream.cron)"),
        (&["--cron", "0 0 30 2 *"], "never comes within four years (stream.cron)"),
        (&["--cron", "0 6 * * *", "--zone", "Warsaw"], "(stream.zone)"),
    ] {
        assert_says(refusal(&set(given)), &[said]);
    }
    assert_eq!(set(&["--zone", "UTC"]).code, 2, "a zone alone says nothing");
    assert_eq!(set(&["--every", "1h", "--cron", "0 6 * * *"]).code, 2, "the one or the other");
    assert_eq!(schedule(), weekdays, "what is refused changes nothing");
    assert_eq!(set(&["--cron", "* * * * *"]).code, 0);
    assert_eq!(schedule(), [Value::Null, json!("* * * * *"), json!("UTC")]);
    if asked::long() {
        eventually("two runs of two minutes", Duration::from_secs(200), || {
            (shop.vendor.requests(Some("stock")) >= 2).then_some(())
        });
    }
    assert_eq!(set(&["--every", "6h"]).code, 0);
    assert_eq!(schedule(), [json!("6h"), Value::Null, Value::Null]);
}
