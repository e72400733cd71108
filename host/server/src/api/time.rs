//! Times as they stand in answers.

use jiff::Timestamp;
use windlass_db::Millis;

/// RFC 3339 in UTC with milliseconds. What no calendar holds is shown as its nearest end.
pub fn text(at: Millis) -> String {
    let at = Timestamp::from_millisecond(at).unwrap_or(if at < 0 { Timestamp::MIN } else { Timestamp::MAX });
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_time_has_milliseconds_always() {
        assert_eq!(super::text(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(super::text(1_700_000_000_120), "2023-11-14T22:13:20.120Z");
    }
}
