//! Schedules by the clock of a place: a cron expression and a time zone.
//!
//! As cron has it: an expression whose hours are all (`*`) or every so many (`*/2`) goes by the time that
//! passes, so an hour that the clock shows twice has its runs twice. One that names its hours goes by the
//! clock on the wall, once a day: a time that the clock leaves out comes as much later as the clock is put
//! forward, and one that it shows twice comes the first time.

use cronexpr::{Crontab, MakeTimestamp, parse_crontab};
use jiff::{Timestamp, tz::TimeZone};
use windlass_db::Millis;

/// Where no zone is given.
pub const UTC: &str = "UTC";
/// Minute, hour, day of month, month, day of week.
const FIELDS: usize = 5;
/// Longer than any that means something.
const MOST_BYTES: usize = 200;
/// Streams of one expression do not all start in the same moment.
const JITTER_MS: i64 = 30_000;

/// An expression in its zone.
#[derive(Debug)]
pub struct Cron {
    zone: TimeZone,
    /// In the zone, or in UTC where the clock on the wall counts.
    crontab: Crontab,
    by_the_wall: bool,
}

/// What is wrong with an expression or a zone; a sentence.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    #[error("{0}")]
    Expression(String),
    #[error("{0}")]
    Zone(String),
}

impl Cron {
    /// Judges both; `now` since an expression that never comes is none.
    pub fn parse(expression: &str, zone: &str, now: Millis) -> Result<Cron, CronError> {
        let cron = Cron::read(expression, zone)?;
        let comes = cron.after(now).is_some();
        comes.then_some(cron).ok_or_else(|| never(expression))
    }

    fn read(expression: &str, zone: &str) -> Result<Cron, CronError> {
        let wrong = |why: &str| {
            let shown: String = expression.chars().take(MOST_BYTES).collect();
            CronError::Expression(format!(
                "`{shown}` is not a cron expression such as `30 6 * * MON-FRI` (minute, hour, day of month, month, day of week){why}"
            ))
        };
        let fields: Vec<&str> = expression.split_ascii_whitespace().collect();
        if fields.len() != FIELDS || expression.len() > MOST_BYTES {
            return Err(wrong(""));
        }
        let place = TimeZone::get(zone).map_err(|_| {
            let shown: String = zone.chars().take(MOST_BYTES).collect();
            CronError::Zone(format!("`{shown}` is not a time zone such as Europe/Warsaw or UTC"))
        })?;
        let by_the_wall = !fields[1].starts_with('*');
        let clock = if by_the_wall { UTC } else { zone };
        let crontab = parse_crontab(&format!("{} {clock}", fields.join(" "))).map_err(|error| {
            // The last line of several says what; those before it show the place.
            let error = error.to_string();
            wrong(&error.lines().last().map(|line| format!(": {}", line.trim())).unwrap_or_default())
        })?;
        Ok(Cron { zone: place, crontab, by_the_wall })
    }

    /// The zone's name as the database of zones writes it.
    pub fn zone_name<'a>(&'a self, given: &'a str) -> &'a str {
        self.zone.iana_name().unwrap_or(given)
    }

    /// The first moment after another. None if there is none within four years.
    pub fn after(&self, now: Millis) -> Option<Millis> {
        let now = Timestamp::from_millisecond(now).ok()?;
        if !self.by_the_wall {
            return Some(self.crontab.find_next(MakeTimestamp(now)).ok()?.timestamp().as_millisecond());
        }
        let mut wall = self.zone.to_datetime(now);
        // More than once only in an hour that the clock shows twice.
        loop {
            let shown = TimeZone::UTC.to_timestamp(wall).ok()?;
            wall = self.crontab.find_next(MakeTimestamp(shown)).ok()?.datetime();
            let moment = self.zone.to_timestamp(wall).ok()?;
            if moment > now {
                return Some(moment.as_millisecond());
            }
        }
    }
}

/// The next moment of an expression, or up to half a minute later. `jitter` in thousandths, 0 to 999.
pub fn next_due(expression: &str, zone: &str, now: Millis, jitter: i64) -> Result<Millis, CronError> {
    let next = Cron::read(expression, zone)?.after(now).ok_or_else(|| never(expression))?;
    Ok(next + JITTER_MS * jitter.clamp(0, 999) / 1_000)
}

