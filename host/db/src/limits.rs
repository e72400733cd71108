//! Rate limits: bookings that outlive a crash, and the ledger that shows it.
//!
//! A permit counts from its booking until one window after the vendor must have counted it: after the
//! arrival of the answer, or without one, after use-by + time-out + grace. What was booked and not
//! settled (a crash) counts as used until then. Fixed windows count as sliding: never looser.
//!
//! Why `now` may be read before the transaction: an older `now` makes more permits count, never
//! fewer; and the caller measures the use-by time from before it asked, on its monotonic clock.

use crate::{Db, DbError, Millis};

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
    /// No request before this time: a block message, `Retry-After`, a reported remainder.
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
    No { limit: i64, until: Millis, blocked: Option<String> },
}

/// What became of a booking.
#[derive(Debug, Clone)]
pub struct Settle {
    pub booking: i64,
    /// Permits really used; the rest is returned.
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
}

#[derive(Debug, Clone)]
pub struct LedgerRow {
    pub id: i64,
    pub limit: i64,
    pub run: Option<i64>,
    pub permits: i64,
    pub booked_at: Millis,
    pub counts_until: Millis,
    pub settled: bool,
}

impl Db {
    /// Makes or updates the row of a limit. Blocks and the ledger stay.
    pub async fn limit_ensure(&self, row: &LimitRow) -> Result<LimitRow, DbError> { todo!() }
    /// Books every ask or none, in one transaction, in order of the limits' ids. `counts_until` is
    /// what an unsettled permit counts until: now + use-by + time-out + grace + window, the window
    /// added here. `horizon_ms` is use-by + time-out + grace.
    pub async fn book(
        &self,
        now: Millis,
        run: Option<i64>,
        side: Side,
        asks: &[Ask],
        horizon_ms: i64,
    ) -> Result<Booked, DbError> { todo!() }
    pub async fn settle(&self, now: Millis, settles: &[Settle]) -> Result<(), DbError> { todo!() }
    /// Blocks a limit until a time; never shortens a block. Not rolled back with a call.
    pub async fn limit_block(&self, limit: i64, until: Millis, reason: &str) -> Result<(), DbError> { todo!() }
    pub async fn limits(&self, now: Millis, ids: &[i64]) -> Result<Vec<LimitUse>, DbError> { todo!() }
    pub async fn ledger(&self, limit: i64, before: Option<i64>, limit_rows: i64) -> Result<Vec<LedgerRow>, DbError> { todo!() }
}
