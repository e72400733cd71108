//! Room for requests: a flood at one address takes that address's room, and not that of the others; nor does
//! it last.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

/// The largest body. Orders with all their lines have some 100 KB; files are not pushed, but linked.
pub const MOST_BODY_BYTES: usize = 1 << 20;
/// Requests at one address at one moment; a vendor that sends more at once is asked to come again.
const MOST_AT_ONE_ADDRESS: usize = 256;
/// Bodies in memory together, in KiB: what a small machine has to spare.
const ALL_KIB: usize = 64 << 10;
/// A quarter of it for one address, so that others find room beside it.
const ONE_ADDRESS_KIB: usize = ALL_KIB / 4;
/// Addresses that are looked up at one moment: a flood of guesses must not keep the database from the
/// others.
const LOOK_UPS: usize = 2;
/// A look-up takes a millisecond; who waits longer is behind a flood.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// What one address takes over time, one in each span: about what a connector works through, so that what
/// waits does not grow without end.
const ONE_IN: Duration = Duration::from_millis(1);
/// What may come faster than that at once, as spans: a vendor sends what it kept while we were away.
const BURST: Duration = Duration::from_secs(60);

/// A flood of forged deliveries is one line of the log in this time.
const WARNED_EVERY: Duration = Duration::from_secs(60);

/// Of the whole host.
pub struct Room {
    kib: Arc<Semaphore>,
    look_ups: Semaphore,
}

/// Of one address.
pub struct TargetRoom {
    requests: Arc<Semaphore>,
    kib: Arc<Semaphore>,
    rate: Rate,
    warned: Mutex<Option<Instant>>,
}

/// How many verified deliveries come over time.
#[derive(Default)]
struct Rate {
    /// When as many would have come as have, one in each span.
    even: Mutex<Option<Instant>>,
}

/// Whose room is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRoom {
    Address,
    Host,
}

/// The room of one request; given back when dropped.
pub struct Place(#[expect(dead_code, reason = "held, never read")] [OwnedSemaphorePermit; 3]);

impl Default for Room {
    fn default() -> Self {
        Room { kib: Arc::new(Semaphore::new(ALL_KIB)), look_ups: Semaphore::new(LOOK_UPS) }
    }
}

impl Default for TargetRoom {
    fn default() -> Self {
        TargetRoom {
            requests: Arc::new(Semaphore::new(MOST_AT_ONE_ADDRESS)),
            kib: Arc::new(Semaphore::new(ONE_ADDRESS_KIB)),
            rate: Rate::default(),
            warned: Mutex::default(),
        }
    }
}

impl TargetRoom {
    /// Counts a delivery that is verified, so that nobody else uses up the vendor's rate.
    pub fn count(&self, now: Instant) -> Result<(), NoRoom> {
        self.rate.count(now).then_some(()).ok_or(NoRoom::Address)
    }

    /// Whether it is time to say again that deliveries are refused here.
    pub fn warns(&self, now: Instant) -> bool {
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = warned.is_none_or(|last| now.saturating_duration_since(last) >= WARNED_EVERY);
        if is_due {
            *warned = Some(now);
        }
        is_due
    }
}

impl Rate {
    fn count(&self, now: Instant) -> bool {
        let mut even = self.even.lock().unwrap_or_else(PoisonError::into_inner);
        let next = even.map_or(now, |even| even.max(now)) + ONE_IN;
        let fits = next <= now + BURST;
        if fits {
            *even = Some(next);
        }
        fits
    }
}

impl Room {
    /// A turn to look an address up.
    pub async fn look_up(&self) -> Result<SemaphorePermit<'_>, NoRoom> {
        match tokio::time::timeout(LONGEST_WAIT, self.look_ups.acquire()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(NoRoom::Host),
        }
    }

    /// Room for a body of so many bytes at an address.
    pub fn enter(&self, target: &TargetRoom, bytes: usize) -> Result<Place, NoRoom> {
        let kib = u32::try_from(bytes.div_ceil(1 << 10).max(1)).unwrap_or(u32::MAX);
        let of_target = |semaphore: &Arc<Semaphore>, n: u32| {
            semaphore.clone().try_acquire_many_owned(n).map_err(|_| NoRoom::Address)
        };
        let (request, own) = (of_target(&target.requests, 1)?, of_target(&target.kib, kib)?);
        let all = self.kib.clone().try_acquire_many_owned(kib).map_err(|_| NoRoom::Host)?;
        Ok(Place([request, own, all]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_refusals_is_told_now_and_then() {
        let (room, began) = (TargetRoom::default(), Instant::now());
        assert_eq!(
            [0, 1, 59, 60, 61].map(|after| room.warns(began + Duration::from_secs(after))),
            [true, false, false, true, false]
        );
    }

    #[test]
    fn a_flood_at_one_address_leaves_room_for_others() {
        let room = Room::default();
        let (flooded, other) = (TargetRoom::default(), TargetRoom::default());
        let large: Vec<_> = std::iter::from_fn(|| room.enter(&flooded, MOST_BODY_BYTES).ok()).collect();
        assert_eq!(large.len(), ONE_ADDRESS_KIB >> 10);
        assert_eq!(room.enter(&flooded, 1).err(), Some(NoRoom::Address));
        assert!(room.enter(&other, MOST_BODY_BYTES).is_ok());
        drop(large);
        let small: Vec<_> = std::iter::from_fn(|| room.enter(&flooded, 0).ok()).collect();
        assert_eq!(small.len(), MOST_AT_ONE_ADDRESS);
        assert!(room.enter(&other, 1).is_ok());
    }

    #[test]
    fn an_address_takes_a_burst_and_then_what_its_rate_allows() {
        let (room, began) = (TargetRoom::default(), Instant::now());
        let taken = |now| std::iter::from_fn(|| room.count(now).ok()).count();
        assert_eq!(taken(began), 60_000);
        assert_eq!(room.count(began), Err(NoRoom::Address));
        assert_eq!(taken(began + Duration::from_secs(2)), 2_000);
        assert_eq!(taken(began + Duration::from_secs(3_600)), 60_000);
    }

    #[test]
    fn all_addresses_together_have_a_bound() {
        let room = Room::default();
        let targets: Vec<TargetRoom> = (0..5).map(|_| TargetRoom::default()).collect();
        let mut held = Vec::new();
        for target in &targets[..4] {
            held.extend(std::iter::from_fn(|| room.enter(target, MOST_BODY_BYTES).ok()));
        }
        assert_eq!(room.enter(&targets[4], 1).err(), Some(NoRoom::Host));
    }
}
