//! What counts as the same, and how each difference is told.

use bytes::Bytes;
use windlass_sandbox::{
    egress::{Answer, Exchange},
    replay::{Blob, Ending, Failed, StreamEnding, Written, sum},
};

use super::*;

/// A call with one request and two records.
fn ending() -> Ending {
    Ending {
        streams: vec![stream(&[("1", r#"{"a":1}"#), ("2", r#"{"a":2}"#)])],
        checkpoint: Some("c".into()),
        ..Ending::default()
    }
}

fn stream(records: &[(&str, &str)]) -> StreamEnding {
    StreamEnding {
        stream: String::new(),
        keys: records.iter().map(|(key, _)| (*key).to_owned()).collect(),
        sums: Blob(records.iter().flat_map(|(_, json)| sum(json.as_bytes()).to_le_bytes()).collect()),
        deleted: Vec::new(),
    }
}

fn exchange(url: &str) -> Exchange {
    Exchange {
        method: "GET".into(),
        url: url.into(),
        headers: Vec::new(),
        body: Bytes::new(),
        started_at: 1,
        ended_at: 2,
        outcome: Ok(Answer { status: 200, headers: Vec::new(), body: Bytes::new() }),
        scrubbed: 0,
        unseen: false,
        withheld: None,
    }
}

fn texts(records: &[(&str, &str)]) -> Texts {
    records.iter().map(|(key, json)| ((String::new(), (*key).to_owned()), (*json).to_owned())).collect()
}

fn again(ending: Ending) -> Again {
    Again { ending, requests: vec![exchange("/a")], records: Texts::new(), strayed: None }
}

/// Each difference as `part name: was -> now`.
fn found(requests: &[Exchange], records: Option<&Texts>, again: &Again) -> Vec<String> {
    let was = ending();
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".into());
    let told =
        |one: &Difference| format!("{:?} {}: {} -> {}", one.part, one.name, text(&one.was), text(&one.now));
    compare(&Was { requests, ending: &was, records }, again).iter().map(told).collect()
}

fn check(change: impl FnOnce(&mut Ending), expected: &[&str]) {
    let mut changed = ending();
    change(&mut changed);
    assert_eq!(found(&[exchange("/a")], None, &again(changed)), expected);
}

#[test]
fn every_part_of_an_ending_counts() {
    check(|_| {}, &[]);
    check(|now| now.checkpoint = None, &["Checkpoint : c -> nothing"]);
    check(|now| now.more = true, &["More : false -> true"]);
    check(|now| now.output = Some(Blob(Bytes::from_static(b"{}"))), &["Output : nothing -> {}"]);
    check(|now| now.streams[0].deleted.push("9".into()), &["Deleted 9: nothing -> deleted"]);
    let failed = || Failed { code: "auth".into(), message: "no".into(), ..Failed::default() };
    check(|now| now.failed = Some(failed()), &["Failure : nothing -> auth: no"]);
    let written = || vec![Written { key: "k".into(), sum: None }];
    check(|now| now.written = written(), &["Storage k: nothing -> deleted"]);
}

#[test]
fn records_are_told_apart_by_key_and_content() {
    let one = ("1", r#"{"a":1}"#);
    check(|now| now.streams = vec![stream(&[one])], &[&format!("Records 2: {NOT_KEPT} -> nothing")]);
    check(|now| now.streams = vec![stream(&[("2", r#"{"a":2}"#), one])], &["Records order: 1 2 -> 2 1"]);
    let mut now = again(ending());
    now.ending.streams = vec![stream(&[one, ("2", r#"{"a":3}"#), ("3", "{}")])];
    now.records = texts(&[one, ("2", r#"{"a":3}"#), ("3", "{}")]);
    let before = texts(&[one, ("2", r#"{"a":2}"#)]);
    let requests = [exchange("/a")];
    let expected = ["Records 2 /a: 2 -> 3", "Records 3: nothing -> {}"];
    assert_eq!(found(&requests, Some(&before), &now), expected);
    let unknown = [&format!("Records 2: {NOT_KEPT} -> {{\"a\":3}}"), "Records 3: nothing -> {}"];
    assert_eq!(found(&requests, None, &now), unknown);
}

#[test]
fn requests_are_compared_in_order_and_without_what_the_guest_did_not_see() {
    let check = |was: &[&str], now: &[&str], expected: &[&str]| {
        let login = Exchange { unseen: true, ..exchange("/login") };
        let was: Vec<_> = [login].into_iter().chain(was.iter().map(|url| exchange(url))).collect();
        let requests = now.iter().map(|url| exchange(url)).collect();
        let now = Again { requests, ..again(ending()) };
        assert_eq!(found(&was, None, &now), expected);
    };
    check(&["/a", "/b"], &["/a", "/b"], &[]);
    check(&["/a", "/b", "/c"], &["/a", "/x", "/c"], &["Requests 2: GET /b -> GET /x"]);
    check(&["/a", "/c"], &["/a", "/b", "/c"], &["Requests 2: nothing -> GET /b"]);
    check(&["/a", "/b"], &["/a"], &["Requests 2: GET /b -> nothing"]);
    let mut headed = exchange("/a");
    headed.headers = vec![("accept".into(), "*/*".into())];
    let now = Again { requests: vec![headed], ..again(ending()) };
    assert_eq!(found(&[exchange("/a")], None, &now), ["Requests 1: GET /a -> GET /a accept: */*"]);
}

#[test]
fn a_call_that_strayed_is_compared_no_further() {
    let mut strayed = again(Ending::default());
    strayed.strayed = Some("the storage's key k".into());
    assert_eq!(found(&[exchange("/a")], None, &strayed), ["Asked : nothing -> the storage's key k"]);
    strayed.requests = vec![exchange("/b")];
    assert_eq!(found(&[exchange("/a")], None, &strayed), ["Requests 1: GET /a -> GET /b"]);
}
