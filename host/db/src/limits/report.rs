//! What vendors report as left.
//!
//! A report is a promise about the time from the request that was answered so to the vendor's reset: no
//! more than `left` permits may count in it. Permits count in it unless they surely counted before that
//! request was sent: answers of the same run that had come by then are named by it (`known`), and a
//! settled booking tells by its end. What is not known for sure counts, so answers that arrive out of
//! order, or on several hosts, never leave more than the lowest of them says.

use sqlx::AnyConnection;

use super::book::counting;
use super::{LimitRow, Side};
use crate::query::Query;
use crate::{Db, DbError, Millis};

/// Reports of one limit that hold at a time. Each has another reset, so only a vendor that frees room
/// bit by bit has several; when there are more, the last one holds for what follows.
const MOST_REPORTS: usize = 32;

/// What an answer said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    pub left: i64,
    /// When the request had not been sent yet, at the latest.
    pub since: Millis,
    /// Permits of bookings that are not settled and have been counted by the vendor in `left`: the
    /// request's own, and those whose answers had come before it was sent.
    pub known: i64,
    /// The vendor's reset.
    pub until: Millis,
}

/// A report that holds, with what is left of it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reported {
    /// Permits that may yet be booked; below 0, more are booked than the vendor leaves.
    pub left: i64,
    /// What other programs had used when it was made.
    pub others: i64,
    pub until: Millis,
}

impl Reported {
    /// What it leaves to one side: what other programs are still to have and what is kept for actions
    /// stays out of it.
    pub fn room(&self, limit: &LimitRow, side: Side) -> i64 {
        let kept = if side == Side::Sync { limit.keep_for_actions } else { 0 };
        self.left - kept - (limit.leave_to_others - self.others).max(0)
    }

    /// Leaves no more, and as long.
    fn implies(&self, other: &Reported) -> bool {
        self.left <= other.left && self.until >= other.until
    }
}

impl Db {
    /// Takes note of a report. It lowers what is left until its reset, and never raises it. Gives what it
    /// leaves now: below 0, what is booked ahead must be given back.
    pub async fn limit_report(&self, now: Millis, limit: i64, report: Report) -> Result<Reported, DbError> {
        let mut tx = self.begin().await?;
        let row = self.lock_limit(&mut tx, limit).await?;
        let permits = report.left.max(0) + report.known;
        let spent = spent(&mut tx, &row, report.since).await?;
        let counted_before = (counting(&mut tx, now, limit).await?.0 - spent).max(0) + report.known;
        let others = (row.max - report.left.max(0) - counted_before).max(0);
        let new = Reported { left: permits - spent, others, until: report.until };
        let held = reports(&mut tx, now, &row).await?;
        if report.until <= now || held.iter().any(|(_, held)| held.implies(&new)) {
            return Ok(new);
        }
        drop_implied(&mut tx, now, limit, &held, &new).await?;
        let stricter = held.iter().filter(|(_, held)| held.left < new.left);
        match stricter.max_by_key(|(_, held)| held.until) {
            Some((id, _)) if held.len() >= MOST_REPORTS => {
                let query = Query::new("UPDATE limit_reports SET until = $2 WHERE id = $1");
                query.bind(*id).bind(report.until).execute(&mut tx).await?;
            }
            _ => {
                let text = "INSERT INTO limit_reports (limit_id, since, permits, others, until)
                    VALUES ($1, $2, $3, $4, $5)";
                let query = Query::new(text).bind(limit).bind(report.since).bind(permits);
                query.bind(others).bind(report.until).execute(&mut tx).await?;
            }
        }
        tx.commit().await?;
        Ok(new)
    }
}

/// The reports that hold at `now`, by id.
pub(super) async fn reports(
    tx: &mut AnyConnection,
    now: Millis,
    limit: &LimitRow,
) -> Result<Vec<(i64, Reported)>, DbError> {
    let text = "SELECT r.id, r.permits, r.others, r.until,
            (SELECT CAST(COALESCE(SUM(l.permits), 0) AS BIGINT) FROM ledger l
                WHERE l.limit_id = r.limit_id AND l.counts_until > r.since + $3) AS spent
        FROM limit_reports r WHERE r.limit_id = $1 AND r.until > $2 ORDER BY r.id";
    let rows = Query::new(text).bind(limit.id).bind(now).bind(limit.window_ms).all(tx).await?;
    let reported = rows.iter().map(|row| {
        let left = row.int("permits")? - row.int("spent")?;
        Ok((row.int("id")?, Reported { left, others: row.int("others")?, until: row.int("until")? }))
    });
    reported.collect()
}

/// Permits that did not surely count before `since`.
async fn spent(tx: &mut AnyConnection, limit: &LimitRow, since: Millis) -> Result<i64, DbError> {
    let text = "SELECT CAST(COALESCE(SUM(permits), 0) AS BIGINT) AS spent FROM ledger
        WHERE limit_id = $1 AND counts_until > $2";
    Query::new(text).bind(limit.id).bind(since + limit.window_ms).one(tx).await?.int("spent")
}

/// Forgets reports that are over, or say no more than the new one.
async fn drop_implied(
    tx: &mut AnyConnection,
    now: Millis,
    limit: i64,
    held: &[(i64, Reported)],
    new: &Reported,
) -> Result<(), DbError> {
    let query = Query::new("DELETE FROM limit_reports WHERE limit_id = $1 AND until <= $2");
    query.bind(limit).bind(now).execute(tx).await?;
    for (id, _) in held.iter().filter(|(_, held)| new.implies(held)) {
        Query::new("DELETE FROM limit_reports WHERE id = $1").bind(*id).execute(tx).await?;
    }
    Ok(())
}
