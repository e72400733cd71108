//! Users who sign in to an application.

use cloudspot::Cloudspot;
use serde_json::{Value, json};
use windlass_sdk::testing::{Answer, TestHost};
use windlass_sdk::{Error, ErrorKind};

use crate::{BASE, expect_get, header, host, refusal};

const PERMISSIONS: [&str; 2] = ["view", "edit"];

fn permissions() -> Value {
    PERMISSIONS.iter().map(|slug| json!({ "permission": slug })).collect()
}

fn credentials() -> Value {
    json!({ "username": "jan", "password": "geheim & lang" })
}

fn sign_in(host: &mut TestHost<Cloudspot>, answer: Answer) -> Result<Value, Error> {
    let expected = host.expect("POST", &format!("{BASE}/auth/signin-external-app/"));
    expected.json(credentials()).answer(answer);
    host.act("authenticate", "k", &credentials())
}

/// C3
#[test]
fn a_user_signs_in_with_the_application_in_lower_case() {
    let mut host = host();
    let answer = json!({ "token": "t-1", "company": "Bedrijf", "permissions": permissions() });
    let output = sign_in(&mut host, Answer::json(answer)).unwrap();
    assert_eq!(output, json!({ "token": "t-1", "permissions": PERMISSIONS }));
    let sent = &host.sent()[0];
    assert_eq!(header(sent, "x-erp-requestor"), Some("timeapp"));
    assert_eq!(header(sent, "content-type"), Some("application/json"));
    assert_eq!(header(sent, "x-erp-token"), None);
}

/// C3
#[test]
fn permissions_and_user_are_asked_for_with_the_token_that_was_given() {
    let mut host = host();
    expect_get(&host, "/auth/get-permissions/", Answer::json(json!({ "permissions": permissions() })));
    let input = json!({ "token": "t-1" });
    let output = host.act("get-permissions", "k", &input).unwrap();
    assert_eq!(output, json!({ "permissions": PERMISSIONS }));

    let user = json!({
        "first_name": "Jan", "last_name": null, "email": "jan@bedrijf.example", "company": { "id": 1 },
        "pin": 4711, "taal": "nl",
    });
    expect_get(&host, "/auth/get-user/", Answer::json(user));
    let output = host.act("get-user", "k2", &input).unwrap();
    assert_eq!(
        output,
        json!({
            "first_name": "Jan", "email": "jan@bedrijf.example", "company": { "id": 1 }, "pin": "4711",
            "taal": "nl",
        })
    );
    for sent in host.sent() {
        let seen = ["x-erp-token", "x-erp-requestor", "content-type"].map(|name| header(&sent, name));
        assert_eq!(seen, [Some("t-1"), Some("timeapp"), Some("application/json")]);
    }
}

/// C3: the client takes a single permission and none at all.
#[test]
fn permissions_may_be_one_or_missing() {
    let found = |body: Value| {
        let mut host = host();
        expect_get(&host, "/auth/get-permissions/", Answer::json(body));
        host.act("get-permissions", "k", &json!({ "token": "t-1" }))
            .map(|output| output["permissions"].clone())
    };
    assert_eq!(found(json!({ "permissions": { "permission": "view" } })).unwrap(), json!(["view"]));
    assert_eq!(found(json!({ "permissions": null })).unwrap(), json!([]));
    assert_eq!(found(json!({})).unwrap(), json!([]));
    assert_eq!(found(json!({ "permissions": "view" })).unwrap_err().code, "no-permissions");
}

/// C3: whatever the status, these are errors of the caller, and stop no schedule.
#[test]
fn a_wrong_password_is_bad_credentials_and_a_bad_token_no_valid_token() {
    for status in [400, 401, 403, 404] {
        let error = sign_in(&mut host(), refusal(status, "NOT_AUTHORIZED", "Niet correct.")).unwrap_err();
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Rejected, "BadCredentials"));
        assert_eq!(error.message, "Niet correct.");
        for (action, path) in [("get-permissions", "permissions"), ("get-user", "user")] {
            let mut host = host();
            expect_get(&host, &format!("/auth/get-{path}/"), refusal(status, "NOT_AUTHORIZED", "Ongeldig."));
            let error = host.act(action, "k", &json!({ "token": "t-1" })).unwrap_err();
            assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Rejected, "NoValidToken"));
        }
    }
    let silent = sign_in(&mut host(), Answer::text(401, "")).unwrap_err();
    assert_eq!((silent.kind, silent.code.as_str()), (ErrorKind::Rejected, "BadCredentials"));
}

/// What is not about the credentials does not pass for it.
#[test]
fn other_failures_of_a_sign_in_keep_their_own_verdict() {
    let check = |answer: Answer, kind: ErrorKind, code: &str| {
        let error = sign_in(&mut host(), answer).unwrap_err();
        assert_eq!((error.kind, error.code.as_str()), (kind, code), "{error}");
    };
    check(Answer::text(500, "<html>"), ErrorKind::Transient, "http-500");
    check(Answer::text(404, "<html>Not Found</html>"), ErrorKind::Rejected, "http-404");
    check(refusal(405, "NOT_ALLOWED", "POST."), ErrorKind::Rejected, "NOT_ALLOWED");
    check(Answer::text(429, "").header("retry-after", "7"), ErrorKind::RateLimited, "http-429");
    check(Answer::broken(), ErrorKind::Transient, "transport");
    check(Answer::json(json!({ "permissions": [] })), ErrorKind::Rejected, "no-token");
}

/// A sign-in of which no answer came is made again: twice is once.
#[test]
fn a_lost_answer_is_asked_for_again() {
    let mut host = host();
    assert_eq!(sign_in(&mut host, Answer::timeout()).unwrap_err().kind, ErrorKind::Transient);
    let answer = json!({ "token": "t-2", "permissions": [] });
    assert_eq!(sign_in(&mut host, Answer::json(answer)).unwrap()["token"], "t-2");
}

/// C1: only the user actions need it.
#[test]
fn without_an_application_nobody_is_signed_in() {
    let mut host = TestHost::<Cloudspot>::new(json!({ "token": true }));
    let error = host.act("authenticate", "k", &credentials()).unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Config, "no-application"));
    assert!(error.message.contains("`application` is not set"), "{error}");
    expect_get(&host, "/klanten/", Answer::json(json!({ "data": [] })));
    host.sync("klanten").unwrap();
}

#[test]
fn bad_input_is_refused_before_any_request() {
    let mut host = host();
    for (action, input) in [
        ("authenticate", json!({ "username": "jan" })),
        ("authenticate", json!({ "username": "jan", "password": 7 })),
        ("get-user", json!({})),
        ("get-user", json!({ "token": "" })),
        ("get-permissions", json!({ "token": "two\nlines" })),
    ] {
        assert_eq!(host.act(action, "k", &input).unwrap_err().code, "input", "{action} {input}");
    }
    assert_eq!(host.sent().len(), 0);
}