fn never(expression: &str) -> CronError {
    CronError::Expression(format!("`{expression}` never comes within four years"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(moment: &str) -> Millis {
        moment.parse::<Timestamp>().unwrap().as_millisecond()
    }

    /// The next moments after one, in UTC.
    #[track_caller]
    fn check(expression: &str, zone: &str, from: &str, expected: &[&str]) {
        let cron = Cron::parse(expression, zone, millis(from)).unwrap();
        let mut now = millis(from);
        let next = expected.iter().map(|_| {
            now = cron.after(now).unwrap();
            Timestamp::from_millisecond(now).unwrap().to_string()
        });
        assert_eq!(next.collect::<Vec<_>>(), expected, "{expression} in {zone}");
    }

    #[test]
    fn the_clock_of_the_zone_counts() {
        let expected = ["2026-07-03T04:30:00Z", "2026-07-06T04:30:00Z"];
        check("30 6 * * MON-FRI", "Europe/Warsaw", "2026-07-02T04:30:00Z", &expected);
        check("30 6 * * *", "UTC", "2026-07-02T04:30:00Z", &["2026-07-02T06:30:00Z"]);
        check("0 0 29 2 *", "Asia/Jerusalem", "2026-03-01T00:00:00Z", &["2028-02-28T22:00:00Z"]);
    }

    /// Warsaw goes from 02:00 to 03:00 at 01:00 UTC.
    #[test]
    fn a_time_that_the_clock_leaves_out_comes_as_much_later() {
        let expected = ["2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"];
        check("30 2 * * *", "Europe/Warsaw", "2026-03-28T00:00:00Z", &expected);
        let expected = ["2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"];
        check("0 * * * *", "Europe/Warsaw", "2026-03-28T23:30:00Z", &expected);
    }

    /// Warsaw goes from 03:00 back to 02:00 at 01:00 UTC.
    #[test]
    fn a_time_that_the_clock_shows_twice_comes_once_and_an_interval_goes_on() {
        let expected = ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"];
        check("30 2 * * *", "Europe/Warsaw", "2026-10-24T23:00:00Z", &expected);
        // Asked in the second of the two hours, before its minute.
        check("30 2 * * *", "Europe/Warsaw", "2026-10-25T01:10:00Z", &["2026-10-26T01:30:00Z"]);
        let expected =
            ["2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z"];
        check("*/30 * * * *", "Europe/Warsaw", "2026-10-24T23:45:00Z", &expected);
    }

    #[test]
    fn jitter_only_delays_and_by_less_than_half_a_minute() {
        let (from, due) = (millis("2026-07-02T00:00:00Z"), millis("2026-07-02T06:30:00Z"));
        assert_eq!(next_due("30 6 * * *", "UTC", from, 0), Ok(due));
        assert_eq!(next_due("30 6 * * *", "UTC", from, 999), Ok(due + 29_970));
    }

    #[track_caller]
    fn refused(expression: &str, zone: &str, expected: &str) {
        let error = Cron::parse(expression, zone, 0).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains('\n'), "one line: {error:?}");
    }

    #[test]
    fn nonsense_is_refused_in_words() {
        for expression in ["", "* * * *", "* * * * * UTC", "@daily", "61 * * * *", "* 24 * * *", "x * * * *"]
        {
            refused(expression, "UTC", "is not a cron expression such as `30 6 * * MON-FRI`");
        }
        refused(&"1,".repeat(200), "UTC", "is not a cron expression");
        refused("0 0 30 2 *", "UTC", "`0 0 30 2 *` never comes within four years");
        refused("0 6 * * *", "Warsaw", "`Warsaw` is not a time zone such as Europe/Warsaw");
        refused("0 6 * * *", "", "is not a time zone");
        assert_eq!(Cron::parse("0 6 * * *", "europe/warsaw", 0).unwrap().zone_name(""), "Europe/Warsaw");
    }
}
