//! A lower number that the vendor reports is obeyed until its reset.

use std::time::Duration;

use jiff::{Timestamp, ToSpan, tz::TimeZone};
use windlass_tests::eventually::eventually;

use super::{NAME, ON, Shop, assert_says, connect, pair, vendor::Vendor};

/// A moment this far away, as a vendor in Amsterdam writes it: without its offset.
fn in_amsterdam(seconds: i64) -> String {
    let zone = TimeZone::get("Europe/Amsterdam").expect("the zone is known");
    let moment = Timestamp::now() + seconds.seconds();
    moment.to_zoned(zone).datetime().strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[test]
fn syncs_stop_and_actions_go_on_from_the_kept_share() {
    let shop = Shop::open(&[ON, &["requests=40", "zone=Europe/Amsterdam"]].concat());
    shop.vendor.set_pages(30);
    // Other programs have used most of it: 9 are left, 4 of which are kept for actions.
    shop.vendor.tell(10, &in_amsterdam(8));
    shop.host.cli(&["sync", NAME, "stock", "--wait", "0"]);
    let parked = eventually("the run is parked", Duration::from_secs(30), || {
        let run = shop.run();
        run["waits_for"].is_object().then_some(run)
    });
    let said = parked["waits_for"]["message"].as_str().unwrap();
    assert_says(said, &["the vendor reports that 4 are left, and 4 are kept for actions"]);
    assert_eq!(shop.vendor.requests(Some("stock")), 6);
    assert_eq!((&shop.limit()["left"], &shop.limit()["reported"]["left"]), (&4.into(), &4.into()));
    for _ in 0..4 {
        shop.host.ok(&["act", NAME, "create-order", "--input", "{}"]);
    }
    let waits = shop.host.cli(&["act", NAME, "create-order", "--input", "{}", "--wait", "0"]);
    assert_eq!(waits.code, 4, "{waits:?}");
    assert_eq!(shop.vendor.requests(Some("orders")), 4);
    // After the reset all goes on by itself.
    shop.vendor.tell_nothing();
    shop.host.ok(&["sync", NAME, "stock"]);
    assert_eq!(shop.stream("stock")["records"], 30);
    eventually("the action is done", Duration::from_secs(30), || {
        (shop.vendor.requests(Some("orders")) == 5).then_some(())
    });
    assert!(shop.vendor.most_in(Duration::from_secs(10)) <= 40);
}

#[test]
fn what_one_host_is_told_the_other_obeys() {
    let (pair, vendor) = (pair(), Vendor::start());
    let settings = [ON, &["requests=100"]].concat();
    for (host, name) in [(&*pair.first, "left"), (&pair.second, "right")] {
        let made = connect(host, &vendor, name, &settings);
        assert_eq!(made.code, 0, "{made:?}");
    }
    vendor.set_pages(2);
    vendor.tell(13, "9");
    pair.first.ok(&["sync", "left", "stock"]);
    // 11 are left, and 10 kept for actions: one page more, and then nobody.
    vendor.set_pages(30);
    vendor.tell_nothing();
    pair.second.cli(&["sync", "right", "stock", "--wait", "0"]);
    eventually("the run is parked", Duration::from_secs(30), || {
        let (_, runs) = pair.second.get("runs?connection=right");
        runs["items"][0]["waits_for"].is_object().then_some(())
    });
    assert_eq!(vendor.requests(Some("stock")), 3);
    pair.first.ok(&["sync", "right", "stock"]);
    assert_eq!(vendor.requests(Some("stock")), 32);
}
