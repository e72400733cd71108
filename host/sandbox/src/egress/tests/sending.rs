//! One request from the guest to a recorded transport and back.

use std::{future::pending, sync::Arc, task::Poll};

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    super::{
        Bounds, Egress, Exchange, Grant, HttpErrorKind, Request, Requests, Transport, TransportError,
        TransportErrorKind, WireAnswer, WireRequest,
    },
    Ask, TOKEN, credentials, policy,
    recorder::{Recorder, answer},
    spec,
};

const HOSTS: &[&str] = &["https://api.shop.example"];

fn egress(recorder: &Arc<Recorder>, transport: Arc<dyn Transport>, attach: Value) -> Egress {
    let spec = spec(HOSTS, attach);
    let grant = Grant::new(&spec, &json!({}), &policy(&[])).expect("valid");
    let bounds = Bounds { max_requests: 2, ..Bounds::default() };
    Egress::new(
        spec,
        Arc::new(json!({ "tenant": "acme" })),
        Arc::new(grant),
        credentials(),
        transport,
        recorder.clone(),
        recorder.clone(),
        recorder.clone(),
        bounds,
        Arc::new(|| 1_000),
    )
}

fn recorded(recorder: &Arc<Recorder>, attach: Value) -> Egress {
    egress(recorder, recorder.clone(), attach)
}

fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> Request {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let url = format!("https://api.shop.example{path}");
    Request { method: method.to_owned(), url, headers, body: Bytes::new(), timeout: None }
}

fn header() -> Value {
    json!([{ "header": "X-Token", "value": "{password}" }])
}

#[tokio::test]
async fn permit_intent_wire_come_in_this_order() {
    let recorder = Recorder::new(vec![]);
    let egress = recorded(&recorder, json!([]));
    egress.ask(request("post", "/dear/orders#x", &[])).await.expect("an answer");
    egress.ask(request("GET", "/orders", &[])).await.expect("an answer");
    assert_eq!(
        recorder.lines(),
        [
            r#"admit [("minute", 7)]"#,
            "open POST https://api.shop.example/dear/orders",
            "send POST https://api.shop.example",
            "end 4 Answered",
            "ended [1] Answered { status: 200, headers: [] }",
            r#"admit [("minute", 1)]"#,
            "send GET https://api.shop.example",
            "ended [1] Answered { status: 200, headers: [] }",
        ]
    );
}

#[tokio::test]
async fn what_is_denied_counts_nothing_and_opens_nothing() {
    let denied = [
        request("POST", "/", &[("Host", "evil.example")]),
        request("POST", "/", &[("content-length", "0")]),
        request("POST", "/", &[("Proxy-Authorization", "x")]),
        request("POST", "/", &[("X-Forwarded-For", "1.2.3.4")]),
        request("POST", "/", &[("X-HTTP-Method-Override", "GET")]),
        request("POST", "/", &[("Cookie", "a=b")]),
        request("POST", "/", &[("x-token", "mine")]),
        request("POST", "/", &[("X-A", "b\r\nHost: evil.example")]),
        request("POST", "/", &[("X A", "b")]),
        request("CONNECT", "/", &[]),
        request("GET /", "/", &[]),
        Request { url: "https://evil.example/".to_owned(), ..request("POST", "/", &[]) },
        Request { body: vec![0; Bounds::default().max_request_bytes].into(), ..request("POST", "/", &[]) },
    ];
    for request in denied {
        let recorder = Recorder::new(vec![]);
        let egress = recorded(&recorder, header());
        let error = egress.ask(request.clone()).await.expect_err("denied");
        assert_eq!(error.kind, HttpErrorKind::Denied, "{request:?}");
        assert!(recorder.lines().is_empty() && egress.requests() == 0, "{request:?}");
    }
}

#[tokio::test]
async fn a_call_makes_no_more_requests_than_its_spec_says() {
    let recorder = Recorder::new(vec![]);
    let egress = recorded(&recorder, json!([]));
    for _ in 0..2 {
        egress.ask(request("GET", "/", &[])).await.expect("an answer");
    }
    let error = egress.ask(request("GET", "/", &[])).await.expect_err("over the budget");
    assert_eq!(error.kind, HttpErrorKind::Denied);
    assert!(error.message.contains("`max-requests`"), "{error}");
    assert_eq!((egress.requests(), recorder.wire.lock().expect("not poisoned").len()), (2, 2));
}

