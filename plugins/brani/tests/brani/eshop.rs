//! B1: the e-shop information.

use serde_json::{Value, json};
use windlass_sdk::testing::Answer;

use crate::{API, host};

fn lists() -> Value {
    json!({
        "orderStatuses": { "statuses": [{ "id": -1, "name": "Zabaleno" }, { "id": 3, "name": "Nová" }] },
        "shippingMethods": { "retail": { "methods": [{ "guid": 12345, "name": "PPL" }] } },
        "paymentMethods": { "wholesale": { "methods": [
            { "guid": "5f1d2c9e-0000-4000-8000-000000000001", "name": "Převodem", "colour": "red" },
        ] } },
    })
}

fn saved() -> Answer {
    Answer::json(json!({ "status_code": 200, "detail": "Uspesne ulozeno", "headers": null }))
}

#[test]
fn null_gives_no_record_and_no_error() {
    for nothing in [json!(null), json!({ "data": null, "summary": null })] {
        let mut host = host();
        host.expect("GET", &format!("{API}/eshop/info")).answer(Answer::json(nothing));
        let synced = host.sync("eshop-info").unwrap();
        assert_eq!((synced.records.len(), host.records("eshop-info").len()), (0, 0));
    }
}

#[test]
fn what_was_sent_is_one_record_as_it_came() {
    let mut host = host();
    let info =
        json!({ "data": lists(), "summary": { "eshop_id": 7, "eshop_name": "Čajovna", "warehouse": null } });
    host.expect("GET", &format!("{API}/eshop/info")).answer(Answer::json(info.clone()));
    let synced = host.sync("eshop-info").unwrap();
    assert_eq!(synced.records, [("eshop".to_owned(), info)]);
    assert_eq!(synced.differing, [""; 0]);
}

#[test]
fn equal_lists_are_sent_once_and_other_ones_again() {
    let mut host = host();
    let post = |lists: &Value| {
        host.expect("POST", &format!("{API}/eshop/info")).json(json!({ "data": lists })).answer(saved());
    };
    post(&lists());
    let fewer = json!({ "orderStatuses": { "statuses": [] } });
    post(&fewer);
    post(&fewer);
    let sent = |output: Value| output["sent"].clone();
    assert_eq!(sent(host.act("set-eshop-info", "1", &lists()).unwrap()), true);
    assert_eq!(sent(host.act("set-eshop-info", "2", &lists()).unwrap()), false);
    assert_eq!(sent(host.act("set-eshop-info", "3", &fewer).unwrap()), true);
    let forced = json!({ "orderStatuses": { "statuses": [] }, "force": true });
    assert_eq!(sent(host.act("set-eshop-info", "4", &forced).unwrap()), true);
}

#[test]
fn lists_that_brani_did_not_take_are_sent_again() {
    let mut host = host();
    let refusal = json!({ "status_code": 422, "detail": "guid neni platny", "headers": null });
    host.expect("POST", &format!("{API}/eshop/info")).answer(Answer::json(refusal));
    host.expect("POST", &format!("{API}/eshop/info")).answer(saved());
    let error = host.act("set-eshop-info", "1", &lists()).unwrap_err();
    assert!(error.message.contains("422: guid neni platny"), "{error}");
    assert_eq!(host.act("set-eshop-info", "2", &lists()).unwrap()["sent"], true);
}

#[test]
fn no_lists_at_all_are_not_sent() {
    let error = host().act("set-eshop-info", "1", &json!({})).unwrap_err();
    assert_eq!(error.code, "no-lists");
}
