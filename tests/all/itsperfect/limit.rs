//! The hourly limit, in minutes: what stops, what goes on, what the vendor's headers change.

use serde_json::Value;
use windlass_tests::eventually::eventually;
use windlass_tests::itsperfect::{Quota, Settings};

use super::erp::{ACCOUNT, Erp, NAME, SOON, insert_id};

/// The newest sync, when it waits: why.
fn waits(erp: &Erp) -> Option<Value> {
    let runs = erp.runs();
    let sync = runs.iter().find(|run| run["kind"] == "sync")?;
    Some(sync["waits_for"].clone()).filter(|waits| !waits.is_null())
}

#[track_caller]
fn until_it_waits(erp: &Erp) -> Value {
    eventually("the sync waits for the limit", SOON, || waits(erp))
}

fn small(max: usize) -> Settings {
    Settings { items: 60, quota: Quota { max, ..Quota::default() }, ..Settings::default() }
}

/// I11
#[test]
fn syncs_stop_before_the_limit_and_orders_go_out_from_the_kept_share() {
    let settings = ["requests_per_hour=20", "page_size=1", "create_orders=true", ACCOUNT];
    let erp = Erp::open(small(20), &settings);
    let _sync = erp.host.begin(&["sync", NAME, "items"]);
    let waits = until_it_waits(&erp);
    assert_eq!(erp.vendor.requests().len(), 18, "a tenth is kept for orders: {waits}");
    for reference in ["A-1", "A-2"] {
        insert_id(&erp.create(reference));
    }
    // The limit is used up: the order waits instead of collecting an error.
    let third = erp.host.cli(&[
        "act",
        NAME,
        "create-order",
        "--input",
        &super::erp::input("A-3").to_string(),
        "--wait",
        "1",
    ]);
    assert_eq!(third.code, 4, "{third:?}");
    assert_eq!(erp.vendor.requests().len(), 20);
    assert_eq!(erp.limit()["left"], 0);
    erp.assert_lawful();
}

/// I11
#[test]
fn the_vendors_count_says_how_long_a_first_sync_takes() {
    let erp = Erp::open(small(20), &["requests_per_hour=20", "page_size=1"]);
    let said = erp.host.cli(&["sync", NAME, "items", "--wait", "8"]);
    assert_eq!(said.code, 4, "{said:?}");
    until_it_waits(&erp);
    let run = erp.newest_run();
    assert_eq!((&run["records_seen"], &run["records_left"]), (&18.into(), &42.into()), "{run}");
    let lines: Vec<&str> = said.stderr.lines().collect();
    assert!(lines[0].starts_with("items: it cannot be known how much there is to read"), "{lines:?}");
    assert!(lines[1].starts_with("items: about ") && lines[1].contains("; ends "), "{lines:?}");
    let joined = erp.host.cli(&["sync", NAME, "items", "--wait", "0"]);
    assert!(
        joined.stderr.starts_with("items: about 42 pages, 42 requests; limit requests has room for 0"),
        "{joined:?}"
    );
}

/// I11
#[test]
fn what_is_left_to_others_is_not_used() {
    let settings =
        ["requests_per_hour=20", "leave_to_others=8", "page_size=1", "create_orders=true", ACCOUNT];
    let erp = Erp::open(small(20), &settings);
    let _sync = erp.host.begin(&["sync", NAME, "items"]);
    until_it_waits(&erp);
    assert_eq!(erp.vendor.requests().len(), 10, "20, less 8 for others, less 2 for orders");
    for reference in ["A-1", "A-2"] {
        insert_id(&erp.create(reference));
    }
    let third = erp.host.cli(&[
        "act",
        NAME,
        "create-order",
        "--input",
        &super::erp::input("A-3").to_string(),
        "--wait",
        "1",
    ]);
    assert_eq!((third.code, erp.vendor.requests().len()), (4, 12), "{third:?}");
    erp.assert_lawful();
}

/// I11
#[test]
fn all_connections_to_one_erp_share_its_limit() {
    let erp = Erp::open(small(20), &["requests_per_hour=20", "page_size=1"]);
    super::erp::connect(
        &erp.host,
        "second",
        &erp.vendor,
        &["active=true", "requests_per_hour=20", "page_size=1"],
    );
    let _syncs = ["second", NAME].map(|name| erp.host.begin(&["sync", name, "items"]));
    eventually("both wait", SOON, || {
        let runs = erp.runs();
        runs.iter().all(|run| !run["waits_for"].is_null()).then_some(()).filter(|()| runs.len() == 2)
    });
    assert!((16..=18).contains(&erp.vendor.requests().len()), "{} requests", erp.vendor.requests().len());
    erp.assert_lawful();
}

/// I11
#[test]
fn a_lower_remaining_of_the_vendor_wins() {
    let erp = Erp::open(small(750), &["page_size=1", "create_orders=true", ACCOUNT]);
    // Other programs: 730 of 750 are gone before our first request, and our own count knows of none.
    erp.vendor.use_by_others(730);
    let _sync = erp.host.begin(&["sync", NAME, "items"]);
    until_it_waits(&erp);
    // Fewer are left than are kept for orders: syncs stop at once, orders go on.
    assert_eq!(erp.vendor.requests().len(), 1, "19 are left, and 75 are kept for orders");
    for number in 0..19 {
        insert_id(&erp.create(&format!("A-{number}")));
    }
    let late = erp.host.cli(&[
        "act",
        NAME,
        "create-order",
        "--input",
        &super::erp::input("late").to_string(),
        "--wait",
        "1",
    ]);
    assert_eq!(late.code, 4, "{late:?}");
    assert_eq!(erp.vendor.requests().len(), 20);
    let limit = erp.limit();
    assert!(limit["blocked_until"].is_string(), "nothing is left until the reset: {limit}");
    erp.assert_lawful();
}

/// I11
#[test]
fn a_refusal_past_the_limit_stops_everything_whatever_its_status() {
    for (status, headers) in [(500, true), (401, true), (404, true), (429, false), (503, false)] {
        let quota = Quota {
            max: 10,
            status,
            headers: Quota::default().headers.filter(|_| headers),
            ..Quota::default()
        };
        let settings = Settings { quota, ..small(10) };
        let erp = Erp::open(settings, &["page_size=1", "limit_status=503"]);
        // Between two of our requests others take what is left.
        erp.vendor.use_by_others(10);
        let _sync = erp.host.begin(&["sync", NAME, "items"]);
        until_it_waits(&erp);
        let blocked = eventually("the limit is blocked", SOON, || {
            erp.limit()["blocked_until"].as_str().map(str::to_owned)
        });
        assert!(blocked.contains('T'), "{blocked}");
        assert_eq!(erp.vendor.requests().len(), 1, "one error is enough: {status}");
        assert_eq!(erp.newest_run()["state"], "queued", "{status}: it waits and has not failed");
        assert_eq!(erp.newest_run()["attempt"], 1);
    }
}
