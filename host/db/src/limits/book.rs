//! Booking: every ask or none.

use sqlx::AnyConnection;

use super::{Ask, Booked, Booking, LimitRow, Side, limit};
use crate::query::Query;
use crate::{Db, DbError, Millis};

/// What is booked ahead at any time is at most this share of a limit, in thousandths: so little is lost
/// when a host dies with permits in its hand.
const MOST_AHEAD_PERMILLE: i64 = 50;

/// What one limit answers to one ask.
enum Answer {
    Grant(i64),
    Refuse { until: Millis, blocked: Option<String> },
}

impl Db {
    /// Books every ask or none, in one transaction, in order of the limits' ids. An unsettled permit
    /// counts until now + `horizon_ms` + the limit's window, `horizon_ms` being use-by + time-out +
    /// grace.
    pub async fn book(
        &self,
        now: Millis,
        run: Option<i64>,
        side: Side,
        asks: &[Ask],
        horizon_ms: i64,
    ) -> Result<Booked, DbError> {
        let mut order: Vec<usize> = (0..asks.len()).collect();
        order.sort_by_key(|place| asks[*place].limit);
        let mut tx = self.begin().await?;
        let mut refused: Option<Booked> = None;
        let mut bookings: Vec<(usize, Booking)> = Vec::new();
        for place in order {
            let ask = &asks[place];
            let row = self.lock_limit(&mut tx, ask.limit).await?;
            match answer(&mut tx, now, side, ask, &row).await? {
                Answer::Refuse { until, blocked } => {
                    refused = Some(later(refused, ask.limit, until, blocked))
                }
                Answer::Grant(permits) => {
                    let counts_until = now + horizon_ms + row.window_ms;
                    let id = book_one(&mut tx, now, run, ask.limit, permits, counts_until).await?;
                    bookings.push((place, Booking { id, limit: ask.limit, permits }));
                }
            }
        }
        if let Some(no) = refused {
            tx.rollback().await?;
            return Ok(no);
        }
        tx.commit().await?;
        bookings.sort_by_key(|(place, _)| *place);
        Ok(Booked::Yes(bookings.into_iter().map(|(_, booking)| booking).collect()))
    }

    pub(super) async fn lock_limit(&self, tx: &mut AnyConnection, id: i64) -> Result<LimitRow, DbError> {
        let query = Query::new(format!("SELECT * FROM limits WHERE id = $1 {}", self.dialect().lock()));
        let row = query.bind(id).optional(tx).await?.ok_or_else(|| DbError::missing("limit", id))?;
        limit(&row)
    }
}

async fn answer(
    tx: &mut AnyConnection,
    now: Millis,
    side: Side,
    ask: &Ask,
    row: &LimitRow,
) -> Result<Answer, DbError> {
    let kept = match side {
        Side::Sync => row.leave_to_others + row.keep_for_actions,
        Side::Action => row.leave_to_others,
    };
    let most = row.max - kept;
    let (used, booked) = counting(tx, now, row.id).await?;
    let block = row.blocked_until.filter(|until| *until > now);
    let room = most - used;
    if block.is_none() && ask.want <= room {
        let ahead = row.max * MOST_AHEAD_PERMILLE / 1000 - booked;
        return Ok(Answer::Grant(ask.ahead.min(ahead).min(room).max(ask.want)));
    }
    let frees = frees_at(tx, now, row, used + ask.want - most, ask.want > most).await?;
    let blocked = block.is_some().then(|| row.blocked_reason.clone().unwrap_or_default());
    Ok(Answer::Refuse { until: frees.max(block.unwrap_or(now)), blocked })
}

/// Permits that count at `now`, and how many of them are not settled.
pub(super) async fn counting(tx: &mut AnyConnection, now: Millis, limit: i64) -> Result<(i64, i64), DbError> {
    let text = "SELECT CAST(COALESCE(SUM(permits), 0) AS BIGINT) AS used,
            CAST(COALESCE(SUM(CASE WHEN settled = 0 THEN permits ELSE 0 END), 0) AS BIGINT) AS booked
        FROM ledger WHERE limit_id = $1 AND counts_until > $2";
    let row = Query::new(text).bind(limit).bind(now).one(tx).await?;
    Ok((row.int("used")?, row.int("booked")?))
}

/// When `missing` permits will have freed; `never`: more is wanted than the limit ever has, so that only
/// a person who raises it can help. It is asked again a window later.
async fn frees_at(
    tx: &mut AnyConnection,
    now: Millis,
    row: &LimitRow,
    missing: i64,
    never: bool,
) -> Result<Millis, DbError> {
    if never {
        return Ok(now + row.window_ms);
    }
    let mut missing = missing;
    let mut until = now;
    let text = "SELECT permits, counts_until FROM ledger WHERE limit_id = $1 AND counts_until > $2
        ORDER BY counts_until";
    for counted in Query::new(text).bind(row.id).bind(now).all(tx).await? {
        if missing <= 0 {
            break;
        }
        missing -= counted.int("permits")?;
        until = counted.int("counts_until")?;
    }
    Ok(until)
}

/// The refusal that lasts longer.
fn later(refused: Option<Booked>, limit: i64, until: Millis, blocked: Option<String>) -> Booked {
    match refused {
        Some(Booked::No { limit, until: former, blocked }) if former >= until => {
            Booked::No { limit, until: former, blocked }
        }
        _ => Booked::No { limit, until, blocked },
    }
}

async fn book_one(
    tx: &mut AnyConnection,
    now: Millis,
    run: Option<i64>,
    limit: i64,
    permits: i64,
    counts_until: Millis,
) -> Result<i64, DbError> {
    let text = "INSERT INTO ledger (limit_id, run, permits, booked_at, counts_until, settled)
        VALUES ($1, $2, $3, $4, $5, 0) RETURNING id";
    let query = Query::new(text).bind(limit).bind(run).bind(permits).bind(now).bind(counts_until);
    query.one(tx).await?.int("id")
}
