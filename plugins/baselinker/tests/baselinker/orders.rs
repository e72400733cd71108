//! The stream of orders.

use std::collections::BTreeSet;

use serde_json::json;

use crate::vendor::{Order, Shared, Vendor, connect, methods, orders};

const JULY: u64 = 1_688_169_600;

fn order_ids(count: u64) -> Vec<String> {
    (1..=count).map(|id| id.to_string()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// All orders of the vendor arrive, whatever shares a second.
fn check_lossless(vendor: Vendor, config: serde_json::Value) {
    let count = vendor.orders.len() as u64;
    let (mut host, _) = connect(config, vendor);
    host.sync("orders").unwrap();
    let stored: Vec<_> = host.records("orders").into_keys().collect();
    assert_eq!(stored, order_ids(count));
}

/// L2
#[test]
fn nothing_is_lost_however_many_orders_share_a_second() {
    for per_second in [1, 7, 99, 100, 101, 150, 200, 250, 1000] {
        for (id_beats_date, id_sorts) in [(false, false), (true, false), (false, true)] {
            let orders = orders(437, per_second, JULY);
            check_lossless(Vendor { orders, id_beats_date, id_sorts, ..Vendor::default() }, json!({}));
        }
    }
}

/// L2
#[test]
fn orders_confirmed_in_another_order_than_created_are_not_lost_either() {
    let mut orders = orders(500, 120, JULY);
    for order in &mut orders {
        order.id = order.id * 7919 % 501;
    }
    check_lossless(Vendor { orders, ..Vendor::default() }, json!({ "order_status": 1 }));
}

/// L2
#[test]
fn a_second_that_is_still_filling_is_read_again() {
    let (mut host, vendor) =
        connect(json!({}), Vendor { orders: orders(150, 150, JULY), ..Vendor::default() });
    host.sync("orders").unwrap();
    vendor.borrow_mut().orders.push(Order { id: 151, second: JULY, status: 1 });
    host.sync("orders").unwrap();
    assert_eq!(host.records("orders").len(), 151);
}

/// G1
#[test]
fn records_stay_as_they_came() {
    let (mut host, _) = connect(json!({}), Vendor { orders: orders(3, 7, JULY), ..Vendor::default() });
    let synced = host.sync("orders").unwrap();
    assert_eq!(synced.differing, Vec::<String>::new());
    assert_eq!(
        host.records("orders")["3"],
        json!({
            "order_id": "3", "order_status_id": "1", "date_confirmed": JULY.to_string(),
            "custom_extra_fields": [],
        })
    );
}

/// L2
#[test]
fn an_old_order_that_enters_the_status_is_found() {
    let mut old = orders(250, 7, JULY);
    old.iter_mut().for_each(|order| order.status = 2);
    old[17].status = 1;
    let (mut host, vendor) =
        connect(json!({ "order_status": 1 }), Vendor { orders: old, ..Vendor::default() });
    assert_eq!(host.sync("orders").unwrap().keys(), ["18"]);
    vendor.borrow_mut().orders[3].status = 1;
    vendor.borrow_mut().orders[17].status = 2;
    let synced = host.sync("orders").unwrap();
    assert_eq!(synced.keys(), ["4"]);
    assert_eq!(synced.deleted, Vec::<String>::new());
}

#[test]
fn another_status_starts_again() {
    let (mut host, _) =
        connect(json!({ "order_status": 2 }), Vendor { orders: orders(150, 7, JULY), ..Vendor::default() });
    assert!(host.sync("orders").unwrap().records.is_empty());
    host.configure(&json!({}));
    host.sync("orders").unwrap();
    assert_eq!(host.records("orders").len(), 150);
}

fn changed_journal(vendor: &Shared, logs: &[serde_json::Value]) {
    vendor.borrow_mut().journal.extend_from_slice(logs);
}

/// L2
#[test]
fn orders_that_the_journal_names_are_read_again() {
    let old_log = json!({ "id": 5, "order_id": 1, "log_type": 18, "object_id": 2, "date": 1 });
    let (mut host, vendor) = connect(
        json!({}),
        Vendor { orders: orders(10, 1, JULY), journal: vec![old_log], ..Vendor::default() },
    );
    host.sync("orders").unwrap();
    assert_eq!(host.sync("orders").unwrap().keys(), ["10"]);

    vendor.borrow_mut().orders[0].status = 9;
    vendor.borrow_mut().orders.retain(|order| order.id != 4);
    changed_journal(
        &vendor,
        &[
            json!({ "id": 6, "order_id": 1, "log_type": 18, "object_id": 9, "date": 1 }),
            json!({ "id": "7", "order_id": "1", "log_type": "16", "object_id": "", "date": 1 }),
            json!({ "id": 8, "order_id": 3, "log_type": 5, "object_id": 4, "date": 1 }),
        ],
    );
    // An id as text is left out of what this vendor sends again; that is its own business.
    vendor.borrow_mut().journal[2]["id"] = json!(7);
    let synced = host.sync("orders").unwrap();
    let read: BTreeSet<_> = synced.keys().into_iter().collect();
    assert_eq!(read, BTreeSet::from(["1", "10", "3"]));
    assert_eq!(synced.deleted, ["4"]);
    assert_eq!(host.records("orders")["1"]["order_status_id"], 9);
}

/// L2
#[test]
fn the_last_days_are_walked_again_once_an_hour() {
    let (mut host, vendor) = connect(json!({ "reread_days": 2 }), Vendor::default());
    let now = host.now_ms() / 1000;
    vendor.borrow_mut().orders = orders(4, 1, now - 4 * 86_400 + 7200)
        .into_iter()
        .map(|order| Order { second: order.second + order.id * 86_400 - 86_400, ..order })
        .collect();
    host.sync("orders").unwrap();
    host.advance_seconds(3599);
    assert_eq!(host.sync("orders").unwrap().keys(), ["4"]);
    host.advance_seconds(1);
    assert_eq!(host.sync("orders").unwrap().keys(), ["3", "4"]);
    assert_eq!(host.sync("orders").unwrap().keys(), ["4"]);
}

#[test]
fn single_orders_are_read_by_key() {
    let (mut host, _) = connect(json!({}), Vendor { orders: orders(10, 1, JULY), ..Vendor::default() });
    assert_eq!(host.read_keys("orders", &["7"]).unwrap().keys(), ["7"]);
    assert_eq!(host.read_keys("orders", &["77"]).unwrap().deleted, ["77"]);
}

/// Pages of 100: the test kit fails a call that makes a second request.
#[test]
fn a_sync_of_250_orders_in_one_status_takes_three_requests() {
    let (mut host, _) =
        connect(json!({ "order_status": 1 }), Vendor { orders: orders(250, 7, JULY), ..Vendor::default() });
    let synced = host.sync("orders").unwrap();
    assert_eq!(synced.pages, 3);
    assert_eq!(methods(&host.sent()), ["getOrders"; 3]);
}

#[test]
fn an_unsorted_answer_ends_the_walk_loudly() {
    use crate::vendor::success;
    use windlass_sdk::testing::TestHost;
    let mut host = TestHost::<baselinker::BaseLinker>::new(json!({ "order_status": 1 }));
    host.expect("POST", crate::vendor::URL).answer(success(json!({ "orders": [
        { "order_id": 2, "date_confirmed": 20 }, { "order_id": 1, "date_confirmed": 10 },
    ] })));
    assert_eq!(host.sync("orders").unwrap_err().code, "unexpected-order");
}
