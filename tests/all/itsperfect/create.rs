//! New orders: what goes out, what comes back, and that a lost answer never makes a second one.

use std::time::Duration;

use serde_json::{Value, json};
use windlass_tests::cases::check_all;
use windlass_tests::itsperfect::{Filters, InsertId, Settings};
use windlass_tests::simulator::{Fault, Request, Stage, When};

use super::erp::{Erp, NAME, input, insert_id};

/// How long a lookup waits after an open intent: the settle time of 60 s, less what may lie between the
/// intent, which is written first, and the request's arrival at the vendor.
pub const SETTLE: Duration = Duration::from_secs(57);
/// The longest that a host waits for an answer.
const REQUEST_MAX: Duration = Duration::from_secs(60);

/// I10, I5
#[test]
fn an_order_goes_out_as_it_was_given_with_its_reference_and_its_warehouse() {
    for (form, expected) in [(InsertId::Number, json!(50_013)), (InsertId::Text, json!("50013"))] {
        let erp = Erp::open_orders(Settings { insert_id: form, ..Settings::default() }, &[]);
        let output = erp.create("WEB-17");
        assert_eq!(output.code, 0, "{output:?}");
        assert_eq!(serde_json::from_str::<Value>(&output.stdout).unwrap(), json!({"insertId": expected}));
        let mut whole = input("WEB-17")["order"].clone();
        whole["reference"] = json!("WEB-17");
        whole["warehouseId"] = json!("3");
        assert_eq!(erp.vendor.sent_orders(), [whole]);
        assert_eq!(erp.vendor.requests().len(), 1, "one order is one request");
        erp.assert_lawful();
    }
}

/// I5
#[test]
fn an_order_for_an_account_without_a_row_is_rejected_before_any_request() {
    let erp = Erp::open_orders(Settings::default(), &[]);
    let mut order = input("WEB-17");
    order["account"] = json!("web-de");
    let output = erp.create_with("k", &order);
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("`web-de`"), "{output:?}");
    assert_eq!(erp.newest_run()["error"]["vendor_code"], "unknown-account");
    assert_eq!(erp.vendor.requests().len(), 0);
}

/// I10
#[test]
fn bad_input_is_refused_before_the_connector_sees_it() {
    let erp = Erp::open_orders(Settings::default(), &[]);
    for (bad, at_fault) in [
        (json!({"account": "web-nl", "order": {}}), "reference"),
        (json!({"account": "web-nl", "reference": "", "order": {}}), "reference"),
        (json!({"account": "web-nl", "reference": "A", "order": []}), "order"),
        (json!({"account": "web-nl", "reference": "A", "order": {}, "referense": 1}), "referense"),
        (json!({"account": "web-nl", "reference": "A", "order": {"items": {}}}), "items"),
        (json!([]), "object"),
    ] {
        let output = erp.create_with("bad", &bad);
        assert!(output.code == 1 || output.code == 2, "{bad}: {output:?}");
        assert!(output.stderr.contains(at_fault), "{bad}: {output:?}");
    }
    assert_eq!((erp.vendor.requests().len(), erp.runs().len()), (0, 0), "no run is made of it");
}

