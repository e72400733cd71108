//! Logins: when one is made, what its answer means, and what nobody sees of it.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    super::{
        Answer, Bounds, Credentials, Egress, Grant, HttpError, HttpErrorKind, Request, Requests, Secret,
        TransportError, TransportErrorKind, WireAnswer,
    },
    Ask, PASSWORD, TOKEN, credentials, policy,
    recorder::{Recorder, answer},
    spec,
};

const LOGIN: &str = "https://auth.shop.example";
const FIRST: &str = "first-token-of-the-session";
const SECOND: &str = "second-token-of-the-session";

fn login() -> Value {
    json!([{ "login": {
        "request": {
            "url": "https://auth.shop.example/in/",
            "form": { "username": "{user}", "password": "{password}" },
        },
        "token": "/access_token", "expires-in": "/expires_in", "refused-on": [500],
        "apply": { "header": "Authorization", "value": "Bearer {token}" },
    } }])
}

fn egress_with(recorder: &Arc<Recorder>, attach: Value, credentials: Arc<Credentials>) -> Egress {
    let spec = spec(&["https://api.shop.example", LOGIN], attach);
    let grant = Grant::new(&spec, &json!({}), &policy(&[])).expect("valid");
    Egress::new(
        spec,
        Arc::new(json!({ "tenant": "acme" })),
        Arc::new(grant),
        credentials,
        recorder.clone(),
        recorder.clone(),
        recorder.clone(),
        recorder.clone(),
        Bounds { max_requests: 3, ..Bounds::default() },
        Arc::new(|| 1_000),
    )
}

fn egress(recorder: &Arc<Recorder>) -> Egress {
    egress_with(recorder, login(), credentials())
}

fn opens(token: &str) -> Result<WireAnswer, TransportError> {
    Ok(answer(200, &[], json!({ "access_token": token, "expires_in": 600 }).to_string()))
}

fn says(status: u16, body: &str) -> Result<WireAnswer, TransportError> {
    Ok(answer(status, &[("set-cookie", "session=1")], body.to_owned()))
}

async fn send(egress: &Egress, method: &str, path: &str) -> Result<Answer, HttpError> {
    let url = format!("https://api.shop.example{path}");
    let request =
        Request { method: method.to_owned(), url, headers: vec![], body: Bytes::new(), timeout: None };
    egress.ask(request).await
}

/// What was sent: method, address, and the header that a session gives.
fn wire(recorder: &Recorder) -> Vec<String> {
    let wire = recorder.wire.lock().expect("not poisoned");
    let line = |request: &super::super::WireRequest| {
        let header = request.headers.iter().find(|(name, _)| name == "authorization");
        let header = header.map(|(_, value)| format!(" {value}")).unwrap_or_default();
        format!("{} {}{header}", request.method, request.url)
    };
    wire.iter().map(line).collect()
}

