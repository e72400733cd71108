//! Rate limits: bookings that outlive a crash, and the ledger that shows it.
//!
//! A permit counts from its booking until one window after the vendor must have counted it: after the
//! arrival of the answer, or without one, after use-by + time-out + grace. What was booked and not
//! settled (a crash) counts as used until then. Fixed windows count as sliding: never looser. What the
//! vendor reports as left binds beside our own count ([`report`]).
//!
//! Why `now` may be read before the transaction: an older `now` makes more permits count, never
//! fewer; and the caller measures the use-by time from before it asked, on its monotonic clock.

mod book;
mod claim;
mod ledger;
mod report;
mod setting;

use crate::query::{Found, Query};
use crate::{Db, DbError, Millis};

pub use claim::{LimitClaim, Sharer};
pub(crate) use claim::{let_the_lowest_bind, shared_limits};
pub(crate) use ledger::settle_all;
pub use report::{Report, Reported};
pub use setting::{LimitChange, LimitSetting};

/// Who asks: syncs leave the share kept for actions alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Sync,
    Action,
}

/// A limit at a vendor, shared by all that have the same `scope`.
#[derive(Debug, Clone)]
pub struct LimitRow {
    pub id: i64,
    /// `connector/limit/identity`, the identity being a keyed hash, never a secret.
    pub scope: String,
    pub name: String,
    pub max: i64,
    pub window_ms: i64,
    pub leave_to_others: i64,
    pub keep_for_actions: i64,
    /// No request before this time: a block message, `Retry-After`, a report that nothing is left.
    pub blocked_until: Option<Millis>,
    pub blocked_reason: Option<String>,
}

/// One limit a call touches.
#[derive(Debug, Clone)]
pub struct Ask {
    pub limit: i64,
    /// Permits wanted; booked whole or not at all.
    pub want: i64,
    /// Up to this many may be booked ahead if there is room; at least `want`.
    pub ahead: i64,
}

/// Permits of one limit, booked for one run.
#[derive(Debug, Clone)]
pub struct Booking {
    pub id: i64,
    pub limit: i64,
    pub permits: i64,
}

#[derive(Debug, Clone)]
pub enum Booked {
    /// One booking per ask, in the order of the asks.
    Yes(Vec<Booking>),
    /// The limit that binds, and when it has room for what was wanted.
    No { limit: i64, until: Millis, why: NoRoom },
}

/// Why a limit has no room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoRoom {
    UsedUp,
    /// The reason of the block.
    Blocked(String),
    /// The vendor reports that so few are left.
    Reported {
        left: i64,
    },
}

/// What became of a booking.
#[derive(Debug, Clone)]
pub struct Settle {
    pub booking: i64,
    /// Permits really used; the rest is returned. May be more than was booked: the truth counts.
    pub used: i64,
    /// When the used ones stop counting: last answer + window, or sent + time-out + grace + window.
    pub counts_until: Millis,
}

#[derive(Debug, Clone)]
pub struct LimitUse {
    pub row: LimitRow,
    pub used: i64,
    /// Booked and not settled; part of `used`.
    pub booked: i64,
    /// When the next permit frees; none if nothing is used.
    pub frees_at: Option<Millis>,
    /// What the vendor's reports leave, each until its reset.
    pub reported: Vec<Reported>,
}

#[derive(Debug, Clone)]
pub struct LedgerRow {
    pub id: i64,
    pub limit: i64,
    /// None: booked outside a run (a check).
    pub run: Option<i64>,
    pub permits: i64,
    pub booked_at: Millis,
    pub counts_until: Millis,
    pub settled: bool,
}

impl LimitRow {
    /// What our own count leaves to one side when `used` permits count.
    fn room(&self, side: Side, used: i64) -> i64 {
        let kept = if side == Side::Sync { self.keep_for_actions } else { 0 };
        self.max - self.leave_to_others - kept - used
    }
}

impl LimitUse {
    /// What is left to one side now, by our own count and by the vendor's reports. Below 0, more is used
    /// than that side may.
    pub fn room(&self, side: Side) -> i64 {
        let reported = self.reported.iter().map(|reported| reported.room(&self.row, side));
        reported.fold(self.row.room(side, self.used), i64::min)
    }
}

impl Db {
    /// Blocks a limit until a time; never shortens a block. Not rolled back with a call.
    pub async fn limit_block(&self, limit: i64, until: Millis, reason: &str) -> Result<(), DbError> {
        let text = "UPDATE limits SET blocked_until = $2, blocked_reason = $3
            WHERE id = $1 AND (blocked_until IS NULL OR blocked_until < $2)";
        let query = Query::new(text).bind(limit).bind(until).bind(reason);
        query.execute(&mut *self.write().await?).await?;
        Ok(())
    }
}

fn limit(row: &Found) -> Result<LimitRow, DbError> {
    Ok(LimitRow {
        id: row.int("id")?,
        scope: row.text("scope")?,
        name: row.text("name")?,
        max: row.int("max_permits")?,
        window_ms: row.int("window_ms")?,
        leave_to_others: row.int("leave_to_others")?,
        keep_for_actions: row.int("keep_for_actions")?,
        blocked_until: row.int_or_none("blocked_until")?,
        blocked_reason: row.text_or_none("blocked_reason")?,
    })
}
