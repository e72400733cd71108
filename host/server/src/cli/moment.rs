//! Moments as people say them.

use jiff::{Timestamp, tz::TimeZone};

/// Up to here a countdown is easier to read than a time of day.
const COUNTED_S: i64 = 120;

/// A time of the API, seen from now: `in 42 s`, `at 14:32`, `at 2026-01-31 14:32` on another day; `at
/// any moment` when it is past. Text that is no time is given back.
pub fn of(text: &str) -> String {
    told(text, crate::time::unix_ms(), &TimeZone::system())
}

/// Milliseconds from now to a time of the API; none for text that is no time.
pub fn left_ms(text: &str) -> Option<i64> {
    let at: Timestamp = text.parse().ok()?;
    Some(at.as_millisecond() - crate::time::unix_ms())
}

fn told(text: &str, now: i64, zone: &TimeZone) -> String {
    let (Ok(at), Ok(now)) = (text.parse::<Timestamp>(), Timestamp::from_millisecond(now)) else {
        return text.to_owned();
    };
    let seconds = (at.as_millisecond() - now.as_millisecond() + 999).div_euclid(1_000);
    match seconds {
        ..=0 => return "at any moment".to_owned(),
        1..=COUNTED_S => return format!("in {seconds} s"),
        _ => {}
    }
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let form = if at.date() == now.date() { "at %H:%M" } else { "at %Y-%m-%d %H:%M" };
    at.strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use jiff::tz::{TimeZone, offset};

    use super::told;

    #[test]
    fn what_is_near_is_counted_and_what_is_far_has_a_time() {
        let now = 1_767_225_600_000; // 2026-01-01T00:00:00Z
        let zone = TimeZone::fixed(offset(1));
        let check = |text: &str, expected: &str| assert_eq!(told(text, now, &zone), expected);
        check("2026-01-01T00:00:42.000Z", "in 42 s");
        check("2026-01-01T00:00:41.200Z", "in 42 s");
        check("2026-01-01T00:00:00.000Z", "at any moment");
        check("2025-12-31T23:00:00.000Z", "at any moment");
        check("2026-01-01T13:32:00.000Z", "at 14:32");
        check("2026-01-02T13:32:00.000Z", "at 2026-01-02 14:32");
        check("soon", "soon");
    }
}
