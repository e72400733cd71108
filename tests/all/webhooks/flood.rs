//! Thousands of deliveries, most of them good, while hosts die.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use windlass_tests::asked;
use windlass_tests::eventually::eventually;
use windlass_tests::host::{Host, Setup};

use super::hooked::{Hooked, TOKEN};
use super::kill::{Done, kill_again_and_again};
use super::sender::{Plan, Sent};
use crate::pair::Pair;

/// Between two kills: long enough that most deliveries come while the host lives.
const LIVES_MS: [u64; 4] = [1_500, 2_500, 700, 2_000];
/// Within this a host answers again that was killed.
const ANSWERS_MAX: Duration = Duration::from_secs(120);
/// Requests whose body never comes whole.
const SLOW: usize = 5;

/// 20,000 in the long form.
fn plan() -> Plan {
    if asked::long() { Plan { orders: 40, events: 500 } } else { Plan { orders: 20, events: 75 } }
}

#[test]
fn a_flood_is_received_once_each_through_kills_on_sqlite() {
    let hooked = Hooked::start_with(Setup::default(), &[]);
    let host = hooked.host.clone();
    flood(&hooked, &[&host], &[&host]);
}

#[test]
fn a_flood_is_received_once_each_through_kills_by_two_hosts() {
    let pair = Pair::start_guest("hooked");
    let hooked = Hooked::connect(pair.first.clone(), &[]);
    flood(&hooked, &[&pair.first, &pair.second], &[&pair.second, &pair.first]);
}

fn flood(hooked: &Hooked, hosts: &[&Host], killed: &[&Host]) {
    let (sent, done) = (Sent::default(), Done::default());
    let plan = plan();
    thread::scope(|scope| {
        for _ in 0..SLOW {
            scope.spawn(|| drip(hooked, &done));
        }
        scope.spawn(|| done.after(|| plan.deliver(hooked, hosts, &sent)));
        kill_again_and_again(killed, &LIVES_MS, &done);
    });
    plan.assert_received(hooked);
    assert_eq!(sent.taken.load(Ordering::Relaxed), plan.orders * plan.events);
    let others = [&sent.repeats, &sent.forged, &sent.oversize].map(|count| count.load(Ordering::Relaxed));
    assert!(others.iter().all(|count| *count > 0), "{others:?}");
}

/// Begins deliveries that never end, until the others are done.
fn drip(hooked: &Hooked, done: &Done) {
    let address = hooked.host.url().replace("http://", "");
    let path = &hooked.paths["orders"];
    let head =
        format!("POST {path} HTTP/1.1\r\nhost: {address}\r\nx-token: {TOKEN}\r\ncontent-length: 90\r\n\r\n");
    while !done.is_set() {
        let alive = eventually("the host answers or is not needed", ANSWERS_MAX, || {
            let stream = TcpStream::connect(&address).ok();
            (stream.is_some() || done.is_set()).then_some(stream)
        });
        let Some(mut stream) = alive else { return };
        // It may die meanwhile, which is as good.
        let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(b"{\"event\":\"slow\","));
        let _ = stream.read(&mut [0; 64]);
    }
}
