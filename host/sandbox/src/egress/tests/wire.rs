//! The wire itself: a canned server on loopback.

use std::{io::Write, time::Duration};

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use url::Url;

use super::{
    super::{
        Network, Reach, Transport, TransportError, TransportErrorKind, WireAnswer, WireRequest,
        resolver::allowed,
    },
    canned::{Canned, serve},
};

fn reach(ranges: &[&str], private_only: bool) -> Reach {
    let allow_private = ranges.iter().map(|range| range.parse().expect("a range")).collect();
    Reach { grant: "test".into(), allow_private, private_only }
}

fn request(method: &str, url: &str, body: &str) -> WireRequest {
    WireRequest {
        method: method.to_owned(),
        url: Url::parse(url).expect("a URL"),
        headers: vec![("x-token".to_owned(), "secret".to_owned())],
        body: Bytes::from(body.to_owned()),
        timeout: Duration::from_secs(10),
        max_body_bytes: 1_000,
        reach: reach(&["127.0.0.0/8"], false),
    }
}

async fn ask(server: &Canned) -> Result<WireAnswer, TransportError> {
    Network::new().send(request("GET", &server.url("127.0.0.1"), "")).await
}

fn answer(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).and_then(|()| encoder.finish()).expect("memory")
}

#[track_caller]
fn failed(outcome: Result<WireAnswer, TransportError>, kind: TransportErrorKind, sent: bool) -> String {
    let error = outcome.expect_err("a failure");
    assert_eq!((error.kind, error.sent), (kind, sent), "{error}");
    error.message
}

#[tokio::test]
async fn a_request_goes_out_as_the_host_builds_it() {
    let server = serve(answer("X-Left: 5\r\nX-Left: 6\r\n", b"hi"), true).await;
    let answer =
        Network::new().send(request("DELETE", &server.url("127.0.0.1"), "a=b")).await.expect("an answer");
    assert_eq!((answer.status, answer.body.as_ref()), (200, &b"hi"[..]));
    assert_eq!(answer.headers.iter().filter(|(name, _)| name == "x-left").count(), 2);
    let heard = server.heard();
    assert!(heard.starts_with("DELETE / HTTP/1.1\r\n") && heard.ends_with("\r\n\r\na=b"), "{heard}");
    assert!(heard.contains(&format!("user-agent: windlass/{}\r\n", env!("CARGO_PKG_VERSION"))), "{heard}");
    assert!(heard.contains("accept-encoding: gzip") && heard.contains("x-token: secret"), "{heard}");
    assert!(!heard.to_lowercase().contains("referer") && !heard.to_lowercase().contains("cookie"), "{heard}");
}

#[tokio::test]
async fn a_redirect_is_returned_and_not_followed() {
    let target = serve(answer("", b"there"), true).await;
    let head =
        format!("HTTP/1.1 302 Found\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", target.url("127.0.0.1"));
    let server = serve(head, true).await;
    let answer = ask(&server).await.expect("an answer");
    assert_eq!(answer.status, 302);
    assert!(answer.headers.iter().any(|(name, _)| name == "location"));
    assert_eq!(target.heard(), "");
}

#[tokio::test]
async fn a_body_over_the_bound_is_cut() {
    let server = serve(answer("", &[b'x'; 1_000]), true).await;
    assert_eq!(ask(&server).await.expect("it just fits").body.len(), 1_000);
    let server = serve(answer("", &[b'x'; 1_001]), true).await;
    failed(ask(&server).await, TransportErrorKind::TooLarge, true);
}

#[tokio::test]
async fn compression_is_undone_and_bounded_after_it() {
    let server = serve(answer("content-encoding: gzip\r\n", &gzip(b"small")), true).await;
    let whole = ask(&server).await.expect("an answer");
    assert_eq!(whole.body, "small");
    assert!(whole.headers.iter().all(|(name, _)| name != "content-encoding"));
    let bomb = gzip(&vec![0; 10_000_000]);
    let server = serve(answer("content-encoding: gzip\r\n", &bomb), true).await;
    failed(ask(&server).await, TransportErrorKind::TooLarge, true);
    let server = serve(answer("content-encoding: zstd\r\n", b"hidden"), true).await;
    failed(ask(&server).await, TransportErrorKind::Transport, true);
}

#[tokio::test]
async fn an_answer_that_does_not_end_in_time_is_a_timeout() {
    let server = serve(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf".to_vec(), false).await;
    let hurried =
        WireRequest { timeout: Duration::from_millis(200), ..request("GET", &server.url("127.0.0.1"), "") };
    failed(Network::new().send(hurried).await, TransportErrorKind::Timeout, true);
    assert!(server.heard().starts_with("GET / "));
}

#[tokio::test]
async fn a_lost_answer_was_sent_and_is_not_repeated() {
    let server = serve(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf".to_vec(), true).await;
    failed(ask(&server).await, TransportErrorKind::Transport, true);
    let server = serve(Vec::new(), true).await;
    failed(ask(&server).await, TransportErrorKind::Transport, true);
    assert_eq!(server.heard().matches("GET / ").count(), 1);
}

#[tokio::test]
async fn a_refused_connection_sent_nothing() {
    let port = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port")
        .local_addr()
        .expect("bound")
        .port();
    let outcome =
        Network::new().send(request("GET", &format!("http://127.0.0.1:{port}/?key=secret"), "")).await;
    let message = failed(outcome, TransportErrorKind::Transport, false);
    assert!(message.starts_with("the request to 127.0.0.1 failed: "), "{message}");
    assert!(!message.contains("key=secret"), "{message}");
}

#[tokio::test]
async fn a_name_that_leads_to_loopback_is_loopback() {
    let server = serve(answer("", b"hi"), true).await;
    let closed = WireRequest { reach: reach(&[], false), ..request("GET", &server.url("localhost"), "") };
    let message = failed(Network::new().send(closed).await, TransportErrorKind::DeniedAddress, false);
    assert!(
        message.contains("the name localhost leads to") && message.contains("--allow-private"),
        "{message}"
    );
    assert_eq!(server.heard(), "");
    let open = Network::new().send(request("GET", &server.url("localhost"), "")).await;
    assert_eq!(open.expect("allowed").body, "hi");
}

#[tokio::test]
async fn a_literal_address_is_checked_on_the_wire_too() {
    let closed = WireRequest { reach: reach(&[], false), ..request("GET", "http://169.254.169.254/", "") };
    failed(Network::new().send(closed).await, TransportErrorKind::DeniedAddress, false);
}

#[test]
fn of_many_addresses_only_the_allowed_ones_are_dialled() {
    let found = || ["8.8.8.8:0", "10.0.0.1:0"].map(|text| text.parse().expect("an address")).into_iter();
    let dialled = |reach: &Reach| allowed("shop.example", found(), reach).map(|list| list.len()).ok();
    assert_eq!(dialled(&reach(&[], false)), Some(1));
    assert_eq!(dialled(&reach(&["10.0.0.0/8"], false)), Some(2));
    assert_eq!(dialled(&reach(&["10.0.0.0/8"], true)), Some(1));
    assert_eq!(dialled(&reach(&["192.168.0.0/16"], true)), None);
}

#[tokio::test]
async fn headers_are_bounded() {
    let many = "X-A: b\r\n".repeat(200);
    let server = serve(answer(&many, b""), true).await;
    assert!(ask(&server).await.is_err());
    let large = format!("X-A: {}\r\n", "b".repeat(100_000));
    let server = serve(answer(&large, b""), true).await;
    failed(ask(&server).await, TransportErrorKind::TooLarge, true);
}
