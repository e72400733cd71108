//! Days in the supplier's time zone.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use windlass_sdk::{Error, Result, clock};

use crate::Restigo;

/// The days of a connection: which one is today, and which ones count.
pub struct Calendar {
    zone: TimeZone,
    keep_days: i64,
}

impl Calendar {
    pub fn of(account: &Restigo) -> Result<Self> {
        let zone = TimeZone::get(&account.time_zone).map_err(|_| {
            let message = format!(
                "`time_zone` is `{}`, which is no time zone; set one such as Asia/Jerusalem",
                account.time_zone
            );
            Error::config("unknown-time-zone", message)
        })?;
        Ok(Self { zone, keep_days: account.keep_days.into() })
    }

    /// The day that a date, or a moment, belongs to. A moment without an offset is local.
    pub fn day_of(&self, text: &str) -> Option<Date> {
        if !text.contains('T') {
            return text.parse().ok();
        }
        let moment = text.parse::<Timestamp>().map(|moment| moment.to_zoned(self.zone.clone()).date());
        moment.or_else(|_| text.parse::<DateTime>().map(DateTime::date)).ok()
    }

    pub fn today(&self) -> Date {
        let ms = i64::try_from(clock::now_ms()).unwrap_or(i64::MAX);
        Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX).to_zoned(self.zone.clone()).date()
    }

    /// The last day that is over.
    pub fn yesterday(&self) -> Date {
        days_after(self.today(), -1)
    }

    /// The oldest day of which documents are taken and files are built.
    pub fn oldest(&self) -> Date {
        days_after(self.today(), -self.keep_days)
    }

    /// The latest day of which documents are taken. Some are dated ahead; a slip of the pen in the year is
    /// found all the same.
    pub fn latest(&self) -> Date {
        days_after(self.today(), self.keep_days)
    }

    /// Days before this one are forgotten: one day after the last in which a push could still change them,
    /// so that no push and no walk of the same moment disagree.
    pub fn forgotten_before(&self) -> Date {
        days_after(self.oldest(), -1)
    }
}

/// A day so many days later; the calendar's own end where it has none.
pub fn days_after(day: Date, days: i64) -> Date {
    day.saturating_add(Span::new().days(days))
}
