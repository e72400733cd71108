//! What a vendor reports of its limits in the headers of an answer.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// The headers in which a vendor tells what is left and when that resets.
#[derive(Debug, Clone, Default)]
pub struct ReportHeaders {
    pub remaining: Option<String>,
    pub reset: Option<String>,
    /// The zone of resets that name none; UTC when the spec names none either.
    pub reset_zone: Option<TimeZone>,
}

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
    /// The vendor's word to come back, which may be longer than a window: a penalty.
    RetryAfter(Moment),
    /// The end of a window, which is never further away than a window.
    OfWindow(Moment),
    Unknown,
}

#[derive(Debug, PartialEq, Eq)]
enum Moment {
    AfterMs(i64),
    AtMs(i64),
}

/// A wait longer than this is not a wait but a mistake: the window decides instead.
const LONGEST_WAIT_MS: i64 = 31 * 24 * 3_600_000;
/// Clocks of vendors may be wrong by this much, and answers take their time.
const GRACE_MS: i64 = 30_000;
/// Below this a number of seconds is a span, above it a moment since 1970.
const SMALLEST_MOMENT_S: i64 = 100_000_000;
/// A span of no seconds is one that was rounded down.
const SHORTEST_SPAN_MS: i64 = 1_000;

impl Report {
    /// Unix milliseconds until which the report holds. A reset that cannot be true is not believed; then
    /// the window decides.
    pub fn until(&self, now: i64, window_ms: i64) -> i64 {
        let (moment, longest) = match &self.reset {
            Reset::RetryAfter(moment) => (moment, LONGEST_WAIT_MS),
            Reset::OfWindow(moment) => (moment, window_ms + GRACE_MS),
            Reset::Unknown => return now + window_ms,
        };
        let until = match moment {
            Moment::AfterMs(ms) => now.saturating_add((*ms).max(SHORTEST_SPAN_MS)),
            Moment::AtMs(ms) => *ms,
        };
        if until > now && until <= now + longest { until } else { now + window_ms }
    }
}

/// None if the answer says nothing. `Retry-After: 0` is no hint.
pub(super) fn report(names: &ReportHeaders, status: u16, headers: &[(String, String)]) -> Option<Report> {
    let header =
        |name: &str| headers.iter().find(|(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim());
    let zone = names.reset_zone.clone().unwrap_or(TimeZone::UTC);
    let moment = |text: &str| moment(text, &zone);
    if matches!(status, 429 | 503)
        && let Some(wait) = header("retry-after").and_then(moment).filter(|wait| *wait != Moment::AfterMs(0))
    {
        let reason = "the vendor answered with Retry-After";
        return Some(Report { reason, left: 0, reset: Reset::RetryAfter(wait) });
    }
    let left: i64 = header(names.remaining.as_deref()?)?.parse().ok()?;
    let reset = names.reset.as_deref().and_then(header).and_then(moment);
    let reset = reset.map_or(Reset::Unknown, Reset::OfWindow);
    Some(Report { reason: "the vendor reports that nothing is left", left: left.max(0), reset })
}

/// Seconds from now, seconds since 1970, a date as HTTP writes it, or one of ISO 8601, with `T` or a
/// blank, with an offset or in `zone`.
fn moment(text: &str, zone: &TimeZone) -> Option<Moment> {
    if let Ok(seconds) = text.parse::<i64>() {
        let ms = seconds.checked_mul(1_000)?;
        return Some(if seconds < SMALLEST_MOMENT_S { Moment::AfterMs(ms.max(0)) } else { Moment::AtMs(ms) });
    }
    let http = || Some(jiff::fmt::rfc2822::parse(text).ok()?.timestamp());
    let exact = || text.parse::<Timestamp>().ok();
    let local = || Some(text.parse::<DateTime>().ok()?.to_zoned(zone.clone()).ok()?.timestamp());
    let at = exact().or_else(http).or_else(local)?;
    Some(Moment::AtMs(at.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2020-09-13T12:26:40Z, and a window of a minute.
    const NOW: i64 = 1_600_000_000_000;
    const WINDOW_MS: i64 = 60_000;

    #[track_caller]
    fn check_in(zone: Option<&str>, status: u16, headers: &[(&str, &str)], expected: Option<(i64, i64)>) {
        let names = ReportHeaders {
            remaining: Some("X-Left".into()),
            reset: Some("X-Reset".into()),
            reset_zone: zone.map(|name| TimeZone::get(name).unwrap()),
        };
        let headers: Vec<_> = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let found = report(&names, status, &headers);
        assert_eq!(found.map(|report| (report.left, report.until(NOW, WINDOW_MS) - NOW)), expected);
    }

    #[track_caller]
    fn check(status: u16, headers: &[(&str, &str)], expected: Option<(i64, i64)>) {
        check_in(None, status, headers, expected);
    }

    /// How far away the reset is believed to be.
    #[track_caller]
    fn check_reset(zone: Option<&str>, reset: &str, expected: i64) {
        check_in(zone, 200, &[("x-left", "3"), ("x-reset", reset)], Some((3, expected)));
    }

    #[test]
    fn a_vendor_is_believed_until_its_reset() {
        check(200, &[("x-left", "3")], Some((3, 60_000)));
        check(200, &[("x-left", "0"), ("x-reset", "20")], Some((0, 20_000)));
        check(200, &[("x-left", "0"), ("x-reset", "0")], Some((0, 1_000)));
        check(200, &[("x-left", "0"), ("x-reset", "1600000030")], Some((0, 30_000)));
        check(200, &[("x-left", "-1")], Some((0, 60_000)));
        check(200, &[("x-left", "soon")], None);
        check(429, &[("retry-after", "7")], Some((0, 7_000)));
        check(429, &[("retry-after", "600")], Some((0, 600_000)));
        check(429, &[("retry-after", "0")], None);
        check(503, &[("retry-after", "Sun, 13 Sep 2020 12:27:00 GMT")], Some((0, 20_000)));
        check(429, &[("retry-after", "99999999999")], Some((0, 60_000)));
        check(200, &[("retry-after", "7")], None);
    }

    #[test]
    fn a_reset_may_be_a_date() {
        for date in [
            "2020-09-13T12:27:00Z",
            "2020-09-13 12:27:00Z",
            "2020-09-13T14:27:00+02:00",
            "2020-09-13 14:27:00+02:00",
            "2020-09-13T14:27:00.000+0200",
            "2020-09-13T12:27:00",
            "2020-09-13 12:27:00",
            "2020-09-13 12:27:00.000",
            "Sun, 13 Sep 2020 12:27:00 GMT",
        ] {
            check_reset(None, date, 20_000);
        }
        check_reset(None, "tomorrow", 60_000);
    }

    #[test]
    fn a_date_without_an_offset_is_in_the_zone_of_the_spec() {
        check_reset(Some("Europe/Amsterdam"), "2020-09-13 14:27:00", 20_000);
        check_reset(Some("Europe/Amsterdam"), "2020-09-13T12:27:00Z", 20_000);
        check_reset(Some("America/New_York"), "2020-09-13T08:27:00", 20_000);
    }

    #[test]
    fn a_reset_that_cannot_be_true_leaves_it_to_the_window() {
        // In a zone that nobody named: past, or too far away.
        check_reset(None, "2020-09-13T08:27:00", 60_000);
        check_reset(None, "2020-09-13T14:27:00", 60_000);
        check_reset(None, "2020-09-13T12:26:40Z", 60_000);
        check_reset(None, "2020-09-13T12:28:10Z", 90_000);
        check_reset(None, "2020-09-13T12:28:11Z", 60_000);
        check_reset(None, "91", 60_000);
    }
}
