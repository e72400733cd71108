//! The search before an order is sent again.

use serde_json::{Value, json};
use windlass_sdk::testing::{Answer, TestHost};

use crate::vendor::{Filters, Orders, Shared, connect_orders, requests};

fn input(reference: &str) -> Value {
    json!({ "account": "shop", "reference": reference, "order": { "customerId": 9 } })
}

type Host = TestHost<itsperfect::ItsPerfect>;

/// An order whose first answer was lost; `is_made`: the vendor has made it.
fn lost(orders: Orders, is_made: bool, reference: &str) -> (Host, Shared) {
    let (mut host, orders) =
        connect_orders(Orders { lost: vec![(Answer::timeout(), is_made)], ..orders }, json!({}));
    host.act("create-order", "k", &input(reference)).unwrap_err();
    (host, orders)
}

fn searched(host: &Host) -> Vec<String> {
    requests(host).into_iter().skip(1).collect()
}

fn page(number: u64) -> String {
    format!("GET /orders/?page={number}&limit=2")
}

fn filter(reference: &str) -> String {
    format!("GET /orders/?page=1&limit=2&filter=reference+eq+{reference}")
}

/// I10
#[test]
fn an_order_that_a_filter_finds_takes_one_request() {
    let orders = Orders { references: Orders::numbered(9), ..Orders::default() };
    let (mut host, orders) = lost(orders, true, "A-1");
    assert_eq!(host.act("create-order", "k", &input("A-1")).unwrap(), json!({ "insertId": 10 }));
    assert_eq!(searched(&host), [filter("A-1")]);
    assert_eq!(orders.borrow().references.len(), 10);
}

/// I10
#[test]
fn nothing_is_believed_of_a_filter_that_finds_another_order() {
    let orders = Orders { references: Orders::numbered(9), ..Orders::default() };
    let (mut host, orders) = lost(orders, false, "A-1");
    assert_eq!(host.act("create-order", "k", &input("A-1")).unwrap(), json!({ "insertId": 10 }));
    assert_eq!(searched(&host), [filter("A-1"), page(1), filter("R-1"), "POST /orders".into()]);
    assert_eq!(orders.borrow().references.len(), 10);
}

/// I10
#[test]
fn whatever_a_vendor_does_with_filters_there_is_one_order() {
    for filters in [Filters::Honoured, Filters::Ignored, Filters::Nothing, Filters::Refused] {
        for newest_first in [false, true] {
            for (before, is_made) in [(0, true), (0, false), (1, true), (9, true), (9, false), (10, true)] {
                let references = Orders::numbered(before);
                let orders = Orders { references, filters, newest_first, ..Orders::default() };
                let (mut host, orders) = lost(orders, is_made, "A-1");
                let output = host.act("create-order", "k", &input("A-1")).unwrap();
                let case =
                    format!("{filters:?}, newest first {newest_first}, {before} before, made {is_made}");
                assert_eq!(output, json!({ "insertId": before + 1 }), "{case}");
                assert_eq!(orders.borrow().references.len(), before + 1, "{case}");
            }
        }
    }
}

/// I10
#[test]
fn a_walk_begins_where_the_newest_are() {
    for (newest_first, expected) in [(true, vec![page(1)]), (false, vec![page(1), page(5)])] {
        let references = Orders::numbered(9);
        let orders = Orders { references, newest_first, filters: Filters::Refused, ..Orders::default() };
        let (mut host, _) = lost(orders, true, "A-1");
        host.act("create-order", "k", &input("A-1")).unwrap();
        assert_eq!(searched(&host)[1..], expected);
    }
}

/// I10
#[test]
fn a_walk_goes_through_every_page_before_anything_is_sent_again() {
    for (newest_first, pages) in [(true, [1, 2, 3, 4, 5]), (false, [1, 5, 4, 3, 2])] {
        let references = Orders::numbered(9);
        let orders = Orders { references, newest_first, filters: Filters::Ignored, ..Orders::default() };
        let (mut host, _) = lost(orders, false, "A-1");
        host.act("create-order", "k", &input("A-1")).unwrap();
        let mut expected = vec![filter("A-1")];
        expected.extend(pages.map(page));
        expected.push("POST /orders".into());
        assert_eq!(searched(&host), expected);
    }
}

