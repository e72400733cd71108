//! The vendor's limit: so many requests in a window, and a long block for the one too many.

use std::collections::VecDeque;
use std::time::Duration;

/// One moment, on the two clocks that the vendor looks at.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// Since the simulator started; never jumps.
    pub mono: Duration,
    /// Unix time.
    pub unix_ms: i64,
}

impl Now {
    pub fn unix_seconds(self) -> i64 {
        self.unix_ms.div_euclid(1000)
    }
}

/// How the vendor counts. Unknown for the real one, so both exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// The last `window` before each request.
    Sliding,
    /// Windows that start at multiples of their length in Unix time.
    Fixed,
}

#[derive(Clone, Copy, Debug)]
pub struct Limit {
    pub max: usize,
    pub window: Duration,
    pub kind: Window,
    /// How long the token is blocked after one request too many.
    pub block: Duration,
}

impl Default for Limit {
    fn default() -> Self {
        let window = Duration::from_secs(60);
        Self { max: 100, window, kind: Window::Sliding, block: window * 10 }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Admitted,
    /// This request was one too many. Seconds since 1970.
    Blocks {
        until: i64,
    },
    /// The token was blocked already. `told`: an earlier answer said so.
    Blocked {
        until: i64,
        told: bool,
    },
}

/// What the vendor counted for one token.
#[derive(Debug, Default)]
pub struct Count {
    arrivals: VecDeque<Now>,
    blocked_until: i64,
    told: bool,
}

impl Count {
    /// Counts a request, also one that is refused.
    pub fn arrive(&mut self, limit: &Limit, now: Now) -> Verdict {
        if now.unix_seconds() < self.blocked_until {
            let told = std::mem::replace(&mut self.told, true);
            return Verdict::Blocked { until: self.blocked_until, told };
        }
        self.arrivals.retain(|&earlier| same_window(limit, earlier, now));
        self.arrivals.push_back(now);
        if self.arrivals.len() <= limit.max {
            return Verdict::Admitted;
        }
        self.block(now, limit.block);
        self.told = true;
        Verdict::Blocks { until: self.blocked_until }
    }

    /// Blocks the token, as the vendor does when another program went over the limit.
    pub fn block(&mut self, now: Now, length: Duration) {
        // The message names whole seconds: the block ends with the second that it names.
        let until_ms = now.unix_ms + length.as_millis() as i64;
        self.blocked_until = until_ms.div_euclid(1000) + i64::from(until_ms.rem_euclid(1000) > 0);
        self.arrivals.clear();
        self.told = false;
    }
}

/// The most requests in any stretch of `window`, out of ascending arrival times.
pub fn max_in_any_window(arrivals: &[Duration], window: Duration) -> usize {
    let mut first = 0;
    let mut most = 0;
    for (index, &arrival) in arrivals.iter().enumerate() {
        while arrival - arrivals[first] >= window {
            first += 1;
        }
        most = most.max(index - first + 1);
    }
    most
}

fn same_window(limit: &Limit, earlier: Now, now: Now) -> bool {
    match limit.kind {
        Window::Sliding => now.mono - earlier.mono < limit.window,
        Window::Fixed => {
            let length = limit.window.as_millis() as i64;
            earlier.unix_ms.div_euclid(length) == now.unix_ms.div_euclid(length)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Now {
        Now { mono: Duration::from_millis(ms), unix_ms: 1_700_000_000_000 + ms as i64 }
    }

    fn limit(kind: Window) -> Limit {
        let window = Duration::from_secs(60);
        Limit { max: 2, window, kind, block: Duration::from_millis(1500) }
    }

    #[test]
    fn one_request_too_many_blocks_until_a_whole_second() {
        let limit = limit(Window::Sliding);
        let mut count = Count::default();
        assert_eq!(count.arrive(&limit, at(0)), Verdict::Admitted);
        assert_eq!(count.arrive(&limit, at(10)), Verdict::Admitted);
        assert_eq!(count.arrive(&limit, at(59_999)), Verdict::Blocks { until: 1_700_000_062 });
        assert_eq!(count.arrive(&limit, at(61_999)), Verdict::Blocked { until: 1_700_000_062, told: true });
        assert_eq!(count.arrive(&limit, at(62_000)), Verdict::Admitted);
    }

    #[test]
    fn a_block_by_others_is_told_once_before_it_is_held_against_the_client() {
        let limit = limit(Window::Sliding);
        let mut count = Count::default();
        count.block(at(0), Duration::from_secs(5));
        let told = |ms, count: &mut Count| {
            matches!(count.arrive(&limit, at(ms)), Verdict::Blocked { told: true, .. })
        };
        assert!(!told(1, &mut count));
        assert!(told(2, &mut count));
    }

    #[test]
    fn a_sliding_window_frees_a_request_after_its_length() {
        let limit = limit(Window::Sliding);
        let mut count = Count::default();
        for ms in [0, 30_000, 60_000, 90_000] {
            assert_eq!(count.arrive(&limit, at(ms)), Verdict::Admitted, "at {ms} ms");
        }
    }

    #[test]
    fn a_fixed_window_starts_again_at_its_boundary() {
        let limit = limit(Window::Fixed);
        let mut count = Count::default();
        // 1,700,000,000 is 20 seconds after a full minute.
        for ms in [38_000, 39_000, 40_000, 41_000] {
            assert_eq!(count.arrive(&limit, at(ms)), Verdict::Admitted, "at {ms} ms");
        }
        assert!(matches!(count.arrive(&limit, at(42_000)), Verdict::Blocks { .. }));
    }

    #[test]
    fn the_fullest_window_is_found_wherever_it_lies() {
        let arrivals: Vec<_> = [0, 50, 60, 70, 149, 150].map(Duration::from_millis).into();
        assert_eq!(max_in_any_window(&arrivals, Duration::from_millis(100)), 4);
        assert_eq!(max_in_any_window(&arrivals, Duration::from_millis(10)), 2);
        assert_eq!(max_in_any_window(&[], Duration::from_secs(1)), 0);
    }
}
