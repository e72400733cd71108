//! Creating orders, each once for its reference.

use std::cell::RefCell;
use std::rc::Rc;

use optimakers::Optimakers;
use serde_json::{Value, json};
use windlass_sdk::ErrorKind;
use windlass_sdk::testing::{Answer, Sent, TestHost};

use crate::{data, exact, host, host_with, url};

fn input(reference: &str) -> Value {
    json!({ "reference": reference, "lines": [] })
}

fn lookup(reference: &str) -> String {
    url(&format!("orders?externalId={reference}"))
}

/// Orders at the vendor, ids from 1.
#[derive(Clone, Default)]
struct Orders {
    references: Rc<RefCell<Vec<Value>>>,
    /// Answers to new orders instead of success; true if the order is made all the same.
    lost: Rc<RefCell<Vec<(Answer, bool)>>>,
}

impl Orders {
    fn of(references: &[&str]) -> Self {
        let references = references.iter().map(|&reference| json!(reference)).collect();
        Self { references: Rc::new(RefCell::new(references)), ..Self::default() }
    }

    fn lose(&self, answer: Answer, is_made: bool) {
        self.lost.borrow_mut().push((answer, is_made));
    }

    fn connect(&self, profile: Value) -> TestHost<Optimakers> {
        let host = host_with(profile);
        let orders = self.clone();
        host.vendor(move |sent| orders.answer(sent));
        host
    }

    fn answer(&self, sent: &Sent) -> Answer {
        let mut references = self.references.borrow_mut();
        if sent.method == "POST" {
            let (answer, is_made) = self
                .lost
                .borrow_mut()
                .pop()
                .unwrap_or_else(|| (data(json!({ "id": references.len() + 1 })), true));
            if is_made {
                references.push(sent.json()["externalId"].clone());
            }
            return answer;
        }
        let rows = references.iter().enumerate();
        let rows: Vec<_> =
            rows.map(|(at, reference)| json!({ "id": at + 1, "externalId": reference })).collect();
        if let Some((_, wanted)) = sent.url.split_once("externalId=") {
            let found = rows.into_iter().filter(|row| row["externalId"] == wanted);
            return data(found.collect());
        }
        let page: usize = sent.url.split(['=', '&']).nth(1).and_then(|page| page.parse().ok()).unwrap();
        data(rows.into_iter().skip((page - 1) * 2).take(2).collect())
    }
}

fn posts(host: &TestHost<Optimakers>) -> usize {
    host.sent().iter().filter(|sent| sent.method == "POST").count()
}

/// O2
#[test]
fn an_order_is_looked_up_and_sent() {
    let mut host = host();
    host.expect("GET", &lookup("17")).answer(data(json!([])));
    host.expect("POST", &url("orders")).answer(data(json!({ "id": "A7" })));
    assert_eq!(host.act("create-order", "k", &input("17")).unwrap(), json!({ "id": "A7" }));
}

/// O2: our names become the stand-in's, and no digit is lost.
#[test]
fn an_order_has_everything_that_it_was_given() {
    let mut host = host();
    let order = exact(
        r#"{"reference":"17","status":3,"currency":"2","placed_at":1700000000,
        "customer":{"name":"Jan","email":"a@b.pl","attributes":[{"id":20,"value":"jan77"}]},
        "delivery":{"street":"Prosta 1","postcode":"00-001","city":"Warszawa","country":"PL","point_id":"WAW01"},
        "invoice":{"company":"Firma","tax_number":"123"},
        "lines":[{"name":"Kubek","sku":"K-1","quantity":2,"price_gross":21.60,"vat_rate":5}],
        "attributes":[{"id":"11","value":"DPD"}]}"#,
    );
    host.expect("GET", &lookup("17")).answer(data(json!([])));
    host.expect("POST", &url("orders")).answer(data(json!({ "id": 1 })));
    host.act("create-order", "k", &order).unwrap();
    let sent = String::from_utf8(host.sent()[1].body.clone()).unwrap();
    assert_eq!(
        sent,
        concat!(
            r#"{"externalId":"17","statusId":3,"currencyId":"2","orderedAt":1700000000,"#,
            r#""customer":{"name":"Jan","email":"a@b.pl","attributes":[{"attributeId":20,"value":"jan77"}]},"#,
            r#""deliveryAddress":{"street":"Prosta 1","postcode":"00-001","city":"Warszawa","countryCode":"PL","#,
            r#""pointId":"WAW01"},"invoiceAddress":{"company":"Firma","taxNumber":"123"},"#,
            r#""items":[{"name":"Kubek","sku":"K-1","quantity":2,"grossPrice":21.60,"vatRateId":5}],"#,
            r#""attributes":[{"attributeId":"11","value":"DPD"}]}"#
        )
    );
}