#[tokio::test]
async fn without_a_permit_or_an_intent_nothing_is_sent() {
    let recorder = Arc::new(Recorder { no_permit: true, ..Recorder::default() });
    let error = recorded(&recorder, json!([])).ask(request("POST", "/", &[])).await.expect_err("no room");
    assert_eq!((error.kind, error.until), (HttpErrorKind::RateLimited, Some(9_000)));
    assert_eq!(recorder.lines().len(), 1);

    let recorder = Arc::new(Recorder { no_intent: true, ..Recorder::default() });
    let error = recorded(&recorder, json!([])).ask(request("POST", "/", &[])).await.expect_err("no lease");
    assert_eq!((error.kind, error.message.as_str()), (HttpErrorKind::Other, "the lease is lost"));
    assert_eq!(recorder.lines().last().map(String::as_str), Some("ended [1] NotSent"));
    assert!(recorder.wire.lock().expect("not poisoned").is_empty());
}

/// What the transport said, and what the intent and the permit become.
#[tokio::test]
async fn only_what_surely_never_left_is_called_not_sent() {
    let cases = [
        (TransportErrorKind::Transport, false, HttpErrorKind::Transport, "NotSent", "NotSent"),
        (TransportErrorKind::Transport, true, HttpErrorKind::Transport, "Open", "Lost"),
        (TransportErrorKind::Timeout, true, HttpErrorKind::Timeout, "Open", "Lost"),
        (TransportErrorKind::TooLarge, true, HttpErrorKind::TooLarge, "Open", "Lost"),
        (TransportErrorKind::DeniedAddress, false, HttpErrorKind::Denied, "NotSent", "NotSent"),
    ];
    for (kind, sent, expected, intent, permit) in cases {
        let failure = TransportError { kind, message: format!("with {TOKEN}"), sent };
        let recorder = Recorder::new(vec![Err(failure)]);
        let egress = recorded(&recorder, json!([]));
        let error = egress.ask(request("POST", "/", &[])).await.expect_err("failed");
        assert_eq!(error.kind, expected);
        assert!(error.message.ends_with("with [secret]"), "{error}");
        let lines = recorder.lines();
        assert_eq!(lines[lines.len() - 2..], [format!("end 4 {intent}"), format!("ended [1] {permit}")]);
    }
}

struct Hangs;

#[async_trait]
impl Transport for Hangs {
    async fn send(&self, _: WireRequest) -> Result<WireAnswer, TransportError> {
        pending().await
    }
}

