//! What one run has booked, and what became of it. Plain bookkeeping: no clock but the monotonic one.

use std::{collections::HashMap, time::Instant};

use windlass_db::{Booking, Settle};
use windlass_sandbox::egress::Ended;

use super::{GRACE_MS, LONGEST_REQUEST, RunLimit, USE_BY};

#[derive(Default)]
pub(super) struct Reservations {
    reservations: Vec<Reservation>,
    permits: HashMap<i64, Handed>,
    last_permit: i64,
}

/// Permits handed out to one request.
pub(super) struct Handed {
    pub taken: Instant,
    parts: Vec<Part>,
}

/// What of them came from one booking.
struct Part {
    booking: i64,
    limit: usize,
    n: i64,
}

impl Handed {
    /// Permits of one limit.
    pub fn of(&self, limit: usize) -> i64 {
        self.parts.iter().filter(|part| part.limit == limit).map(|part| part.n).sum()
    }
}

/// A booking and what became of its permits so far.
struct Reservation {
    booking: i64,
    limit: usize,
    permits: i64,
    used: i64,
    in_flight: i64,
    /// Permits whose answers came, and when.
    answered: Vec<(Instant, i64)>,
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

    fn is_settled(&self) -> bool {
        self.in_flight == 0 && self.free() == 0
    }

    /// The database's time, never too early.
    fn now(&self) -> i64 {
        self.asked_at + self.asked.elapsed().as_millis() as i64 + 1
    }

    fn end(&mut self, n: i64, outcome: Ended<'_>, window_ms: i64) {
        self.in_flight -= n;
        match outcome {
            Ended::NotSent => self.used -= n,
            Ended::Answered { .. } => {
                self.answered.push((Instant::now(), n));
                self.counts_until = self.counts_until.max(self.now() + window_ms);
            }
            Ended::Lost => {
                let late_ms = LONGEST_REQUEST.as_millis() as i64 + GRACE_MS;
                self.counts_until = self.counts_until.max(self.now() + late_ms + window_ms);
            }
        }
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
            answered: Vec::new(),
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
        let mut parts = Vec::new();
        for &(limit, mut n) in costs {
            for reservation in self.reservations.iter_mut().filter(|r| r.limit == limit) {
                let part = n.min(reservation.free());
                if part > 0 {
                    reservation.used += part;
                    reservation.in_flight += part;
                    parts.push(Part { booking: reservation.booking, limit, n: part });
                    n -= part;
                }
            }
        }
        self.last_permit += 1;
        self.permits.insert(self.last_permit, Handed { taken: Instant::now(), parts });
        Some(self.last_permit)
    }

    /// Gives what was handed out; none if the permit is not known.
    pub fn end(&mut self, permit: i64, outcome: Ended<'_>, limits: &[RunLimit]) -> Option<Handed> {
        let handed = self.permits.remove(&permit)?;
        for part in &handed.parts {
            let Some(reservation) = self.reservations.iter_mut().find(|r| r.booking == part.booking) else {
                continue;
            };
            reservation.end(part.n, outcome, limits[part.limit].row.window_ms);
        }
        Some(handed)
    }

    /// Permits of a limit whose answers had come at an instant, of bookings that are not settled.
    pub fn answered_before(&self, limit: usize, instant: Instant) -> i64 {
        let answered = self.reservations.iter().filter(|r| r.limit == limit).flat_map(|r| &r.answered);
        answered.filter(|(at, _)| *at <= instant).map(|(_, n)| n).sum()
    }

    /// Gives back what is not used of bookings asked for before their limit was `lowered`; false if there
    /// was nothing.
    pub fn give_back(&mut self, lowered: impl Fn(usize) -> Option<Instant>) -> bool {
        let mut any = false;
        for reservation in &mut self.reservations {
            let is_older = lowered(reservation.limit).is_some_and(|at| reservation.asked <= at);
            if is_older && reservation.permits > reservation.used {
                reservation.permits = reservation.used;
                any = true;
            }
        }
        any
    }

    /// Whether there is a booking of which nothing more will be used.
    pub fn has_settled(&self) -> bool {
        self.reservations.iter().any(Reservation::is_settled)
    }

    /// Bookings of which nothing more will be used, or all. One with a request still in flight is
    /// left as it is: unsettled, it counts as if that request were lost.
    pub fn settle(&mut self, all: bool) -> Vec<Settle> {
        let (settled, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut self.reservations)
            .into_iter()
            .partition(|r| if all { r.in_flight == 0 } else { r.is_settled() });
        self.reservations = kept;
        let settle =
            |r: &Reservation| Settle { booking: r.booking, used: r.used, counts_until: r.counts_until };
        settled.iter().map(settle).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWERED: Ended<'static> = Ended::Answered { status: 200, headers: &[] };

    fn booked(permits: i64) -> Reservations {
        let mut state = Reservations::default();
        state.add(0, &Booking { id: 1, limit: 9, permits }, Instant::now(), 1_000);
        state
    }

    fn end(state: &mut Reservations, permit: i64, outcome: Ended<'_>) -> Handed {
        let limit = super::super::tests::limit();
        state.end(permit, outcome, &[limit]).unwrap()
    }

    #[test]
    fn what_was_answered_before_a_request_is_told_from_what_came_later() {
        let mut state = booked(3);
        let [first, second] = [(); 2].map(|()| state.take(&[(0, 1)]).unwrap());
        let first = end(&mut state, first, ANSWERED);
        let third = state.take(&[(0, 1)]).unwrap();
        assert_eq!(state.answered_before(0, first.taken), 0, "its own answer came later");
        let third = end(&mut state, third, Ended::Lost);
        assert_eq!((state.answered_before(0, third.taken), third.of(0)), (1, 1));
        end(&mut state, second, ANSWERED);
        assert_eq!(state.answered_before(0, third.taken), 1, "the second one was still on its way");
    }

    #[test]
    fn what_was_booked_before_a_limit_was_lowered_is_given_back() {
        let mut state = booked(5);
        state.take(&[(0, 2)]).unwrap();
        assert!(!state.give_back(|_| None));
        let now = Instant::now();
        assert!(state.give_back(|_| Some(now)));
        assert_eq!(state.available(0), 0);
        assert!(!state.give_back(|_| Some(now)), "once");
        state.add(0, &Booking { id: 2, limit: 9, permits: 1 }, Instant::now(), 1_001);
        assert!(!state.give_back(|_| Some(now)), "a later booking stands");
        assert_eq!(state.available(0), 1);
    }
}
