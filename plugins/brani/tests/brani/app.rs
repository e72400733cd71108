//! B6: the application's own API.

use serde_json::{Value, json};
use windlass_sdk::testing::Answer;
use windlass_sdk::{ErrorKind, Result};

use crate::{APP, host};

#[test]
fn settings_are_one_record_whatever_is_in_them() {
    for settings in [json!({ "filters": [1, 2] }), json!([{ "name": "a" }]), json!(null)] {
        let mut host = host();
        let url = format!("{APP}/api/settings/?calculate_filters=true");
        host.expect("GET", &url).answer(Answer::json(settings.clone()));
        assert_eq!(host.sync("settings").unwrap().records, [("settings".to_owned(), settings)]);
    }
}

#[test]
fn a_login_that_is_refused_is_an_auth_error() {
    let mut host = host();
    host.vendor(|_| Answer::login_refused());
    assert_eq!(host.sync("settings").unwrap_err().kind, ErrorKind::Auth);
}

fn ask(input: Value, answer: Answer) -> Result<Value> {
    let mut host = host();
    host.vendor(move |_| answer.clone());
    host.act("app-request", "k", &input)
}

#[test]
fn a_request_is_made_as_it_was_asked_for() {
    let mut host = host();
    host.expect("PATCH", &format!("{APP}/api/packing/set_remark/?a=1&b=x+y&c=true"))
        .json(json!({ "remark": "křehké", "order_code": "7" }))
        .answer(Answer::text(201, r#"{"ok":1.50}"#));
    let input = json!({
        "method": "PATCH", "path": "/api/packing/set_remark/", "query": { "a": 1, "b": "x y", "c": true },
        "body": { "remark": "křehké", "order_code": "7" },
    });
    let output = host.act("app-request", "k", &input).unwrap();
    assert_eq!(output.to_string(), r#"{"status":201,"body":{"ok":1.50}}"#);
}

#[test]
fn answers_come_back_and_refusals_are_errors() {
    let get = || json!({ "method": "GET", "path": "/api/orders/" });
    assert_eq!(ask(get(), Answer::text(204, "")).unwrap(), json!({ "status": 204, "body": null }));
    assert_eq!(ask(get(), Answer::text(200, "ok")).unwrap()["body"], "ok");
    for (status, kind) in [(401, ErrorKind::Auth), (403, ErrorKind::Rejected), (404, ErrorKind::Rejected)] {
        let error = ask(get(), Answer::text(status, r#"{"detail":"slovy"}"#)).unwrap_err();
        assert_eq!(error.kind, kind);
        assert!(error.message.contains("slovy"), "{error}");
    }
    assert_eq!(ask(get(), Answer::text(502, "")).unwrap_err().kind, ErrorKind::Transient);
}

#[test]
fn only_paths_of_the_api_are_asked_for() {
    for path in ["/admin/", "api/orders/", "/api/orders/?a=b", "https://else.example/api/"] {
        let error = ask(json!({ "method": "GET", "path": path }), Answer::text(200, "")).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Rejected, "{path}");
    }
    let nested = json!({ "method": "GET", "path": "/api/a/", "query": { "a": [1] } });
    assert_eq!(ask(nested, Answer::text(200, "")).unwrap_err().code, "query");
}