#[tokio::test]
async fn a_killed_call_gives_nothing_back() {
    let recorder = Recorder::new(vec![]);
    let egress = egress(&recorder, Arc::new(Hangs), json!([]));
    let mut sending = Box::pin(egress.ask(request("POST", "/", &[])));
    let first = std::future::poll_fn(|context| Poll::Ready(sending.as_mut().poll(context))).await;
    assert!(first.is_pending());
    drop(sending);
    assert_eq!(recorder.lines(), [r#"admit [("minute", 1)]"#, "open POST https://api.shop.example/"]);
    let shown = egress.take_exchanges();
    assert!(shown[0].outcome.as_ref().is_err_and(|error| error.message.contains("before the answer came")));
}

/// The one request on the wire under these attachments.
async fn attached(attach: Value, path: &str) -> WireRequest {
    let recorder = Recorder::new(vec![]);
    recorded(&recorder, attach).ask(request("GET", path, &[("Accept", "a/b")])).await.expect("an answer");
    let mut wire = recorder.wire.lock().expect("not poisoned");
    wire.remove(0)
}

#[tokio::test]
async fn credentials_are_attached_as_the_spec_says() {
    let wire = attached(
        json!([
            { "header": "X-Token", "value": "key={password}; tenant={tenant}" },
            { "query": "api key", "value": "{token}" },
            { "basic": { "username": "{user}", "password": "{password}" } },
            { "header": "X-Optional", "value": "{base_url}" }
        ]),
        "/orders?page=2",
    )
    .await;
    let basic = STANDARD.encode("warehouse-berlin@shop.example:hunter2");
    let expected = [
        ("Accept", "a/b".to_owned()),
        ("x-token", "key=hunter2; tenant=acme".to_owned()),
        ("authorization", format!("Basic {basic}")),
    ];
    assert_eq!(wire.headers, expected.map(|(name, value)| (name.to_owned(), value)));
    assert_eq!(wire.url.query(), Some("page=2&api%20key=tok-3f9a%2F71%2Bc%20e%222"));
}

#[tokio::test]
async fn the_first_auth_rule_that_fits_decides() {
    assert!(attached(header(), "/open/status").await.headers.iter().all(|(name, _)| name != "x-token"));
    assert!(attached(header(), "/opened").await.headers.iter().any(|(name, _)| name == "x-token"));
}

#[tokio::test]
async fn a_guest_cannot_set_what_auth_attaches() {
    let recorder = Recorder::new(vec![]);
    let egress = recorded(&recorder, json!([{ "query": "key", "value": "{token}" }]));
    let error = egress.ask(request("GET", "/?KEY=1&key=mine", &[])).await.expect_err("denied");
    assert!(error.message.contains("the parameter `key`"), "{error}");
}

/// A vendor may take a user's own token where another path takes ours.
#[tokio::test]
async fn where_nothing_is_attached_a_guest_may_send_what_it_was_given() {
    let attach =
        json!([{ "header": "X-Token", "value": "{password}" }, { "query": "key", "value": "{token}" }]);
    let recorder = Recorder::new(vec![]);
    let egress = recorded(&recorder, attach);
    let users = request("GET", "/open/user?key=theirs", &[("x-token", "theirs")]);
    egress.ask(users).await.expect("an answer");
    let ours = request("GET", "/orders", &[("x-token", "theirs")]);
    assert_eq!(egress.ask(ours).await.expect_err("denied").kind, HttpErrorKind::Denied);
    let wire = recorder.wire.lock().expect("not poisoned");
    assert_eq!(wire[0].headers, [("x-token".to_owned(), "theirs".to_owned())]);
    assert_eq!((wire[0].url.query(), wire.len()), (Some("key=theirs"), 1));
}

#[tokio::test]
async fn an_echoed_secret_never_comes_back() {
    let echo =
        answer(200, &[("x-echo", TOKEN), ("x-user", "warehouse-berlin@shop.example")], format!("t={TOKEN}"));
    let recorder = Recorder::new(vec![Ok(echo)]);
    let egress = recorded(&recorder, json!([{ "header": "X-Token", "value": "{token}" }]));
    let answer = egress.ask(request("POST", "/login", &[])).await.expect("an answer");
    assert_eq!(
        answer.headers,
        [("x-echo", "[secret]"), ("x-user", "[secret]")].map(|(a, b)| (a.into(), b.into()))
    );
    assert_eq!(answer.body, "t=[secret]");
    assert_eq!(egress.scrubbed(), 3);
}

#[tokio::test]
async fn a_trace_holds_requests_as_before_injection() {
    let recorder = Recorder::new(vec![Ok(answer(200, &[], vec![0xff, 0x00]))]);
    let egress = recorded(&recorder, json!([{ "query": "key", "value": "{token}" }]));
    egress.ask(request("GET", "/orders", &[])).await.expect("an answer");
    let exchanges = egress.take_exchanges();
    assert_eq!(
        (exchanges[0].url.as_str(), exchanges[0].headers.len()),
        ("https://api.shop.example/orders", 0)
    );
    let json = serde_json::to_string(&exchanges).expect("a trace is JSON");
    assert!(!json.contains("tok-"), "{json}");
    let read: Vec<Exchange> = serde_json::from_str(&json).expect("it reads back");
    assert_eq!(read, exchanges);
}

#[tokio::test]
async fn a_secret_that_no_header_can_carry_is_named_and_not_shown() {
    use super::super::{CredentialKind, Credentials, Secret};
    let bad = Credentials::new([("token".to_owned(), Secret::new("line\nbreak"), CredentialKind::Secret)]);
    let recorder = Recorder::new(vec![]);
    let mut egress = recorded(&recorder, json!([{ "header": "X-Token", "value": "{token}" }]));
    egress.credentials = Arc::new(bad);
    let error = egress.ask(request("GET", "/", &[])).await.expect_err("cannot be sent");
    assert!(error.message.contains("{token}") && !error.message.contains("break\""), "{error}");
}
