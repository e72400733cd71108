//! Items, price lists and customers arrive as they are.

use std::time::Duration;

use windlass_tests::cases::check_all;
use windlass_tests::connection::{assert_gapless, changes};
use windlass_tests::eventually::eventually;
use windlass_tests::restigo::{Seed, Settings, TOKEN};
use windlass_tests::simulator::{Fault, Stage, When};

use super::{NAME, Supplier, json};
use crate::kill::{Kills, Point};

/// R1, R2, G1, G3
#[test]
fn lists_arrive_as_the_vendor_sent_them_and_a_second_sync_writes_nothing() {
    let supplier = Supplier::open(Settings::default());
    supplier.host.ok(&["sync", NAME]);
    assert_eq!(supplier.records("items")[0], r#"{"item_id":1,"item_name":"מוצר 1"}"#);
    let lists = supplier.records("pricings");
    assert_eq!(
        lists[0],
        r#"{"pricing_id":4515,"pricing_name":"מחירון קיים","clients":[{"client_id":1,"client_name":"לקוח 1"}],"catalog_items":[{"item_name":"מוצר 2","item_id":2,"price_after_discount":50},{"item_name":"מוצר 3","item_id":3,"price_after_discount":19.90}]}"#
    );
    assert!(lists[1].contains(r#""price_after_discount":21.6}"#), "{}", lists[1]);
    let asked = supplier.vendor.requests();
    assert!(asked.iter().all(|request| request.token.as_deref() == Some(TOKEN)));
    assert!(asked.iter().any(|request| request.http == "GET /api/departments/thirdParty/items"));
    assert_eq!(asked.len(), 2, "without customer numbers none is asked for");

    supplier.host.ok(&["sync", NAME]);
    assert_eq!(changes(&supplier.host, NAME, "items").len(), 5);
    assert_eq!(changes(&supplier.host, NAME, "pricings").len(), 2);
    supplier.assert_lawful();
}

/// R1
#[test]
fn letters_that_come_escaped_are_kept_so_and_understood() {
    let supplier = Supplier::open(Settings { escapes: true, only_200: true, ..Settings::default() });
    supplier.host.ok(&["sync", NAME, "items"]);
    assert_eq!(supplier.records("items")[0], r#"{"item_id":1,"item_name":"\u05de\u05d5\u05e6\u05e8 1"}"#);
    let input = r#"{"pricing_id":4515,"customer_number":"556781","items":[{"catalog_number":"לחמא00905","price_after_discount":1}]}"#;
    let output = json(&supplier.done("upsert-items", input, "k"));
    assert_eq!(output["items_added"][0], "לחמא00905");
    assert_eq!(output["items_missing"].as_array().unwrap().len(), 0);
}

/// R2: one answer holds more items than one commit takes.
#[test]
fn more_items_than_a_commit_takes_all_arrive() {
    let seed = Seed { more_items: 12_000, ..Seed::default() };
    let supplier = Supplier::open(Settings { seed, ..Settings::default() });
    for _ in 0..2 {
        supplier.host.ok(&["sync", NAME, "items"]);
        assert_eq!(supplier.records("items").len(), 12_005);
        let changes = changes(&supplier.host, NAME, "items");
        assert_eq!(changes.len(), 12_005);
        assert_gapless(&changes);
    }
    assert_eq!(supplier.vendor.calls("GET items").len(), 6);
}

/// R2
#[test]
fn configured_customers_are_asked_for_one_by_one() {
    let numbers = r#"customer_numbers=["556781","0000","123"]"#;
    let supplier = Supplier::open_with(Settings::default(), &[numbers]);
    supplier.host.ok(&["sync", NAME, "clients"]);
    assert_eq!(
        supplier.records("clients"),
        [
            r#"{"branch_id":702,"branch_name":"לקוח 2","pricings":[{"pricing_id":5544,"pricing_name":"מחירון להסרה"}],"users":[{"user_id":42,"user_name":"משתמש"}]}"#,
            r#"{"branch_id":701,"branch_name":"לקוח 1","pricings":[{"pricing_id":4515,"pricing_name":"מחירון קיים"}],"users":[{"user_id":41,"user_name":"משתמש"}]}"#,
        ],
        "by their numbers"
    );
    let asked: Vec<_> = supplier.vendor.requests().into_iter().map(|request| request.http).collect();
    let address = |number| format!("GET /api/departments/thirdParty/clients?customer_number={number}");
    assert_eq!(asked, ["556781", "0000", "123"].map(address));
    let run = supplier.host.get(&format!("runs/{}", supplier.runs()[0]["id"])).1;
    assert!(run["log"].to_string().contains("does not know the customer 0000"), "{}", run["log"]);
    supplier.assert_lawful();
}

#[test]
fn an_item_that_is_no_longer_active_is_deleted_after_two_walks() {
    let supplier = Supplier::open(Settings::default());
    let sync = || supplier.host.ok(&["sync", NAME, "items"]);
    sync();
    supplier.vendor.retire("0101");
    sync();
    assert_eq!(supplier.records("items").len(), 5, "one walk alone is no proof");
    sync();
    assert_eq!(supplier.records("items").len(), 4);
    let last = changes(&supplier.host, NAME, "items").pop().unwrap();
    assert_eq!((last.key.as_str(), last.kind.as_str()), ("2", "deleted"));
}

#[test]
fn an_empty_answer_deletes_nothing_without_a_persons_word() {
    let supplier = Supplier::open(Settings::default());
    supplier.host.ok(&["sync", NAME, "items"]);
    let empty = Fault::Instead { acts: false, status: 200, body: "[]".into() };
    supplier.vendor.fault(When::Method("GET items".into()), empty);
    let output = supplier.host.cli(&["sync", NAME, "items"]);
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("deletion-withheld") || output.stderr.contains("accept-deletions"));
    assert_eq!(supplier.records("items").len(), 5);
}

/// R1
#[test]
fn a_refused_token_is_told_in_the_vendors_words_and_stops_the_schedule() {
    let supplier = Supplier::open(Settings::default());
    supplier.vendor.set_tokens(&["another"]);
    let output = supplier.host.cli(&["sync", NAME, "items"]);
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("token not found"), "{output:?}");
    assert!(!output.stderr.contains(TOKEN));
    eventually("the schedule says why it stopped", Duration::from_secs(30), || {
        let stream = supplier.host.get(&format!("connections/{NAME}/streams/items")).1;
        stream["stopped"]["code"].as_str().map(str::to_owned)
    });
    supplier.vendor.set_tokens(&[TOKEN]);
    supplier.host.ok(&["sync", NAME, "items"]);
    assert_eq!(supplier.records("items").len(), 5);
}

#[test]
fn a_connection_without_a_token_is_refused() {
    let supplier = Supplier::open(Settings::default());
    let output = supplier.host.cli(&["connection", "create", "other", "--connector", "restigo"]);
    assert_ne!(output.code, 0);
    assert!(output.stderr.contains("token"), "{output:?}");
    let output = supplier.host.cli(&["connection", "set", NAME, "--set", "environment=staging"]);
    assert_ne!(output.code, 0);
    assert!(output.stderr.contains("environment"), "{output:?}");
}

#[test]
fn a_check_says_what_the_key_sees() {
    let supplier = Supplier::open(Settings::default());
    let said = supplier.host.ok(&["connection", "check", NAME]);
    assert!(said.contains("5 active items"), "{said}");
}

#[test]
fn an_answer_that_broke_is_asked_for_again() {
    use Fault::*;
    let trailing = Instead { acts: false, status: 200, body: r#"[{"item_id":1,"item_name":"a"},]"#.into() };
    let faults = [Reset, AnswerLost, ResetMidBody, Html500, TruncatedJson, SlowBody(20), trailing];
    check_all(&faults, 4, |fault| {
        let supplier = Supplier::open(Settings::default());
        supplier.vendor.fault(When::Nth("GET items".into(), 1), fault.clone());
        supplier.host.ok(&["sync", NAME, "items"]);
        assert_eq!(supplier.records("items").len(), 5);
        assert_eq!(changes(&supplier.host, NAME, "items").len(), 5);
    });
}

#[test]
fn a_walk_that_is_killed_between_its_pages_ends_whole() {
    let points: Vec<_> = (1..=3)
        .flat_map(|page| {
            [Point::at(page, Stage::Acted), Point::after_answer(page, 3), Point::after_answer(page, 60)]
        })
        .collect();
    check_all(&points, 3, |&point| {
        let seed = Seed { more_items: 12_000, ..Seed::default() };
        let supplier = Supplier::open(Settings { seed, ..Settings::default() });
        let kills = Kills::arm(&supplier.host, &supplier.vendor, &[point]);
        let asked = supplier.host.begin(&["sync", NAME, "items"]);
        kills.wait();
        supplier.host.restart();
        drop(asked);
        supplier.host.ok(&["sync", NAME, "items"]);
        let changes = changes(&supplier.host, NAME, "items");
        assert_eq!(changes.len(), 12_005, "each item makes one change");
        assert_gapless(&changes);
        supplier.assert_lawful();
    });
}
