//! `kill -9` while deliveries come and are received.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use windlass_tests::connection::{assert_gapless, changes};
use windlass_tests::host::{Host, Setup};

use super::hooked::{Hooked, NAME};
use super::sender::{Plan, Sent};
use crate::pair::Pair;

/// Times between a start and the kill, in milliseconds: while the first deliveries are kept, while they are
/// received, and in full flow.
const LIVES_MS: [u64; 8] = [5, 20, 60, 150, 300, 35, 100, 450];

#[test]
fn what_was_answered_is_received_once_however_often_the_host_dies() {
    let hooked = Hooked::start_with(Setup::default(), &[]);
    let plan = Plan { orders: 8, events: 60 };
    let sent = Sent::default();
    let done = Done::default();
    thread::scope(|scope| {
        scope.spawn(|| done.after(|| plan.deliver(&hooked, &[&hooked.host], &sent)));
        assert!(kill_again_and_again(&[&hooked.host], &LIVES_MS, &done) > 2);
    });
    plan.assert_received(&hooked);
    assert_gapless(&changes(&hooked.host, NAME, "orders"));
    assert_eq!(
        changes(&hooked.host, NAME, "orders").len(),
        plan.orders * plan.events,
        "each made its change"
    );
}

#[test]
fn two_hosts_on_one_postgresql_receive_each_delivery_once() {
    let pair = Pair::start_guest("hooked");
    let hooked = Hooked::connect(pair.first.clone(), &[]);
    let plan = Plan { orders: 8, events: 40 };
    let sent = Sent::default();
    let done = Done::default();
    thread::scope(|scope| {
        scope.spawn(|| done.after(|| plan.deliver(&hooked, &[&pair.first, &pair.second], &sent)));
        // One of them always lives.
        kill_again_and_again(&[&pair.second], &LIVES_MS[3..], &done);
    });
    plan.assert_received(&hooked);
    assert_gapless(&changes(&pair.second, NAME, "orders"));
}

/// Whether the deliveries have ended.
#[derive(Default)]
pub struct Done(AtomicBool);

impl Done {
    /// It is set when `work` has ended, by a panic too: or those who look at it would go on for ever.
    pub fn after(&self, work: impl FnOnce()) {
        struct Set<'a>(&'a AtomicBool);
        impl Drop for Set<'_> {
            fn drop(&mut self) {
                self.0.store(true, Ordering::Relaxed);
            }
        }
        let _set = Set(&self.0);
        work();
    }

    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Kills the hosts in turn, each after its life, until the deliveries are done; every host lives at the end.
/// Gives the number of kills.
pub fn kill_again_and_again(hosts: &[&Host], lives_ms: &[u64], done: &Done) -> usize {
    let mut kills = 0;
    for (life, host) in lives_ms.iter().cycle().zip(hosts.iter().cycle()) {
        #[expect(clippy::disallowed_methods, reason = "the time is the case: the host works meanwhile")]
        thread::sleep(Duration::from_millis(*life));
        if done.is_set() {
            return kills;
        }
        host.kill_9();
        host.restart();
        kills += 1;
    }
    kills
}