#[tokio::test]
async fn the_first_request_logs_in_and_the_next_ones_do_not() {
    let recorder = Recorder::new(vec![opens(FIRST)]);
    let egress = egress(&recorder);
    for path in ["/a", "/b"] {
        send(&egress, "GET", path).await.expect("an answer");
    }
    assert_eq!(
        wire(&recorder),
        [
            "POST https://auth.shop.example/in/".to_owned(),
            format!("GET https://api.shop.example/a Bearer {FIRST}"),
            format!("GET https://api.shop.example/b Bearer {FIRST}"),
        ]
    );
    let sent = recorder.wire.lock().expect("not poisoned");
    assert_eq!(
        sent[0].headers,
        [("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())]
    );
    assert_eq!(sent[0].body, "password=hunter2&username=warehouse-berlin%40shop.example");
    assert_eq!(egress.requests(), 2, "a login is none of the guest's requests");
}

#[tokio::test]
async fn a_login_is_counted_and_makes_no_intent() {
    let recorder = Recorder::new(vec![opens(FIRST)]);
    send(&egress(&recorder), "POST", "/a").await.expect("an answer");
    let credential = "look POST https://auth.shop.example/in/ /access_token password hunter2 username \
                      warehouse-berlin@shop.example None";
    assert_eq!(
        recorder.lines(),
        [
            credential,
            r#"admit [("minute", 1)]"#,
            "send POST https://auth.shop.example",
            "ended [1] Answered { status: 200, headers: [] }",
            "opened 1 for Some(600s)",
            r#"admit [("minute", 1)]"#,
            "open POST https://api.shop.example/a",
            "send POST https://api.shop.example",
            "end 4 Answered",
            "ended [1] Answered { status: 200, headers: [] }",
        ]
    );
}

#[tokio::test]
async fn a_session_that_is_no_longer_good_is_renewed_once_and_the_request_repeated() {
    let recorder = Recorder::new(vec![says(401, ""), opens(SECOND), says(200, "done")]);
    recorder.session.lock().expect("not poisoned").session = Some((0, Secret::new(FIRST)));
    let egress = egress(&recorder);
    let answer = send(&egress, "POST", "/a").await.expect("an answer");
    assert_eq!((answer.status, &*answer.body), (200, &b"done"[..]));
    assert_eq!(
        wire(&recorder),
        [
            format!("POST https://api.shop.example/a Bearer {FIRST}"),
            "POST https://auth.shop.example/in/".to_owned(),
            format!("POST https://api.shop.example/a Bearer {SECOND}"),
        ]
    );
    let lines = recorder.lines();
    let counted = |part: &str| lines.iter().filter(|line| line.starts_with(part)).count();
    assert_eq!((counted("admit"), counted("open POST")), (3, 2), "every attempt counts: {lines:#?}");
    assert_eq!(lines.iter().find(|line| line.starts_with("end ")).map(String::as_str), Some("end 4 Refused"));
    let shown: Vec<_> =
        egress.take_exchanges().into_iter().map(|e| (e.unseen, e.outcome.map(|a| a.status))).collect();
    assert_eq!(shown, [(false, Ok(200)), (true, Ok(401)), (true, Ok(200))]);
}

#[tokio::test]
async fn a_session_that_was_just_opened_is_not_renewed() {
    let recorder = Recorder::new(vec![opens(FIRST), says(401, "no"), says(401, "no")]);
    let egress = egress(&recorder);
    for _ in 0..2 {
        assert_eq!(send(&egress, "GET", "/a").await.expect("an answer").status, 401);
    }
    assert_eq!(wire(&recorder).len(), 3);
    let recorder = Recorder::new(vec![says(401, ""), opens(SECOND), says(401, "still no")]);
    recorder.session.lock().expect("not poisoned").session = Some((0, Secret::new(FIRST)));
    assert_eq!(
        send(&egress_with(&recorder, login(), credentials()), "GET", "/a").await.expect("an answer").status,
        401
    );
    assert_eq!(wire(&recorder).len(), 3);
}

#[track_caller]
fn assert_ended(recorder: &Recorder, ended: &str) {
    let lines = recorder.lines();
    assert!(lines.iter().any(|line| line == ended), "{ended}: {lines:#?}");
    assert!(!wire(recorder).iter().any(|line| line.contains("api.shop.example")), "{lines:#?}");
}

#[tokio::test]
async fn a_refused_login_is_tried_once() {
    for (status, body, expected) in [
        (401, "Bad  credentials\nfor hunter2", "refused the login with 401: Bad credentials for [secret]"),
        (422, "", "refused the login with 422"),
        (500, "<html>oops</html>", "refused the login with 500 and a web page"),
        (200, r#"{"error":"wrong"}"#, "answered the login with 200 and no token at /access_token"),
        (200, r#"{"access_token":""}"#, "no token"),
        (200, "<html>log in</html>", "no token"),
    ] {
        let recorder = Recorder::new(vec![says(status, body)]);
        let egress = egress(&recorder);
        let error = send(&egress, "GET", "/a").await.expect_err("refused");
        assert_eq!(error.kind, HttpErrorKind::Auth, "{error}");
        assert!(error.message.contains(expected), "{error}");
        assert!(egress.is_login_refused(&format!("cannot read: {}", error.message)));
        assert_ended(&recorder, "refused 1");
        let again = send(&egress, "GET", "/a").await.expect_err("remembered");
        assert_eq!((again.kind, wire(&recorder).len()), (HttpErrorKind::Auth, 1));
        assert!(again.message.contains("was answered before"), "{again}");
    }
}

#[tokio::test]
async fn a_login_that_failed_may_be_tried_again() {
    let lost =
        TransportError { kind: TransportErrorKind::Timeout, message: format!("no {PASSWORD}"), sent: true };
    for (outcome, kind, expected) in [
        (says(503, "busy"), HttpErrorKind::Transport, "answered 503"),
        (says(408, ""), HttpErrorKind::Transport, "answered 408"),
        (says(429, ""), HttpErrorKind::RateLimited, "asks to wait"),
        (says(302, ""), HttpErrorKind::Denied, "set the final address"),
        (says(200, r#"{"access_tok"#), HttpErrorKind::Transport, "cut off"),
        (Err(lost), HttpErrorKind::Timeout, "the login failed: no [secret]"),
    ] {
        let recorder = Recorder::new(vec![outcome]);
        let error = send(&egress(&recorder), "POST", "/a").await.expect_err("failed");
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.message.contains(expected), "{error}");
        assert_ended(&recorder, "gave back 1");
    }
    let recorder = Arc::new(Recorder { no_permit: true, ..Recorder::default() });
    let error = send(&egress(&recorder), "GET", "/a").await.expect_err("no room");
    assert_eq!((error.kind, error.until), (HttpErrorKind::RateLimited, Some(9_000)));
    assert_ended(&recorder, "gave back 1");
}

#[tokio::test]
async fn a_login_whose_credentials_are_not_set_names_the_property() {
    let only = [("user".to_owned(), Secret::new("me"), super::super::CredentialKind::Identifier)];
    let recorder = Recorder::new(vec![]);
    let egress = egress_with(&recorder, login(), Arc::new(Credentials::new(only)));
    let error = send(&egress, "GET", "/a").await.expect_err("not set");
    assert_eq!(error.kind, HttpErrorKind::Denied);
    assert!(
        error.message.contains("`password` is not set") && error.message.contains("--secret password="),
        "{error}"
    );
    assert!(recorder.lines().is_empty());
    send(&egress, "GET", "/open/a").await.expect("another rule needs no login");
}

#[tokio::test]
async fn nobody_sees_a_token() {
    let echo = json!({ "you": format!("Bearer {SECOND}"), "before": FIRST }).to_string();
    let before = json!({ "you": FIRST }).to_string();
    let recorder = Recorder::new(vec![says(401, &before), opens(SECOND), says(200, &echo), says(200, &echo)]);
    recorder.session.lock().expect("not poisoned").session = Some((0, Secret::new(FIRST)));
    let egress = egress(&recorder);
    let answer = send(&egress, "GET", "/a").await.expect("an answer");
    assert_eq!(answer.body, r#"{"you":"Bearer [secret]","before":"[secret]"}"#);
    // Not even where no session is attached.
    let answer = send(&egress, "GET", "/open/a").await.expect("an answer");
    assert_eq!(answer.body, r#"{"you":"Bearer [secret]","before":"[secret]"}"#);
    assert_eq!(egress.scrubber().scrub_text(&format!("log of {SECOND}")), "log of [secret]");
    let exchanges = egress.take_exchanges();
    let mut trace = serde_json::to_string(&exchanges).expect("a trace is JSON");
    for answer in exchanges.iter().filter_map(|exchange| exchange.outcome.as_ref().ok()) {
        trace.push_str(&String::from_utf8_lossy(&answer.body));
    }
    assert!(trace.contains(r#"{"you":"[secret]"}"#), "the refused attempt is shown: {trace}");
    assert!(![FIRST, SECOND, PASSWORD, TOKEN].iter().any(|secret| trace.contains(secret)), "{trace}");
    let login = exchanges.iter().find(|e| e.url.starts_with(LOGIN)).expect("a login has its line");
    let answer = login.outcome.as_ref().expect("it was answered");
    assert!(
        login.body.is_empty()
            && login.headers.is_empty()
            && answer.body.is_empty()
            && answer.headers.is_empty()
    );
}

#[tokio::test]
async fn a_json_login_is_filled_in_depth() {
    let attach = json!([{ "login": {
        "request": { "url": "https://auth.shop.example/in", "method": "put",
            "json": { "user": { "name": "{user}", "ids": ["{tenant}", 7] }, "remember": true } },
        "token": "/t", "apply": { "header": "X-Session", "value": "{token}" },
    } }]);
    let recorder = Recorder::new(vec![says(200, r#"{"t":123456789}"#)]);
    send(&egress_with(&recorder, attach, credentials()), "GET", "/a").await.expect("an answer");
    let wire = recorder.wire.lock().expect("not poisoned");
    let body: Value = serde_json::from_slice(&wire[0].body).expect("JSON");
    let name = "warehouse-berlin@shop.example";
    assert_eq!(body, json!({ "user": { "name": name, "ids": ["acme", 7] }, "remember": true }));
    assert_eq!(wire[0].method, "PUT");
    assert!(wire[1].headers.contains(&("x-session".to_owned(), "123456789".to_owned())));
}

#[tokio::test]
async fn oauth2_asks_by_a_form_and_keeps_the_newest_refresh_token() {
    let attach = json!([{ "oauth2": { "grant": "refresh-token", "token-url": "https://auth.shop.example/token",
        "client-id": "{tenant}", "refresh-token": "{token}" } }]);
    let body = json!({ "access_token": SECOND, "refresh_token": "the-next-refresh-token" }).to_string();
    let recorder = Recorder::new(vec![says(200, &body), says(200, ""), says(401, ""), says(200, &body)]);
    let sent = |n: usize| {
        let body = recorder.wire.lock().expect("not poisoned")[n].body.clone();
        url::form_urlencoded::parse(&body).into_owned().map(|(_, value)| value).collect::<Vec<_>>()
    };
    for _ in 0..2 {
        send(&egress_with(&recorder, attach.clone(), credentials()), "GET", "/a").await.expect("an answer");
    }
    assert_eq!(sent(0), ["acme", "refresh_token", TOKEN]);
    assert_eq!(sent(3), ["acme", "refresh_token", "the-next-refresh-token"]);
    assert_eq!(wire(&recorder)[1], format!("GET https://api.shop.example/a Bearer {SECOND}"));
}
