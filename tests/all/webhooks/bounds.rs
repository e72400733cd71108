//! What a delivery may take of a host.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use windlass_tests::eventually::eventually;

use super::hooked::{Hooked, TOKEN, event, status};
use super::kill::Done;

/// Within this the address has been seen busy, on a machine that is busy itself.
const BUSY_MAX: Duration = Duration::from_secs(120);
/// What is told where an address has no room.
const BUSY: &str = "HTTP/1.1 429";
/// A mebibyte.
const MOST_BYTES: usize = 1 << 20;

#[test]
fn a_body_is_bounded_in_size() {
    let hooked = Hooked::start();
    let sized = |bytes: usize| {
        let mut body = event("large", 1).to_string().into_bytes();
        body.resize(bytes, b' ');
        body
    };
    let check = |expected: u16, bytes: usize| {
        let told = hooked.send("orders", &[("x-token", TOKEN)], &sized(bytes));
        assert_eq!(status(&told), expected, "{bytes}: {told:?}");
    };
    check(413, MOST_BYTES + 1);
    check(413, 3 * MOST_BYTES);
    // Without a length said beforehand.
    let answer = raw(&hooked, "transfer-encoding: chunked", |stream| {
        let chunk = [b"10000\r\n", &vec![b' '; 0x10000][..], b"\r\n"].concat();
        (0..32).all(|_| stream.write_all(&chunk).is_ok());
        drop(stream.write_all(b"0\r\n\r\n"));
    });
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(hooked.deliveries().is_empty());
    check(200, MOST_BYTES);
    hooked.delivery("large", "processed");
}

#[test]
fn a_body_that_does_not_come_is_not_waited_for() {
    let hooked = Hooked::start();
    let answer = raw(&hooked, "content-length: 100", |stream| drop(stream.write_all(b"{\"event\":")));
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(hooked.deliveries().is_empty());
}

#[test]
fn a_flood_at_one_address_harms_no_other() {
    let hooked = Hooked::start();
    let (looked, busy) = (Done::default(), AtomicBool::new(false));
    // Each says that a whole mebibyte comes, and sends nothing: together more than one address may hold.
    // Until it is told that the address is busy, or somebody has seen that: not all may come at once on a
    // machine that is busy itself, and a host that has no turn to look the address up says so.
    let flood = || {
        let ask = || raw(&hooked, "content-length: 1048576", |_| {});
        let mut answers = vec![ask()];
        while !answers.last().is_some_and(|last| last.starts_with(BUSY)) && !looked.is_set() {
            answers.push(ask());
        }
        busy.fetch_or(answers.iter().any(|answer| answer.starts_with(BUSY)), Ordering::Relaxed);
        answers
    };
    let answers: Vec<String> = thread::scope(|scope| {
        let flood: Vec<_> = (0..40).map(|_| scope.spawn(flood)).collect();
        looked.after(|| {
            eventually("the address is busy", BUSY_MAX, || busy.load(Ordering::Relaxed).then_some(()));
            let told = hooked.send("open", &[], event("other", 1).to_string().as_bytes());
            assert_eq!(status(&told), 201, "{told:?}");
        });
        flood.into_iter().flat_map(|one| one.join().expect("no request panics")).collect()
    });
    let count = |status: &str| answers.iter().filter(|answer| answer.starts_with(status)).count();
    let (busy, waited, unready) = (count(BUSY), count("HTTP/1.1 408"), count("HTTP/1.1 503"));
    assert!(busy > 0 && waited > 0 && busy + waited + unready == answers.len(), "{answers:?}");
    assert!(answers.iter().all(|answer| !answer.starts_with(BUSY) || answer.contains("retry-after: 1")));
    hooked.taken(&event("after", 1));
}

#[test]
fn only_methods_with_a_body_or_a_get_deliver() {
    let hooked = Hooked::start();
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let url = hooked.url("open");
    let deleted = agent.delete(&url).call().expect("an answer").status().as_u16();
    let put = agent.put(&url).send("{\"event\":\"put\"}").expect("an answer").status().as_u16();
    let got = agent.get(format!("{url}?event=1")).call().expect("an answer").status().as_u16();
    assert_eq!((deleted, put, got), (405, 201, 201));
    let shown = hooked.host.json(&["delivery", "show", "shop", &hooked.deliveries()[0]["id"].to_string()]);
    assert_eq!((shown["method"].as_str(), shown["query"].as_str()), (Some("GET"), Some("event=1")));
}

/// Sends a request by hand, and reads what comes back until the end.
fn raw(hooked: &Hooked, header: &str, body: impl FnOnce(&mut TcpStream)) -> String {
    let address = hooked.host.url().replace("http://", "");
    let mut stream = TcpStream::connect(&address).expect("a host listens");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a socket has time-outs");
    let path = &hooked.paths["orders"];
    let head = format!("POST {path} HTTP/1.1\r\nhost: {address}\r\nx-token: {TOKEN}\r\n{header}\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("the head is taken");
    body(&mut stream);
    let mut answer = [0; 4_096];
    let length = stream.read(&mut answer).unwrap_or(0);
    String::from_utf8_lossy(&answer[..length]).into_owned()
}
