//! Booking: every ask or none.

use sqlx::AnyConnection;

use super::report::{Reported, reports};
use super::{Ask, Booked, Booking, LimitRow, NoRoom, Side, limit};
use crate::query::Query;
use crate::{Db, DbError, Millis};

/// What is booked ahead at any time is at most this share of a limit, in thousandths: so little is lost
/// when a host dies with permits in its hand.
const MOST_AHEAD_PERMILLE: i64 = 50;

/// What one limit answers to one ask.
enum Answer {
    Grant(i64),
    Refuse { until: Millis, why: NoRoom },
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
                Answer::Refuse { until, why } => refused = Some(later(refused, ask.limit, until, why)),
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
    let (used, booked) = counting(tx, now, row.id).await?;
    let own = row.room(side, used);
    let reported = reports(tx, now, row).await?;
    let short = reported.iter().map(|(_, reported)| (reported.room(row, side), reported));
    let short = short.filter(|(room, _)| *room < ask.want).max_by_key(|(_, reported)| reported.until);
    let block = row.blocked_until.filter(|until| *until > now);
    if let (None, None, true) = (block, short, ask.want <= own) {
        let room = reported.iter().map(|(_, reported)| reported.room(row, side)).fold(own, i64::min);
        let ahead = row.max * MOST_AHEAD_PERMILLE / 1000 - booked;
        return Ok(Answer::Grant(ask.ahead.min(ahead).min(room).max(ask.want)));
    }
    let most = row.room(side, 0);
    let frees =
        if ask.want <= own { now } else { frees_at(tx, now, row, ask.want - own, ask.want > most).await? };
    Ok(refusal(row, frees, short.map(|(_, reported)| *reported), block))
}

/// The refusal that lasts longest gives the reason.
fn refusal(row: &LimitRow, frees: Millis, short: Option<Reported>, block: Option<Millis>) -> Answer {
    let used_up = (frees, NoRoom::UsedUp);
    let reported = short.map(|reported| (reported.until, NoRoom::Reported { left: reported.left.max(0) }));
    let blocked = block.map(|until| (until, NoRoom::Blocked(row.blocked_reason.clone().unwrap_or_default())));
    let all = [Some(used_up), reported, blocked].into_iter().flatten();
    let (until, why) = all.max_by_key(|(until, _)| *until).unwrap_or((frees, NoRoom::UsedUp));
    Answer::Refuse { until, why }
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
fn later(refused: Option<Booked>, limit: i64, until: Millis, why: NoRoom) -> Booked {
    match refused {
        Some(Booked::No { limit, until: former, why }) if former >= until => {
            Booked::No { limit, until: former, why }
        }
        _ => Booked::No { limit, until, why },
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
