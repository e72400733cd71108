//! A vendor that delivers until it is told 200, whatever happens to the hosts, and what must be true of its
//! deliveries then.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use rand::RngExt;
use windlass_tests::eventually::eventually;
use windlass_tests::host::Host;

use super::hooked::{Hooked, TOKEN, event, send, status};

/// Within this a host answers again that was killed.
const TAKEN_MAX: Duration = Duration::from_secs(120);
/// A vendor gives up on an answer after this, and delivers again.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// More than a host takes.
const OVERSIZE_BYTES: usize = (1 << 20) + 1;

/// Orders with so many events each; those of one order are delivered one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub orders: usize,
    pub events: usize,
}

/// What was sent besides.
#[derive(Default)]
pub struct Sent {
    /// Every event once.
    pub taken: AtomicUsize,
    pub repeats: AtomicUsize,
    pub forged: AtomicUsize,
    pub oversize: AtomicUsize,
}

impl Plan {
    /// Delivers everything to the hosts in turn, each order from a thread of its own. A repeat, a forged or an
    /// oversize delivery comes in between by chance.
    pub fn deliver(self, hooked: &Hooked, hosts: &[&Host], sent: &Sent) {
        let urls: Vec<String> =
            hosts.iter().map(|host| format!("{}{}", host.url(), hooked.paths["orders"])).collect();
        thread::scope(|scope| {
            for order in 0..self.orders {
                let urls = &urls;
                scope.spawn(move || self.deliver_order(order, urls, sent));
            }
        });
    }

    fn deliver_order(self, order: usize, urls: &[String], sent: &Sent) {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(ANSWER_MAX))
            .build()
            .into();
        let mut chance = rand::rng();
        for number in 0..self.events {
            let body = event(name(order, number), order).to_string();
            let mut tried = order + number;
            let mut deliver = |headers: &[(&str, &str)], body: &str| {
                tried += 1;
                status(&send(&agent, &urls[tried % urls.len()], headers, body.as_bytes()))
            };
            eventually("the delivery is taken", TAKEN_MAX, || {
                (deliver(&[("x-token", TOKEN)], &body) == 200).then_some(())
            });
            sent.taken.fetch_add(1, Ordering::Relaxed);
            match chance.random_range(0..20) {
                0..3 => {
                    let told = deliver(&[("x-token", TOKEN)], &body);
                    assert!([0, 200, 429, 503].contains(&told), "a repeat was told {told}");
                    sent.repeats.fetch_add(1, Ordering::Relaxed);
                }
                3..6 => {
                    let wrong = ["", "x", &TOKEN[..TOKEN.len() - 1], "the vendor shows that token"];
                    let forged = event(format!("forged {}", name(order, number)), order).to_string();
                    let told = deliver(&[("x-token", wrong[number % wrong.len()])], &forged);
                    assert!([0, 401, 429, 503].contains(&told), "a forged one was told {told}");
                    sent.forged.fetch_add(1, Ordering::Relaxed);
                }
                6 if number % 8 == 0 => {
                    let large = format!("{body}{}", " ".repeat(OVERSIZE_BYTES));
                    let told = deliver(&[("x-token", TOKEN)], &large);
                    assert!([0, 413, 429, 503].contains(&told), "an oversize one was told {told}");
                    sent.oversize.fetch_add(1, Ordering::Relaxed);
                }
                _ => {}
            }
        }
    }

    /// Every event was received once, in its order; nothing else was.
    #[track_caller]
    pub fn assert_received(self, hooked: &Hooked) {
        hooked.drained();
        let expected: BTreeMap<String, Vec<String>> = (0..self.orders)
            .map(|order| (order.to_string(), (0..self.events).map(|number| name(order, number)).collect()))
            .collect();
        let received = hooked.events();
        for (order, events) in &expected {
            assert_eq!(received.get(order), Some(events), "order {order}");
        }
        assert_eq!(received.len(), expected.len());
        let failed = hooked.host.json(&["delivery", "list", super::hooked::NAME, "--state", "failed"]);
        assert_eq!(failed["items"].as_array().map(Vec::len), Some(0), "{failed}");
    }
}

fn name(order: usize, number: usize) -> String {
    format!("{order}-{number:05}")
}
