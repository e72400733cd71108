//! What is taped is played back, and nothing else is.

use std::{collections::BTreeSet, sync::Arc};

use bytes::Bytes;

use super::{
    Basis, Blob, Ending, Import, Playback, Read, Return, sum,
    tape::{Tape, Taped},
};
use crate::{
    capability::storage::Storage,
    egress::{Answer, Credentials, Exchange, HttpError, RateLimiter, Request, Requests},
    limits::CallLimits,
    meter::MemoryMeter,
};

/// The sum of a text, worked out elsewhere.
const KEPT: u64 = 0xa851_2be4_f73b_65aa;

/// A storage with one key.
struct OneKey;

#[async_trait::async_trait]
impl Storage for OneKey {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        Ok((key == "cursor").then(|| b"7".to_vec()))
    }

    async fn list(&self, _: &str, _: Option<&str>, _: usize) -> Result<Vec<(String, Vec<u8>)>, String> {
        Ok(vec![("cursor".into(), b"7".to_vec())])
    }

    async fn used(&self) -> Result<(i64, i64), String> {
        Err("the database is away".into())
    }
}

fn basis(returns: Vec<Return>, reads: Option<Vec<Read>>) -> Basis {
    let (contract, ending) = ("0.1.0".into(), Ending::default());
    Basis { contract, limits: CallLimits::default(), returns, reads, ending }
}

fn playback(exchanges: Vec<Exchange>, returns: Vec<Return>, reads: Vec<Read>) -> Arc<Playback> {
    Playback::new(exchanges, &basis(returns, Some(reads)), Credentials::default().scrubber())
}

fn exchange(url: &str, body: &'static str, status: u16) -> Exchange {
    let answer = Answer { status, headers: Vec::new(), body: Bytes::new() };
    Exchange::answered(url, Bytes::from_static(body.as_bytes()), answer)
}

async fn send(playback: &Playback, url: &str, body: &str) -> Result<u16, HttpError> {
    let (headers, body) = (Vec::new(), Bytes::copy_from_slice(body.as_bytes()));
    let memory = Arc::new(MemoryMeter::new(usize::MAX));
    let request = Request { method: "post".into(), url: url.into(), headers, body, timeout: None };
    playback.send(request, &memory).await.expect("there is room").map(|answer| answer.status)
}

#[tokio::test]
async fn what_was_read_is_read_again() {
    let tape = Arc::<Tape>::default();
    let taped = Taped::new(Arc::new(OneKey) as Arc<dyn Storage>, &tape);
    let look = async |storage: &dyn Storage| {
        let (there, gone) = (storage.get("cursor").await, storage.get("none").await);
        (there, gone, storage.list("c", None, 5).await, storage.used().await)
    };
    let seen = look(&*taped).await;
    let (_, reads) = tape.take();
    let playback = playback(Vec::new(), Vec::new(), reads.unwrap());
    assert_eq!(look(&*playback).await, seen);
    assert_eq!(playback.strayed(), None);
}

#[tokio::test]
async fn what_was_never_read_ends_the_call() {
    let playback = playback(Vec::new(), vec![Return(Import::Storage, 5)], Vec::new());
    assert_eq!(playback.returned(Import::Storage), Ok(Some(5)));
    assert!(Storage::get(&*playback, "other").await.is_err());
    let strayed = "the storage's key other".to_owned();
    assert_eq!(playback.returned(Import::Storage), Err(strayed.clone()));
    assert!(playback.remaining("minute").await.is_err());
    assert_eq!(playback.strayed(), Some(strayed), "the first question counts");
}

#[tokio::test]
async fn requests_are_answered_once_each_and_in_order() {
    let hidden = Exchange { unseen: true, ..exchange("https://v.example/a", "", 401) };
    let kept = [("a", "1", 200), ("b", "", 201), ("a", "1", 202)]
        .map(|(path, body, status)| exchange(&format!("https://v.example/{path}"), body, status));
    let playback = playback([hidden].into_iter().chain(kept).collect(), Vec::new(), Vec::new());
    let mut answers = Vec::new();
    for (path, body) in [("b", ""), ("a", "1"), ("a", "1")] {
        answers.push(send(&playback, &format!("https://v.example/{path}"), body).await.unwrap());
    }
    assert_eq!(answers, [201, 200, 202]);
    assert_eq!((playback.strayed(), playback.requests()), (None, 3));
    assert!(send(&playback, "https://v.example/a", "1").await.is_err());
    assert_eq!(playback.strayed().as_deref(), Some("POST https://v.example/a 1"));
}

#[test]
fn time_moves_to_the_next_return_of_the_same_kind() {
    use Import::{Http, Storage};
    let returns = vec![Return(Http, 10), Return(Storage, 20), Return(Http, 30)];
    let playback = playback(Vec::new(), returns, Vec::new());
    let moves = [Storage, Http, Http, Http].map(|import| playback.returned(import).unwrap());
    assert_eq!(moves, [Some(20), Some(10), Some(30), None]);
}

#[test]
fn sums_tell_texts_apart() {
    let texts: [&[u8]; 9] = [
        b"",
        b"\0",
        b"\0\0",
        &[0; 8],
        &[0; 9],
        &[0; 16],
        b"{\"a\":1,\"b\":2}",
        b"{\"b\":2,\"a\":1}",
        b"12345678a",
    ];
    let sums: BTreeSet<u64> = texts.iter().map(|text| sum(text)).collect();
    assert_eq!(sums.len(), texts.len());
    let long = [7; 100];
    for (at, bit) in (0..100).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut other = long;
        other[at] ^= 1 << bit;
        assert_ne!(sum(&other), sum(&long), "{at} {bit}");
    }
    assert_eq!(sum(b"kept in traces"), KEPT, "traces of the past are compared by it");
}

#[test]
fn a_tape_is_bounded() {
    let read = |bytes: usize| Read::Get { key: "k".into(), answer: Ok(Some(Blob(vec![0; bytes].into()))) };
    let check = |bytes: usize, expected: bool| {
        let tape = Tape::default();
        tape.read(read(bytes));
        tape.returned(Import::Storage, 1);
        let (returns, reads) = tape.take();
        assert_eq!((reads.is_some(), returns.len() == 1), (expected, expected), "{bytes}");
    };
    check(1 << 20, true);
    check(5 << 20, false);
}