/// I6
#[test]
fn extension_attributes_stand_at_the_top_of_every_order_and_win() {
    let rows = r#"extension_attributes=[
        {"name":"brandId","value":"1"},
        {"name":"currency","value":"USD"},
        {"name":"labels","value":"[\"a\",1.50]","json":true}]"#;
    let erp = Erp::open_orders(Settings::default(), &[rows]);
    insert_id(&erp.create("WEB-17"));
    let body = String::from_utf8(erp.vendor.calls("POST orders")[0].body.clone()).unwrap();
    assert!(body.contains(r#""brandId":"1""#) && body.contains(r#""currency":"USD""#), "{body}");
    assert!(body.contains(r#""labels":["a",1.50]"#) && body.contains(r#""price":"21.60""#), "{body}");
}

/// I6
#[test]
fn an_attribute_named_as_the_lookup_field_is_refused_with_that_hint() {
    let rows = r#"extension_attributes=[{"name":"reference","value":"x"}]"#;
    let erp = Erp::open_orders(Settings::default(), &[]);
    let set = |settings: &[&str]| {
        let settings = settings.iter().flat_map(|setting| ["--set", setting]);
        erp.host.cli(&["connection", "set", NAME].into_iter().chain(settings).collect::<Vec<_>>())
    };
    let refused = set(&[rows]);
    assert_eq!(refused.code, 1, "{refused:?}");
    for said in ["/config/extension_attributes/0/name", "set `lookup_field` to another"] {
        assert!(refused.stderr.contains(said), "{refused:?}");
    }
    // With another lookup field it is an attribute like others.
    let accepted = set(&[rows, "lookup_field=orderNumber"]);
    assert_eq!(accepted.code, 0, "{accepted:?}");
    insert_id(&erp.create("WEB-18"));
    let sent = &erp.vendor.sent_orders()[0];
    assert_eq!((&sent["reference"], &sent["orderNumber"]), (&json!("x"), &json!("WEB-18")));
}

#[test]
fn the_same_key_is_answered_once_and_refused_with_another_input() {
    let erp = Erp::open_orders(Settings::default(), &[]);
    let first = erp.create("WEB-17");
    let second = erp.create("WEB-17");
    assert_eq!((first.code, second.code, &first.stdout), (0, 0, &second.stdout));
    let other = erp.create_with("WEB-17", &input("WEB-18"));
    assert_eq!(other.code, 1, "{other:?}");
    assert_eq!((erp.vendor.requests().len(), erp.vendor.orders().len()), (1, 13));
}

/// I10
#[test]
fn a_refusal_fails_in_the_vendors_words_and_makes_no_second_request_for_an_order() {
    for status in ["500", "404", "200"] {
        let erp = Erp::open_orders(Settings::default(), &[]);
        let message = "countryId 99 is not correct".to_owned();
        erp.vendor.fault(When::Method("POST orders".into()), Fault::Refuse { code: status.into(), message });
        let output = erp.create("WEB-17");
        assert_eq!(output.code, 1, "{output:?}");
        assert!(output.stderr.contains("countryId 99 is not correct"), "{output:?}");
        assert_eq!(erp.newest_run()["state"], "failed");
        assert_eq!((erp.vendor.sent_orders().len(), erp.vendor.orders().len()), (1, 12));
    }
}

/// I10
#[test]
fn an_order_whose_answer_says_nothing_is_looked_up_and_not_sent_again() {
    let erp = Erp::open_orders(Settings { insert_id: InsertId::Missing, ..Settings::default() }, &[]);
    let id = insert_id(&erp.create("WEB-17"));
    assert_eq!(erp.vendor.orders_with("reference", "WEB-17"), [id]);
    assert_eq!(erp.vendor.sent_orders().len(), 1);
    erp.assert_lawful();
}

/// I10: whatever becomes of the answer, and whatever the vendor does with filters, there is one order.
#[test]
fn an_order_is_made_exactly_once_whatever_becomes_of_its_answer() {
    use Fault::*;
    let instead = |acts, body: &str| Instead { acts, status: 200, body: body.into() };
    let faults = [
        Reset,
        AnswerLost,
        ResetMidBody,
        Silent,
        Html500,
        TruncatedJson,
        instead(true, "{}"),
        instead(false, "{}"),
        instead(true, "created"),
        instead(false, r#"{"insertId": ""}"#),
        Instead { acts: true, status: 500, body: r#"{"error": "The mail could not be sent"}"#.into() },
    ];
    let filters = [Filters::Honoured, Filters::Ignored, Filters::Nothing, Filters::Refused(500)];
    let cases: Vec<_> =
        faults.into_iter().flat_map(|fault| filters.map(|filters| (fault.clone(), filters))).collect();
    check_all(&cases, 6, |(fault, filters)| {
        let settings =
            Settings { filters: *filters, newest_first: fault.acts(), orders: 7, ..Settings::default() };
        let erp = Erp::open_orders(settings, &["page_size=3"]);
        erp.vendor.fault(When::Nth("POST orders".into(), 1), fault.clone());
        if *fault == Silent {
            let timeline = erp.timeline.clone();
            erp.vendor.watch(move |moment| {
                if (moment.request, moment.stage) == (1, Stage::Acted) {
                    timeline.skip(REQUEST_MAX);
                }
            });
        }
        let id = insert_id(&erp.create("WEB-17"));
        assert_eq!(erp.vendor.orders_with("reference", "WEB-17"), [id]);
        assert_eq!(erp.vendor.orders().len(), 8);
        assert_looked_up(&erp.vendor.requests(), !matches!(fault, Html500 | Instead { .. } | TruncatedJson));
        assert_eq!(erp.runs().len(), 1);
        erp.assert_lawful();
    });
}

/// I6, I10
#[test]
fn another_lookup_field_is_what_is_looked_up() {
    let erp = Erp::open_orders(Settings::default(), &["lookup_field=orderNumber"]);
    erp.vendor.fault(When::Nth("POST orders".into(), 1), Fault::AnswerLost);
    let id = insert_id(&erp.create("WEB-17"));
    assert_eq!(erp.vendor.orders_with("orderNumber", "WEB-17"), [id]);
    let lookup = &erp.vendor.calls("GET orders")[0].parameters;
    assert_eq!(lookup["filter"], "orderNumber eq WEB-17");
}

/// I1, I2: what a webshop's token may not do is told in the vendor's words, and nothing is tried again.
#[test]
fn a_token_that_may_not_create_orders_fails_the_order() {
    use windlass_tests::itsperfect::WEBSHOP_TOKEN;
    let erp = Erp::open_orders(Settings::default(), &[]);
    let file = erp.host.secret_file("webshop", WEBSHOP_TOKEN);
    erp.host.ok(&["connection", "set", NAME, "--secret", &format!("token=@{}", file.display())]);
    let output = erp.create("WEB-17");
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("may not do this"), "{output:?}");
    assert!(!format!("{output:?}").contains(WEBSHOP_TOKEN), "{output:?}");
    assert_eq!((erp.vendor.sent_orders().len(), erp.vendor.orders().len()), (1, 12));
}

/// A repeat comes after a lookup; and after an open request, `settles`, the vendor is given its time.
pub fn assert_looked_up(requests: &[Request], settles: bool) {
    let sent: Vec<_> = requests.iter().filter(|request| request.method == "POST orders").collect();
    assert!((1..=2).contains(&sent.len()), "the order was sent {} times", sent.len());
    let before_the_repeat = sent.get(1).map_or(requests.len(), |repeat| repeat.index - 1);
    let mut between = requests[sent[0].index..before_the_repeat].iter();
    let lookup = between.find(|request| request.method == "GET orders");
    assert!(lookup.is_some() || sent.len() == 1, "a repeat comes after a lookup");
    if settles {
        let after = lookup.expect("an open request is looked up").at - sent[0].at;
        assert!(after >= SETTLE, "looked up {after:?} after the first");
    }
}
