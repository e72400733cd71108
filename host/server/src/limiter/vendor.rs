//! What a vendor reports of its limits in the headers of an answer.

use super::RunLimit;

/// What an answer says of our room at the vendor.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Report {
    pub reason: &'static str,
    /// Requests left until the reset.
    pub left: i64,
    reset: Reset,
}

#[derive(Debug, PartialEq, Eq)]
enum Reset {
    After(i64),
    At(i64),
    Unknown,
}

/// A reset further away than this is not a reset but a mistake: the window decides instead.
const LONGEST_RESET_MS: i64 = 31 * 24 * 3_600_000;
/// Below this a number of seconds is a span, above it a moment since 1970.
const SMALLEST_MOMENT_S: i64 = 100_000_000;

impl Report {
    /// Unix milliseconds until which nothing more is sent.
    pub fn until(&self, now: i64, window_ms: i64) -> i64 {
        let until = match self.reset {
            Reset::After(ms) => now + ms,
            Reset::At(ms) => ms,
            Reset::Unknown => now + window_ms,
        };
        if (now..=now + LONGEST_RESET_MS).contains(&until) { until } else { now + window_ms }
    }
}

/// None if the answer says nothing. `Retry-After: 0` is no hint.
pub(super) fn report(limit: &RunLimit, status: u16, headers: &[(String, String)]) -> Option<Report> {
    let header =
        |name: &str| headers.iter().find(|(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim());
    if matches!(status, 429 | 503)
        && let Some(reset) = header("retry-after").and_then(moment).filter(|reset| *reset != Reset::After(0))
    {
        return Some(Report { reason: "the vendor answered with Retry-After", left: 0, reset });
    }
    let left: i64 = header(limit.remaining_header.as_deref()?)?.parse().ok()?;
    let reset = limit.reset_header.as_deref().and_then(header).and_then(moment).unwrap_or(Reset::Unknown);
    Some(Report { reason: "the vendor reports that nothing is left", left: left.max(0), reset })
}

/// Seconds from now, seconds since 1970, or a date as HTTP writes it.
fn moment(text: &str) -> Option<Reset> {
    if let Ok(seconds) = text.parse::<i64>() {
        let ms = seconds.checked_mul(1_000)?;
        return Some(if seconds < SMALLEST_MOMENT_S { Reset::After(ms.max(0)) } else { Reset::At(ms) });
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(Reset::At(date.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use windlass_db::LimitRow;

    use super::*;

    fn limit() -> RunLimit {
        let row = LimitRow {
            id: 1,
            scope: String::new(),
            name: "hourly".into(),
            max: 10,
            window_ms: 60_000,
            leave_to_others: 0,
            keep_for_actions: 1,
            blocked_until: None,
            blocked_reason: None,
        };
        RunLimit {
            row,
            most_cost: 1,
            remaining_header: Some("X-Left".into()),
            reset_header: Some("X-Reset".into()),
        }
    }

    #[track_caller]
    fn check(status: u16, headers: &[(&str, &str)], expected: Option<(i64, i64)>) {
        let headers: Vec<_> = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let now = 1_600_000_000_000;
        let found = report(&limit(), status, &headers);
        assert_eq!(found.map(|report| (report.left, report.until(now, 60_000) - now)), expected);
    }

    #[test]
    fn a_vendor_is_believed_until_its_reset() {
        check(200, &[("x-left", "3")], Some((3, 60_000)));
        check(200, &[("x-left", "0"), ("x-reset", "20")], Some((0, 20_000)));
        check(200, &[("x-left", "0"), ("x-reset", "1600000030")], Some((0, 30_000)));
        check(200, &[("x-left", "-1")], Some((0, 60_000)));
        check(200, &[("x-left", "soon")], None);
        check(429, &[("retry-after", "7")], Some((0, 7_000)));
        check(429, &[("retry-after", "0")], None);
        check(503, &[("retry-after", "Sun, 13 Sep 2020 12:27:00 GMT")], Some((0, 20_000)));
        check(429, &[("retry-after", "99999999999")], Some((0, 60_000)));
        check(200, &[("retry-after", "7")], None);
    }
}
