//! The ledger: what was booked and used, and until when it counts.

use sqlx::AnyConnection;

use super::book::counting;
use super::report::reports;
use super::{LedgerRow, LimitUse, Settle, limit};
use crate::query::{Found, Query};
use crate::{Db, DbError, Millis};

impl Db {
    /// Writes what was really used. A booking is settled once; what comes later is not looked at.
    pub async fn settle(&self, now: Millis, settles: &[Settle]) -> Result<(), DbError> {
        if settles.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        settle_all(&mut tx, now, settles).await?;
        Ok(tx.commit().await?)
    }

    /// The limits of these ids with their use at `now`, by id.
    pub async fn limits(&self, now: Millis, ids: &[i64]) -> Result<Vec<LimitUse>, DbError> {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let mut connection = self.read().await?;
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            if let Some(used) = limit_use(&mut connection, now, id).await? {
                found.push(used);
            }
        }
        Ok(found)
    }

    /// Newest first; `before` is the cursor.
    pub async fn ledger(
        &self,
        limit: i64,
        before: Option<i64>,
        limit_rows: i64,
    ) -> Result<Vec<LedgerRow>, DbError> {
        let text = "SELECT * FROM ledger WHERE limit_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
        let query = Query::new(text).bind(limit).bind(before.unwrap_or(i64::MAX)).bind(limit_rows);
        query.all(&mut *self.read().await?).await?.iter().map(ledger_row).collect()
    }
}

pub(crate) async fn settle_all(
    tx: &mut AnyConnection,
    now: Millis,
    settles: &[Settle],
) -> Result<(), DbError> {
    // A permit that was not used stops counting at once.
    let text = "UPDATE ledger SET permits = $2, counts_until = $3, settled = 1 WHERE id = $1 AND settled = 0";
    for settle in settles {
        let counts_until = if settle.used == 0 { now } else { settle.counts_until };
        Query::new(text).bind(settle.booking).bind(settle.used).bind(counts_until).execute(tx).await?;
    }
    Ok(())
}

async fn limit_use(
    connection: &mut AnyConnection,
    now: Millis,
    id: i64,
) -> Result<Option<LimitUse>, DbError> {
    let query = Query::new("SELECT * FROM limits WHERE id = $1").bind(id);
    let Some(row) = query.optional(connection).await? else {
        return Ok(None);
    };
    let (used, booked) = counting(connection, now, id).await?;
    let text = "SELECT MIN(counts_until) AS frees_at FROM ledger
        WHERE limit_id = $1 AND counts_until > $2 AND permits > 0";
    let frees_at = Query::new(text).bind(id).bind(now).one(connection).await?.int_or_none("frees_at")?;
    let row = limit(&row)?;
    let reported = reports(connection, now, &row).await?.into_iter().map(|(_, reported)| reported).collect();
    Ok(Some(LimitUse { row, used, booked, frees_at, reported }))
}

fn ledger_row(row: &Found) -> Result<LedgerRow, DbError> {
    Ok(LedgerRow {
        id: row.int("id")?,
        limit: row.int("limit_id")?,
        run: row.int_or_none("run")?,
        permits: row.int("permits")?,
        booked_at: row.int("booked_at")?,
        counts_until: row.int("counts_until")?,
        settled: row.flag("settled")?,
    })
}
