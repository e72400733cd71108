//! Warehouses, countries and items arrive as they are.

use serde_json::Value;
use windlass_tests::cases::check_all;
use windlass_tests::connection::{self, assert_gapless};
use windlass_tests::eventually::eventually;
use windlass_tests::itsperfect::{Listing, OLD_WAREHOUSE, Quota, Settings};
use windlass_tests::simulator::{Fault, When};

use super::erp::{Erp, NAME, SOON};

/// I7
#[test]
fn warehouses_are_the_vendors_own_records_with_their_state() {
    let erp = Erp::open(Settings::default(), &[]);
    erp.sync_ok("warehouses");
    let stored = erp.records("warehouses");
    let old: Vec<_> = stored.iter().filter(|row| row["active"] == 0).map(|row| row["id"].clone()).collect();
    assert_eq!((stored.len(), old), (4, vec![Value::from(OLD_WAREHOUSE)]));
    assert!(stored.iter().any(|row| row["warehouse"] == "Shop Zürich" && row["country"]["iso"] == "NL"));
    assert_eq!(erp.newest_run()["schema_mismatches"], 0);
}

/// I9
#[test]
fn items_are_walked_by_the_headers_to_the_last_page() {
    let erp = Erp::open(Settings { items: 205, ..Settings::default() }, &["page_size=100"]);
    erp.sync_ok("items");
    assert_eq!(erp.records("items").len(), 205);
    let pages: Vec<_> =
        erp.vendor.calls("GET items").iter().map(|call| call.parameters["page"].clone()).collect();
    assert_eq!(pages, ["1", "2", "3"]);
    erp.sync_ok("items");
    let changes = connection::changes(&erp.host, NAME, "items");
    assert_eq!(changes.len(), 205, "a second walk changes nothing");
    assert_gapless(&changes);
    erp.assert_lawful();
}

/// I9
#[test]
fn a_vendor_that_sends_shorter_pages_than_asked_is_read_to_its_end() {
    let listing = Listing { most: 10, ..Listing::default() };
    let erp = Erp::open(Settings { items: 35, listing, ..Settings::default() }, &[]);
    erp.sync_ok("items");
    assert_eq!((erp.records("items").len(), erp.vendor.requests().len()), (35, 4));
}

/// I9
#[test]
fn a_list_without_its_headers_is_an_error_and_keeps_nothing() {
    let erp = Erp::open(Settings::default(), &[]);
    erp.sync_ok("items");
    erp.vendor.set(|settings| settings.listing.headers = false);
    let stopped = erp.host.begin(&["sync", NAME, "items"]);
    eventually("the error is told", SOON, || {
        (erp.newest_run()["error"]["vendor_code"] == "no-pagination").then_some(())
    });
    assert_eq!(erp.records("items").len(), 25, "nothing is taken for gone");
    erp.vendor.set(|settings| settings.listing.headers = true);
    assert!(stopped.end(), "it is tried again and succeeds");
}

/// I9
#[test]
fn a_vendor_that_sends_the_same_page_again_does_not_end_in_a_circle() {
    let listing = Listing { pages: false, ..Listing::default() };
    let quota = Quota { headers: None, ..Quota::default() };
    let erp = Erp::open(Settings { listing, quota, ..Settings::default() }, &["page_size=10"]);
    let _sync = erp.host.begin(&["sync", NAME, "items"]);
    eventually("the error is told", SOON, || {
        (erp.newest_run()["error"]["vendor_code"] == "unexpected-page").then_some(())
    });
    assert!(erp.vendor.requests().len() < 20);
}

/// G1
#[test]
fn records_are_the_vendors_own_text() {
    let erp = Erp::open(Settings::default(), &[]);
    erp.sync_ok("items");
    let stored = connection::records(&erp.host, NAME, "items");
    assert!(stored.iter().any(|item| item.contains(r#""salesListPrice":21.60,"#)));
    assert!(stored.iter().any(|item| item.contains(r#""salesListPrice":"21.60","#)));
    assert!(stored.iter().all(|item| item.contains("Warm én droog") && item.contains("Coat № ")));
}

#[test]
fn an_item_that_is_gone_from_two_walks_is_deleted() {
    let erp = Erp::open(Settings { items: 30, ..Settings::default() }, &[]);
    erp.sync_ok("items");
    erp.vendor.set_items(28);
    erp.sync_ok("items");
    erp.sync_ok("items");
    assert_eq!(erp.records("items").len(), 28);
}

/// G2
#[test]
fn a_page_that_broke_is_read_again_and_nothing_is_lost() {
    use Fault::*;
    let not_json = Instead { acts: true, status: 200, body: "ready".into() };
    let faults =
        [Reset, AnswerLost, ResetMidBody, Html500, TruncatedJson, SlowBody(20), EchoTokenInError, not_json];
    let cases: Vec<_> =
        faults.into_iter().flat_map(|fault| [1, 3].map(|page| (page, fault.clone()))).collect();
    check_all(&cases, 4, |(page, fault)| {
        let erp = Erp::open(Settings { items: 50, ..Settings::default() }, &["page_size=20"]);
        erp.vendor.fault(When::Nth("GET items".into(), *page), fault.clone());
        erp.sync_ok("items");
        assert_eq!(erp.records("items").len(), 50);
        erp.assert_lawful();
    });
}

/// G2
#[test]
fn a_refusal_fails_the_run_in_the_vendors_words() {
    for status in ["404", "200"] {
        let erp = Erp::open(Settings::default(), &[]);
        let message = "Closed for stocktaking".to_owned();
        erp.vendor.fault(When::Always, Fault::Refuse { code: status.into(), message });
        let output = erp.sync("items");
        assert_eq!(output.code, 1, "{output:?}");
        assert!(output.stderr.contains("Closed for stocktaking"), "{output:?}");
        assert_eq!(erp.newest_run()["error"]["blame"], "vendor");
        assert_eq!(erp.vendor.requests().len(), 1, "a refusal is not tried again");
    }
}
