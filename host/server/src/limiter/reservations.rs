//! What one run has booked, and what became of it. Plain bookkeeping: no clock but the monotonic one.

use std::{collections::HashMap, time::Instant};

use windlass_db::{Booking, Settle};
use windlass_sandbox::egress::Ended;

use super::{GRACE_MS, LONGEST_REQUEST, RunLimit, USE_BY};

#[derive(Default)]
pub(super) struct Reservations {
    reservations: Vec<Reservation>,
    /// Permits handed out: from which bookings, and how many.
    permits: HashMap<i64, Vec<(i64, i64)>>,
    last_permit: i64,
}

/// A booking and what became of its permits so far.
struct Reservation {
    booking: i64,
    limit: usize,
    permits: i64,
    used: i64,
    in_flight: i64,
    /// The instant before the booking was asked for, and the database's time then.
    asked: Instant,
    asked_at: i64,
    /// Until when the used permits count, as far as is known.
    counts_until: i64,
}

impl Reservation {
    fn free(&self) -> i64 {
        if self.asked.elapsed() < USE_BY { self.permits - self.used } else { 0 }
    }

    /// The database's time, never too early.
    fn now(&self) -> i64 {
        self.asked_at + self.asked.elapsed().as_millis() as i64 + 1
    }
}

impl Reservations {
    pub fn add(&mut self, limit: usize, booking: &Booking, asked: Instant, asked_at: i64) {
        self.reservations.push(Reservation {
            booking: booking.id,
            limit,
            permits: booking.permits,
            used: 0,
            in_flight: 0,
            asked,
            asked_at,
            counts_until: asked_at,
        });
    }

    /// Permits of a limit that may be used now.
    pub fn available(&self, limit: usize) -> i64 {
        self.reservations.iter().filter(|r| r.limit == limit).map(Reservation::free).sum()
    }

    /// Takes every cost or none.
    pub fn take(&mut self, costs: &[(usize, i64)]) -> Option<i64> {
        if costs.iter().any(|&(limit, n)| self.available(limit) < n) {
            return None;
        }
        let mut taken = Vec::new();
        for &(limit, mut n) in costs {
            for reservation in self.reservations.iter_mut().filter(|r| r.limit == limit) {
                let part = n.min(reservation.free());
                if part > 0 {
                    reservation.used += part;
                    reservation.in_flight += part;
                    taken.push((reservation.booking, part));
                    n -= part;
                }
            }
        }
        self.last_permit += 1;
        self.permits.insert(self.last_permit, taken);
        Some(self.last_permit)
    }

    pub fn end(&mut self, permit: i64, outcome: Ended<'_>, limits: &[RunLimit]) {
        for (booking, n) in self.permits.remove(&permit).unwrap_or_default() {
            let Some(reservation) = self.reservations.iter_mut().find(|r| r.booking == booking) else {
                continue;
            };
            reservation.in_flight -= n;
            let window_ms = limits[reservation.limit].row.window_ms;
            match outcome {
                Ended::NotSent => reservation.used -= n,
                Ended::Answered { .. } => {
                    reservation.counts_until = reservation.counts_until.max(reservation.now() + window_ms);
                }
                Ended::Lost => {
                    let late_ms = LONGEST_REQUEST.as_millis() as i64 + GRACE_MS;
                    let until = reservation.now() + late_ms + window_ms;
                    reservation.counts_until = reservation.counts_until.max(until);
                }
            }
        }
    }

    /// Gives back what is booked and not used.
    pub fn drop_unused(&mut self) {
        for reservation in &mut self.reservations {
            reservation.permits = reservation.used;
        }
    }

    /// Bookings of which nothing more will be used, or all. One with a request still in flight is
    /// left as it is: unsettled, it counts as if that request were lost.
    pub fn settle(&mut self, all: bool) -> Vec<Settle> {
        let (settled, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut self.reservations)
            .into_iter()
            .partition(|r| r.in_flight == 0 && (all || r.free() == 0));
        self.reservations = kept;
        let settle =
            |r: &Reservation| Settle { booking: r.booking, used: r.used, counts_until: r.counts_until };
        settled.iter().map(settle).collect()
    }
}
