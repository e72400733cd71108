//! What a sync will take, said before it runs: pure functions of what is known.
//!
//! An upper bound by the limits, beside the pace of the last sync: whichever lasts longer. Others that
//! use the same limits meanwhile make it longer still.

use windlass_db::{Millis, Pace};

/// How much there is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    pub pages: i64,
    pub requests: i64,
    /// How long the calls alone take; 0 if that is not known.
    pub took_ms: Millis,
}

/// What a limit has for syncs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    pub limit: String,
    /// Permits left now.
    pub now: i64,
    /// Permits of a whole window.
    pub most: i64,
    pub window_ms: Millis,
    pub blocked_until: Option<Millis>,
    /// Permits that one request takes at most.
    pub cost: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estimate {
    /// None: it cannot be known how much there is to read.
    pub work: Option<Work>,
    /// The limit that binds: the one that makes it wait longest; if the work is not known, the one that
    /// makes it wait first. None if no limit makes it wait.
    pub binds: Option<String>,
    /// None: it cannot be known.
    pub ends_at: Option<Millis>,
}

/// The work of reading `pages`, by the pace of the last sync; without one, with as many requests as a
/// page may make.
pub fn work(pages: i64, most_requests: u32, pace: Option<Pace>) -> Work {
    match pace {
        Some(Pace { calls, requests, took_ms }) if calls > 0 => {
            Work { pages, requests: scaled(requests, pages, calls), took_ms: scaled(took_ms, pages, calls) }
        }
        _ => Work { pages, requests: pages.saturating_mul(most_requests.into()), took_ms: 0 },
    }
}

pub fn estimate(work: Option<Work>, rooms: &[Room], now: Millis) -> Estimate {
    let Some(work) = work else {
        let tightest = rooms.iter().min_by_key(|room| room.now / room.cost.max(1));
        return Estimate { work, binds: tightest.map(|room| room.limit.clone()), ends_at: None };
    };
    // No end is later than any end.
    let key = |ends: Option<Millis>| ends.unwrap_or(Millis::MAX);
    let ends = rooms.iter().map(|room| (room, ends_by(room, work.requests, now)));
    let last = ends.max_by_key(|(_, ends)| key(*ends)).filter(|(_, ends)| key(*ends) > now);
    let at_pace = now.saturating_add(work.took_ms);
    Estimate {
        work: Some(work),
        binds: last.map(|(room, _)| room.limit.clone()),
        ends_at: last.map_or(Some(at_pace), |(_, ends)| ends.map(|ends| ends.max(at_pace))),
    }
}

/// When the last of `requests` is admitted: `now` if there is room, else after as many windows as free
/// what is missing. None if the limit never has room for one.
fn ends_by(room: &Room, requests: i64, now: Millis) -> Option<Millis> {
    let starts = room.blocked_until.unwrap_or(now).max(now);
    let missing = requests.saturating_mul(room.cost) - room.now.max(0);
    if requests == 0 || missing <= 0 {
        return Some(starts);
    }
    let at_once = room.most / room.cost.max(1) * room.cost.max(1);
    let windows = (at_once > 0).then(|| (missing + at_once - 1) / at_once)?;
    Some(starts.saturating_add(windows.saturating_mul(room.window_ms)))
}

/// As much for `count` as `part` is for `of`, rounded up.
pub fn scaled(part: i64, count: i64, of: i64) -> i64 {
    (part.saturating_mul(count).saturating_add(of - 1)) / of
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_000;

    fn room(limit: &str, now: i64, most: i64, window_s: i64) -> Room {
        let window_ms = window_s * 1_000;
        Room { limit: limit.to_owned(), now, most, window_ms, blocked_until: None, cost: 1 }
    }

    #[track_caller]
    fn check(requests: i64, took_ms: i64, rooms: &[Room], binds: Option<&str>, after_ms: Option<Millis>) {
        let work = Work { pages: requests, requests, took_ms };
        let estimate = estimate(Some(work), rooms, NOW);
        assert_eq!((estimate.binds.as_deref(), estimate.ends_at), (binds, after_ms.map(|ms| NOW + ms)));
    }

    #[test]
    fn without_a_wait_the_pace_says_when_it_ends() {
        check(7, 700, &[], None, Some(700));
        check(88, 700, &[room("minute", 88, 90, 60)], None, Some(700));
    }

    #[test]
    fn the_limit_that_lasts_longest_binds() {
        let minute = room("minute", 90, 90, 60);
        check(91, 700, std::slice::from_ref(&minute), Some("minute"), Some(60_000));
        check(271, 700, std::slice::from_ref(&minute), Some("minute"), Some(180_000));
        check(271, 240_000, std::slice::from_ref(&minute), Some("minute"), Some(240_000));
        check(900, 0, &[minute.clone(), room("hour", 700, 750, 3_600)], Some("hour"), Some(3_600_000));
        check(600, 0, &[minute, room("hour", 700, 750, 3_600)], Some("minute"), Some(360_000));
    }

    #[test]
    fn a_block_comes_first_and_costs_count() {
        let blocked = Room { blocked_until: Some(NOW + 5_000), ..room("minute", 0, 90, 60) };
        check(10, 0, &[blocked], Some("minute"), Some(65_000));
        let dear = Room { cost: 40, ..room("points", 90, 90, 60) };
        check(2, 0, std::slice::from_ref(&dear), None, Some(0));
        check(5, 0, std::slice::from_ref(&dear), Some("points"), Some(120_000));
        check(1, 0, &[Room { cost: 91, ..dear }], Some("points"), None);
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        let rooms = [room("minute", 30, 90, 60), room("hour", 700, 750, 3_600)];
        let unknown = estimate(None, &rooms, NOW);
        assert_eq!(unknown, Estimate { work: None, binds: Some("minute".into()), ends_at: None });
    }

    #[test]
    fn work_follows_the_last_sync() {
        let pace = Pace { calls: 4, requests: 6, took_ms: 1_000 };
        assert_eq!(work(10, 5, Some(pace)), Work { pages: 10, requests: 15, took_ms: 2_500 });
        assert_eq!(work(10, 5, None), Work { pages: 10, requests: 50, took_ms: 0 });
    }
}
