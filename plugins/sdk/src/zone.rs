//! Times that a vendor writes in its own local time.

use jiff::{civil::DateTime, tz::TimeZone};

use crate::{Error, Result};

/// Whether there is a time zone of this IANA name, such as `Europe/Warsaw`.
pub fn is_known(zone: &str) -> bool {
    TimeZone::get(zone).is_ok()
}

/// Milliseconds since 1970 of a local time such as `2022-05-03 17:15:34` in an IANA time zone. Of
/// the two moments that a clock set back shows alike, the later.
pub fn local_to_ms(local: &str, zone: &str) -> Result<u64> {
    let unreadable = |error: jiff::Error| {
        Error::other("local-time", format!("`{local}` in `{zone}` is no moment: {error}"))
    };
    let local: DateTime = local.trim().replacen(' ', "T", 1).parse().map_err(unreadable)?;
    let zone = TimeZone::get(zone).map_err(unreadable)?;
    let moment = zone.to_ambiguous_timestamp(local).later().map_err(unreadable)?;
    Ok(u64::try_from(moment.as_millisecond()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(local: &str, zone: &str, seconds: u64) {
        assert_eq!(local_to_ms(local, zone).unwrap(), seconds * 1000, "{local} {zone}");
    }

    #[test]
    fn local_times_follow_their_zone_and_its_summer_time() {
        check("2022-05-03 17:15:34", "Europe/Warsaw", 1_651_590_934);
        check("2022-01-03 17:15:34", "Europe/Warsaw", 1_641_226_534);
        check("2022-05-03T17:15:34", "UTC", 1_651_598_134);
    }

    #[test]
    fn of_two_equal_local_times_the_later_is_meant() {
        check("2023-10-29 02:30:00", "Europe/Warsaw", 1_698_543_000);
    }

    #[test]
    fn what_is_no_time_is_an_error() {
        assert!(local_to_ms("tomorrow", "UTC").is_err());
        assert!(local_to_ms("2022-05-03 17:15:34", "Europe/Nowhere").is_err());
    }
}
