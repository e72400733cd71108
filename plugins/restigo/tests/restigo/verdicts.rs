//! What the vendor's answers are taken for, and where parameters stand.

use serde_json::{Value, json};
use windlass_sdk::ErrorKind;
use windlass_sdk::testing::{Answer, Sent};

use crate::{host, host_with, url};

fn check(answer: Answer, kind: ErrorKind, code: &str, words: &str) {
    let mut host = host();
    host.expect("GET", &url("items")).answer(answer);
    let error = host.sync("items").unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (kind, code), "{error}");
    assert!(error.message.contains(words), "{error}");
}

/// R1, G2
#[test]
fn a_refusal_is_told_in_the_vendors_words() {
    let said = |status, words: &str| Answer::text(status, &json!({ "message": words }).to_string());
    check(said(401, "token not found"), ErrorKind::Auth, "http-401", "token not found");
    check(said(422, "items are required"), ErrorKind::Rejected, "http-422", "items are required");
    check(said(429, "slower"), ErrorKind::RateLimited, "http-429", "slower");
    check(Answer::text(500, "<html>oops</html>"), ErrorKind::Transient, "http-500", "500");
    check(
        Answer::text(200, r#"[{"item_id":1},]"#),
        ErrorKind::Transient,
        "unreadable-answer",
        "cannot be read",
    );
    check(Answer::timeout(), ErrorKind::Transient, "timeout", "in time");
}

/// R1
#[test]
fn both_200_and_201_are_success() {
    for status in [200, 201] {
        let mut host = host();
        host.expect("GET", &url("items")).answer(Answer::text(status, "[]"));
        assert_eq!(host.sync("items").unwrap().pages, 1);
    }
}

fn sent_by(config: Value, action: &str, input: &Value) -> Sent {
    let mut host = host_with(config);
    host.vendor(|_| Answer::text(200, "{}"));
    host.act(action, "k", input).unwrap();
    host.sent().pop().unwrap()
}

fn header<'a>(sent: &'a Sent, name: &str) -> Option<&'a str> {
    sent.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// R4
#[test]
fn parameters_stand_where_the_connection_says() {
    let input = json!({ "customer_number": "0101 א" });
    let usual = sent_by(json!({}), "get-client", &input);
    assert_eq!(usual.url, url("clients?customer_number=0101+%D7%90"));
    assert_eq!((usual.body.as_slice(), usual.headers.len()), (&b""[..], 0));
    let query = sent_by(json!({ "parameter_location": "query" }), "get-client", &input);
    assert_eq!(query.url, usual.url);
    let body = sent_by(json!({ "parameter_location": "body" }), "get-client", &input);
    assert_eq!((body.method.as_str(), body.url.clone()), ("GET", url("clients")));
    assert_eq!(body.body, r#"{"customer_number":"0101 א"}"#.as_bytes());
    assert_eq!(header(&body, "content-type"), Some("application/json"));
    let headers = sent_by(json!({ "parameter_location": "header" }), "get-client", &input);
    assert_eq!((headers.url.clone(), headers.body.len()), (url("clients"), 0));
    assert_eq!(header(&headers, "customer_number"), Some("0101 א"));
}

/// R4
#[test]
fn without_a_setting_what_is_no_get_has_a_body() {
    let input = json!({ "pricing_id": 4515, "customer_number": "123" });
    let usual = sent_by(json!({}), "remove-client", &input);
    assert_eq!((usual.method.as_str(), usual.url.clone()), ("DELETE", url("pricings/removeClient")));
    assert_eq!(usual.body, br#"{"pricing_id":4515,"customer_number":"123"}"#);
    let query = sent_by(json!({ "parameter_location": "query" }), "remove-client", &input);
    assert_eq!(query.url, url("pricings/removeClient?pricing_id=4515&customer_number=123"));
    let headers = sent_by(json!({ "parameter_location": "header" }), "remove-client", &input);
    assert_eq!(
        [header(&headers, "pricing_id"), header(&headers, "customer_number")],
        [Some("4515"), Some("123")]
    );
}
