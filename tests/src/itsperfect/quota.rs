//! The hourly limit, and the headers that tell of it.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use crate::simulator::{Now, Window};
use crate::wire::Answer;

/// What the vendor allows. How it counts, and how it refuses, is not known of the real one.
#[derive(Clone, Copy, Debug)]
pub struct Quota {
    /// Requests of all programs together, with any token.
    pub max: usize,
    pub window: Duration,
    pub kind: Window,
    /// The status of the answer to one request too many.
    pub status: u16,
    /// Whether answers say what is left; none for a vendor that keeps it to itself.
    pub headers: Option<DateForm>,
}

/// How the reset moment is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateForm {
    /// The vendor's local time, which does not say where: `2026-11-22T04:00:00`.
    Local,
    /// With its offset: `2026-11-22T04:00:00+01:00`.
    Offset,
}

impl Default for Quota {
    fn default() -> Self {
        Self {
            max: 750,
            window: Duration::from_secs(3600),
            kind: Window::Fixed,
            status: 500,
            headers: Some(DateForm::Local),
        }
    }
}

/// What the vendor counted.
#[derive(Debug, Default)]
pub struct Count {
    /// Unix milliseconds, of requests that count still.
    arrivals: VecDeque<i64>,
}

impl Count {
    /// Counts a request, also one that is refused. False for one too many.
    pub fn arrive(&mut self, quota: &Quota, now: Now) -> bool {
        self.forget(quota, now);
        self.arrivals.push_back(now.unix_ms);
        self.arrivals.len() <= quota.max
    }

    /// Counts requests of other programs.
    pub fn others(&mut self, quota: &Quota, now: Now, requests: usize) {
        self.forget(quota, now);
        self.arrivals.extend(std::iter::repeat_n(now.unix_ms, requests));
    }

    /// Adds the headers to an answer.
    pub fn tell(&mut self, quota: &Quota, now: Now, mut answer: Answer) -> Answer {
        let Some(form) = quota.headers else { return answer };
        self.forget(quota, now);
        let left = quota.max.saturating_sub(self.arrivals.len());
        answer.headers.push(("X-Request-Limit-Remaining", left.to_string()));
        answer.headers.push(("X-Request-Limit-Date", date(self.reset(quota, now), form)));
        answer
    }

    /// When the vendor begins to count anew; Unix milliseconds.
    fn reset(&self, quota: &Quota, now: Now) -> i64 {
        let length = quota.window.as_millis() as i64;
        match quota.kind {
            Window::Fixed => (now.unix_ms.div_euclid(length) + 1) * length,
            Window::Sliding => self.arrivals.front().unwrap_or(&now.unix_ms) + length,
        }
    }

    fn forget(&mut self, quota: &Quota, now: Now) {
        let length = quota.window.as_millis() as i64;
        let counts = |at: i64| match quota.kind {
            Window::Fixed => at.div_euclid(length) == now.unix_ms.div_euclid(length),
            Window::Sliding => now.unix_ms - at < length,
        };
        while self.arrivals.front().is_some_and(|&at| !counts(at)) {
            self.arrivals.pop_front();
        }
    }
}

/// In whole seconds, the second that has begun counted as past.
fn date(unix_ms: i64, form: DateForm) -> String {
    let seconds = unix_ms.div_euclid(1000) + i64::from(unix_ms.rem_euclid(1000) > 0);
    let local = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX).to_zoned(super::zone());
    match form {
        DateForm::Local => local.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
        DateForm::Offset => local.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1,700,000,000 is 13 minutes and 20 seconds after a full hour.
    fn at(seconds: i64) -> Now {
        Now { mono: Duration::from_secs(seconds as u64), unix_ms: (1_700_000_000 - 800 + seconds) * 1000 }
    }

    fn admitted(kind: Window, seconds: &[i64]) -> Vec<bool> {
        let quota = Quota { max: 2, kind, ..Quota::default() };
        let mut count = Count::default();
        seconds.iter().map(|&second| count.arrive(&quota, at(second))).collect()
    }

    #[test]
    fn a_fixed_hour_begins_anew_at_the_full_hour_and_a_rolling_one_does_not() {
        assert_eq!(admitted(Window::Fixed, &[3000, 3500, 3599, 3600]), [true, true, false, true]);
        assert_eq!(admitted(Window::Sliding, &[3000, 3500, 3600]), [true, true, false]);
        assert_eq!(admitted(Window::Sliding, &[3000, 3500, 6600, 6600]), [true, true, true, false]);
    }

    #[test]
    fn headers_count_what_others_use_and_name_the_reset() {
        let quota = Quota { max: 10, ..Quota::default() };
        let mut count = Count::default();
        count.arrive(&quota, at(100));
        count.others(&quota, at(200), 6);
        let told = |count: &mut Count, form| {
            let quota = Quota { headers: Some(form), ..quota };
            count.tell(&quota, at(300), Answer::json(Vec::new())).headers
        };
        let headers = told(&mut count, DateForm::Local);
        assert_eq!(headers[0], ("X-Request-Limit-Remaining", "3".to_owned()));
        assert_eq!(headers[1], ("X-Request-Limit-Date", "2023-11-15T00:00:00".to_owned()));
        assert_eq!(told(&mut count, DateForm::Offset)[1].1, "2023-11-15T00:00:00+01:00");
    }
}
