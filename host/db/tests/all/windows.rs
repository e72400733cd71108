//! No window at the vendor ever holds more than its limit: hosts that book, send, crash and answer late,
//! against a vendor that counts every arrival.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use windlass_db::{Ask, Booked, Booking, Db, LimitClaim, LimitRow, Settle, Side};

use crate::support::{Case, T0, claim, on_both};

on_both![no_sliding_window_ever_holds_more_than_its_limit];

/// A booking is good for this long after it was asked for.
const USE_BY: i64 = 2_000;
const TIMEOUT: i64 = 5_000;
const GRACE: i64 = 3_000;
const LIMITS: [(i64, i64); 2] = [(7, 10_000), (20, 60_000)];
const STEPS: usize = 220;
const SEEDS: u64 = 3;

/// A request on its way: sent, and whether and when its answer comes.
struct Flight {
    bookings: Vec<Booking>,
    used: i64,
    /// When its outcome is known to the host; none if the host dies before.
    settles_at: Option<i64>,
    counts_from: i64,
}

struct World {
    random: StdRng,
    now: i64,
    /// When the vendor counted a request.
    arrivals: Vec<i64>,
    flights: Vec<Flight>,
    refused: usize,
}

async fn no_sliding_window_ever_holds_more_than_its_limit(case: Case) {
    let other = case.other_host().await;
    for seed in 0..SEEDS {
        let mut limits = Vec::new();
        for (max, window_ms) in LIMITS {
            limits.push(case.limit(&limit(seed, max, window_ms)).await);
        }
        let arrivals = simulate(seed, [&case.db, &other], &limits).await;
        for row in &limits {
            check(seed, row, &arrivals);
        }
    }
    other.close().await;
}

fn limit(seed: u64, max: i64, window_ms: i64) -> LimitClaim {
    LimitClaim { keep_for_actions: 1, ..claim(&format!("{seed}/{window_ms}"), max, window_ms) }
}

async fn simulate(seed: u64, hosts: [&Db; 2], limits: &[LimitRow]) -> Vec<i64> {
    let random = StdRng::seed_from_u64(seed);
    let mut world = World { random, now: T0, arrivals: Vec::new(), flights: Vec::new(), refused: 0 };
    for _ in 0..STEPS {
        let host = hosts[world.random.random_range(0..2)];
        world.step(host, limits).await;
    }
    assert!(world.refused > 10, "the limits were felt");
    assert!(world.arrivals.len() > 60, "and used: {}", world.arrivals.len());
    world.arrivals
}

impl World {
    async fn step(&mut self, host: &Db, limits: &[LimitRow]) {
        self.now += self.random.random_range(0..700);
        self.settle_what_is_known(host).await;
        let want = self.random.random_range(1..=3);
        let asks: Vec<Ask> = limits.iter().map(|row| Ask { limit: row.id, want, ahead: want + 2 }).collect();
        let side = if self.random.random_bool(0.3) { Side::Action } else { Side::Sync };
        // The host reads the time before it asks, and may be slow to ask.
        let asked_at = self.now;
        self.now += self.random.random_range(0..50);
        match host.book(asked_at, None, side, &asks, USE_BY + TIMEOUT + GRACE).await.unwrap() {
            Booked::Yes(bookings) => self.send(asked_at, bookings),
            Booked::No { until, .. } => {
                assert!(until > asked_at, "a refusal names a later time");
                self.refused += 1;
                // Now and then everybody waits as told, so that the limits are used to the brim.
                if self.random.random_bool(0.5) {
                    self.now = self.now.max(until);
                }
            }
        }
    }

    /// Sends some of what was booked. Each request leaves before the use-by time and is counted by the
    /// vendor before its time-out and grace are over, however it ends for the host.
    fn send(&mut self, asked_at: i64, bookings: Vec<Booking>) {
        let booked = bookings.iter().map(|booking| booking.permits).min().unwrap_or(0);
        let used = self.random.random_range(0..=booked);
        let mut last_answer = self.now;
        let mut lost = self.random.random_bool(0.15);
        for _ in 0..used {
            let sent = self.random.random_range(self.now..asked_at + USE_BY);
            let counted = sent + self.random.random_range(0..TIMEOUT + GRACE);
            self.arrivals.push(counted);
            let answered = counted + self.random.random_range(0..400);
            lost |= answered > sent + TIMEOUT;
            // Without an answer, the vendor may have counted until time-out and grace are over.
            last_answer = last_answer.max(if lost { sent + TIMEOUT + GRACE } else { answered });
        }
        let crashed = self.random.random_bool(0.1);
        let settles_at = (!crashed).then_some(last_answer + self.random.random_range(0..300));
        self.flights.push(Flight { bookings, used, settles_at, counts_from: last_answer });
    }

    async fn settle_what_is_known(&mut self, host: &Db) {
        let now = self.now;
        let known = |flight: &Flight| flight.settles_at.is_some_and(|at| at <= now);
        let (known, open): (Vec<Flight>, Vec<Flight>) =
            std::mem::take(&mut self.flights).into_iter().partition(known);
        self.flights = open;
        for flight in known {
            let settles: Vec<Settle> = flight
                .bookings
                .iter()
                .zip(LIMITS)
                .map(|(booking, (_, window_ms))| Settle {
                    booking: booking.id,
                    used: flight.used,
                    counts_until: flight.counts_from + window_ms,
                })
                .collect();
            host.settle(now, &settles).await.unwrap();
        }
    }
}

/// Every window that begins with an arrival.
fn check(seed: u64, row: &LimitRow, arrivals: &[i64]) {
    let mut arrivals = arrivals.to_vec();
    arrivals.sort_unstable();
    for (place, begin) in arrivals.iter().enumerate() {
        let held = arrivals[place..].iter().take_while(|at| **at < begin + row.window_ms).count();
        let held = i64::try_from(held).unwrap();
        assert!(held <= row.max, "seed {seed}: {held} of {} in the window from {begin}", row.max);
    }
}