/// Orders move to pages that were read already when one is removed: the walk begins again.
#[test]
fn an_order_is_not_missed_when_others_are_removed_meanwhile() {
    for newest_first in [false, true] {
        let mut references = Orders::numbered(12);
        references.insert(4, json!("A-1"));
        let orders = Orders {
            references,
            newest_first,
            filters: Filters::Refused,
            // As long as there are many, each request is preceded by a removal.
            meanwhile: |references| {
                if references.len() > 9 {
                    references.remove(0);
                }
            },
            ..Orders::default()
        };
        let (mut host, orders) = lost(orders, false, "A-1");
        host.act("create-order", "k", &input("A-1")).unwrap();
        let named =
            |orders: &Shared| orders.borrow().references.iter().filter(|known| **known == "A-1").count();
        assert_eq!(named(&orders), 1, "newest first {newest_first}");
    }
}

#[test]
fn an_order_is_not_missed_when_others_come_meanwhile() {
    for newest_first in [false, true] {
        let mut references = Orders::numbered(7);
        references.insert(3, json!("A-1"));
        let orders = Orders {
            references,
            newest_first,
            filters: Filters::Refused,
            meanwhile: |references| references.push(json!("NEW")),
            ..Orders::default()
        };
        let (mut host, orders) = lost(orders, false, "A-1");
        host.act("create-order", "k", &input("A-1")).unwrap();
        let posts = requests(&host).iter().filter(|sent| sent.starts_with("POST")).count();
        assert_eq!(posts, 1, "newest first {newest_first}: {:?}", orders.borrow().references);
    }
}

#[test]
fn a_reference_that_no_filter_can_hold_is_walked_for() {
    let orders = Orders { references: Orders::numbered(3), ..Orders::default() };
    let (mut host, orders) = lost(orders, true, "A 1, and more");
    host.act("create-order", "k", &input("A 1, and more")).unwrap();
    assert_eq!(searched(&host), [page(1), page(2)]);
    assert_eq!(orders.borrow().references.len(), 4);
}

#[test]
fn a_reference_of_digits_is_known_when_it_comes_back_as_a_number() {
    let orders =
        Orders { references: vec![json!("R-1"), json!(17)], filters: Filters::Ignored, ..Orders::default() };
    let (mut host, orders) = lost(orders, false, "0017");
    assert_eq!(host.act("create-order", "k", &input("0017")).unwrap(), json!({ "insertId": 2 }));
    assert_eq!(orders.borrow().references.len(), 2);
}

/// A search is worth nothing once a newer request may have reached the vendor.
#[test]
fn a_repeat_whose_answer_is_lost_too_is_searched_for_again() {
    let orders =
        Orders { lost: vec![(Answer::timeout(), false), (Answer::broken(), true)], ..Orders::default() };
    let (mut host, orders) = connect_orders(orders, json!({}));
    host.act("create-order", "k", &input("A-1")).unwrap_err();
    host.act("create-order", "k", &input("A-1")).unwrap_err();
    assert_eq!(host.act("create-order", "k", &input("A-1")).unwrap(), json!({ "insertId": 1 }));
    assert_eq!(orders.borrow().references.len(), 1);
}

#[test]
fn what_never_left_needs_no_search() {
    let orders = Orders { lost: vec![(Answer::denied(), false)], ..Orders::default() };
    let (mut host, _) = connect_orders(orders, json!({}));
    host.act("create-order", "k", &input("A-1")).unwrap_err();
    host.act("create-order", "k", &input("A-1")).unwrap();
    assert_eq!(requests(&host), ["POST /orders", "POST /orders"]);
}
