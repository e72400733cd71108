//! Claims: what each connection says of a limit that it shares. The lowest binds all of them.

use sqlx::AnyConnection;

use super::{LimitRow, limit};
use crate::query::{Found, Query};
use crate::{Db, DbError};

/// What a connection says of a limit; limits of one scope are one limit at the vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitClaim {
    /// `connector/limit/identity`, the identity being a keyed hash, never a secret.
    pub scope: String,
    pub name: String,
    pub max: i64,
    pub window_ms: i64,
    pub leave_to_others: i64,
    pub keep_for_actions: i64,
}

/// A connection that shares a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sharer {
    pub connection: String,
    pub max: i64,
    pub leave_to_others: i64,
    pub keep_for_actions: i64,
}

impl Db {
    /// Writes what a connection says of its limits, in place of what it said before, and gives the
    /// limits as they bind, in the order of the claims. Blocks, reports and the ledger stay.
    pub async fn limits_claim(
        &self,
        connection: i64,
        claims: &[LimitClaim],
    ) -> Result<Vec<LimitRow>, DbError> {
        if let Some(rows) = self.claimed_already(connection, claims).await? {
            return Ok(rows);
        }
        // Made one by one, so that the transaction below can lock in order of the ids, as bookings do.
        let mut limits = Vec::with_capacity(claims.len());
        for claim in claims {
            limits.push(self.limit_make(claim).await?);
        }
        let mut tx = self.begin().await?;
        let former = Query::new("SELECT limit_id FROM limit_claims WHERE connection = $1");
        let former = former.bind(connection).all(&mut tx).await?;
        let mut touched: Vec<i64> = former.iter().map(|row| row.int("limit_id")).collect::<Result<_, _>>()?;
        touched.extend(&limits);
        touched.sort_unstable();
        touched.dedup();
        for id in &touched {
            self.lock_limit(&mut tx, *id).await?;
        }
        Query::new("DELETE FROM limit_claims WHERE connection = $1")
            .bind(connection)
            .execute(&mut tx)
            .await?;
        for (id, claim) in limits.iter().zip(claims) {
            write(&mut tx, connection, *id, claim).await?;
        }
        for id in &touched {
            let_the_lowest_bind(&mut tx, *id).await?;
        }
        let mut rows = Vec::with_capacity(limits.len());
        for id in &limits {
            let query = Query::new("SELECT * FROM limits WHERE id = $1").bind(*id);
            rows.push(limit(&query.one(&mut tx).await?)?);
        }
        tx.commit().await?;
        Ok(rows)
    }

    /// The connections that share a limit, by name.
    pub async fn limit_sharers(&self, limit: i64) -> Result<Vec<Sharer>, DbError> {
        let text = "SELECT c.name, s.max_permits, s.leave_to_others, s.keep_for_actions
            FROM limit_claims s JOIN connections c ON c.id = s.connection
            WHERE s.limit_id = $1 ORDER BY c.name";
        let rows = Query::new(text).bind(limit).all(&mut *self.read().await?).await?;
        let sharer = |row: &Found| {
            Ok(Sharer {
                connection: row.text("name")?,
                max: row.int("max_permits")?,
                leave_to_others: row.int("leave_to_others")?,
                keep_for_actions: row.int("keep_for_actions")?,
            })
        };
        rows.iter().map(sharer).collect()
    }

    /// The rows, if the connection said the same before: nearly always, and then nothing is written.
    async fn claimed_already(
        &self,
        connection: i64,
        claims: &[LimitClaim],
    ) -> Result<Option<Vec<LimitRow>>, DbError> {
        let text = "SELECT l.*, s.max_permits AS own_max, s.leave_to_others AS own_leave,
                s.keep_for_actions AS own_keep
            FROM limit_claims s JOIN limits l ON l.id = s.limit_id WHERE s.connection = $1";
        let found = Query::new(text).bind(connection).all(&mut *self.read().await?).await?;
        let mut rows = Vec::with_capacity(claims.len());
        for row in &found {
            let own = (row.int("own_max")?, row.int("own_leave")?, row.int("own_keep")?);
            rows.push((limit(row)?, own));
        }
        let said = |claim: &LimitClaim| {
            let own = (claim.max, claim.leave_to_others, claim.keep_for_actions);
            let same = |row: &LimitRow| {
                row.scope == claim.scope && row.name == claim.name && row.window_ms == claim.window_ms
            };
            rows.iter().find(|(row, known)| same(row) && *known == own).map(|(row, _)| row.clone())
        };
        let same: Option<Vec<LimitRow>> = claims.iter().map(said).collect();
        Ok(same.filter(|same| same.len() == rows.len()))
    }

    async fn limit_make(&self, claim: &LimitClaim) -> Result<i64, DbError> {
        let text =
            "INSERT INTO limits (scope, name, max_permits, window_ms, leave_to_others, keep_for_actions)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (scope) DO UPDATE SET name = excluded.name, window_ms = excluded.window_ms
            RETURNING id";
        let query = Query::new(text)
            .bind(claim.scope.as_str())
            .bind(claim.name.as_str())
            .bind(claim.max)
            .bind(claim.window_ms)
            .bind(claim.leave_to_others)
            .bind(claim.keep_for_actions);
        query.one(&mut *self.write().await?).await?.int("id")
    }
}

/// Limits that a connection shares, locked in order of their ids.
pub(crate) async fn shared_limits(
    db: &Db,
    tx: &mut AnyConnection,
    connection: i64,
) -> Result<Vec<i64>, DbError> {
    let text = "SELECT limit_id FROM limit_claims WHERE connection = $1 ORDER BY limit_id";
    let rows = Query::new(text).bind(connection).all(tx).await?;
    let ids: Vec<i64> = rows.iter().map(|row| row.int("limit_id")).collect::<Result<_, _>>()?;
    for id in &ids {
        db.lock_limit(tx, *id).await?;
    }
    Ok(ids)
}

/// Takes over the numbers of the claim that leaves the fewest permits. Without a claim they stay.
pub(crate) async fn let_the_lowest_bind(tx: &mut AnyConnection, limit: i64) -> Result<(), DbError> {
    let text = "SELECT max_permits, leave_to_others, keep_for_actions FROM limit_claims WHERE limit_id = $1
        ORDER BY max_permits - leave_to_others, max_permits - leave_to_others - keep_for_actions, connection
        LIMIT 1";
    let Some(lowest) = Query::new(text).bind(limit).optional(tx).await? else { return Ok(()) };
    let text =
        "UPDATE limits SET max_permits = $2, leave_to_others = $3, keep_for_actions = $4 WHERE id = $1";
    let query = Query::new(text).bind(limit).bind(lowest.int("max_permits")?);
    let query = query.bind(lowest.int("leave_to_others")?).bind(lowest.int("keep_for_actions")?);
    query.execute(tx).await?;
    Ok(())
}

async fn write(
    tx: &mut AnyConnection,
    connection: i64,
    limit: i64,
    claim: &LimitClaim,
) -> Result<(), DbError> {
    let text =
        "INSERT INTO limit_claims (limit_id, connection, max_permits, leave_to_others, keep_for_actions)
        VALUES ($1, $2, $3, $4, $5)";
    let query = Query::new(text).bind(limit).bind(connection).bind(claim.max);
    let query = query.bind(claim.leave_to_others).bind(claim.keep_for_actions);
    match query.execute(tx).await {
        Err(error) if error.is_dangling() => Err(DbError::missing("connection", connection)),
        written => written.map(drop),
    }
}