/// O5: under whatever key it is asked for.
#[test]
fn an_order_that_is_there_is_found_and_not_sent() {
    let orders = Orders::of(&["16", "17"]);
    let mut host = orders.connect(json!({}));
    assert_eq!(host.act("create-order", "another", &input("17")).unwrap(), json!({ "id": 2, "found": true }));
    assert_eq!(posts(&host), 0);
}

/// O5: the vendor acted or it did not, and the answer did not come; with the parameter and without.
#[test]
fn an_order_whose_answer_was_lost_is_there_once() {
    for parameter in ["externalId", ""] {
        for lost in [Answer::timeout(), Answer::broken(), Answer::text(500, ""), Answer::text(200, "<p>")] {
            for is_made in [true, false] {
                let orders = Orders::of(&["1", "2", "3", "4"]);
                orders.lose(lost.clone(), is_made);
                let mut host = orders.connect(json!({ "lookup_parameter": parameter }));
                host.act("create-order", "k", &input("17")).unwrap_err();
                let output = host.act("create-order", "k", &input("17")).unwrap();
                assert_eq!(output["id"], 5, "{parameter:?} {is_made} {lost:?}");
                assert_eq!(orders.references.borrow().len(), 5, "{parameter:?} {is_made} {lost:?}");
            }
        }
    }
}

/// Without a parameter a first attempt asks nothing, and a repeat looks through every page.
#[test]
fn without_a_parameter_a_repeat_walks_all_orders() {
    let orders = Orders::of(&["1", "2", "3"]);
    orders.lose(Answer::timeout(), false);
    let mut host = orders.connect(json!({ "lookup_parameter": "" }));
    host.act("create-order", "k", &input("17")).unwrap_err();
    assert_eq!(host.sent().len(), 1);
    host.act("create-order", "k", &input("17")).unwrap();
    let asked: Vec<_> = host.sent()[1..].iter().map(|sent| (sent.method.clone(), sent.url.clone())).collect();
    let page = |number| ("GET".to_owned(), url(&format!("orders?page={number}&limit=100")));
    assert_eq!(asked, [page(1), page(2), page(3), ("POST".to_owned(), url("orders"))]);
}

/// O5: what the vendor ignores would let an order be made twice.
#[test]
fn a_parameter_that_is_ignored_stops_the_order_before_it_is_sent() {
    let mut host = host();
    host.expect("GET", &lookup("17")).answer(data(json!([{ "id": 1, "externalId": "1" }])));
    let error = host.act("create-order", "k", &input("17")).unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Config, "lookup-parameter"));
    assert!(error.message.contains("`externalId`"), "{error}");
}

#[test]
fn a_reference_of_digits_is_known_as_a_number_too() {
    let mut host = host();
    host.expect("GET", &lookup("17")).answer(data(json!([{ "id": 4, "externalId": 17 }])));
    assert_eq!(host.act("create-order", "k", &input("17")).unwrap()["id"], 4);
}

#[test]
fn success_without_an_id_is_an_unknown_outcome() {
    for body in
        [json!({}), json!({ "data": {} }), json!({ "data": { "id": "" } }), json!({ "data": { "id": null } })]
    {
        let mut host = host();
        host.expect("GET", &lookup("17")).answer(data(json!([])));
        host.expect("POST", &url("orders")).answer(Answer::json(body.clone()));
        let error = host.act("create-order", "k", &input("17")).unwrap_err();
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Transient, "no-order-id"), "{body}");
    }
}

#[test]
fn a_refusal_is_told_in_the_vendors_words() {
    let mut host = host();
    host.expect("GET", &lookup("17")).answer(data(json!([])));
    host.expect("POST", &url("orders")).answer(Answer::text(422, r#"{"error":"no such currency"}"#));
    let error = host.act("create-order", "k", &input("17")).unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Rejected, "http-422"));
    assert!(error.message.contains("no such currency"), "{error}");
}

#[test]
fn bad_input_is_refused_before_any_request() {
    for bad in [
        json!({ "lines": [] }),
        json!({ "reference": "", "lines": [] }),
        json!({ "reference": " 1", "lines": [] }),
        json!({ "reference": "1" }),
        json!({ "reference": "1", "lines": [{ "name": "a", "quantity": "2", "price_gross": 1 }] }),
        json!({ "reference": "1", "lines": [], "colour": "red" }),
    ] {
        let error = host().act("create-order", "k", &bad).unwrap_err();
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Rejected, "input"), "{bad}");
    }
}
