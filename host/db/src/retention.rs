//! What is kept, and for how long.

use crate::query::Query;
use crate::{Db, DbError, Millis};

/// Every span in milliseconds.
#[derive(Debug, Clone)]
pub struct Retention {
    pub changes_ms: i64,
    /// Finished runs with their calls, log lines and intents. Held and failed ones too, but never one
    /// that is held or in doubt.
    pub runs_ms: i64,
    /// Ledger rows after they stopped counting.
    pub ledger_ms: i64,
    /// Deliveries that were processed, or have failed, with all that the vendor sent. A repeat of one that
    /// is no longer kept is a new one.
    pub deliveries_ms: i64,
    /// Newest good calls per stream, action and webhook whose trace is kept.
    pub good_traces: i64,
}

/// The most rows that one pruning deletes of each kind: it holds SQLite's one writer for some
/// milliseconds and is called again while there is more.
const MOST_ROWS: i64 = 1000;

impl Db {
    /// Deletes a bounded number of rows past their time, and secret outputs that nobody took; true if there
    /// is more to do.
    pub async fn prune(&self, now: Millis, keep: &Retention) -> Result<bool, DbError> {
        let mut more = self.prune_changes(now - keep.changes_ms).await?;
        for (text, bound) in [
            (OLD_RUNS, now - keep.runs_ms),
            (OLD_CHECK_LINES, now - keep.runs_ms),
            (UNREAD_OUTPUTS, now),
            (OLD_DELIVERIES, now - keep.deliveries_ms),
            (OLD_LEDGER, now - keep.ledger_ms),
            (OLD_TRACES, keep.good_traces),
        ] {
            let query = Query::new(text).bind(bound).bind(MOST_ROWS);
            let deleted = query.execute(&mut *self.write().await?).await?;
            more |= deleted >= MOST_ROWS.unsigned_abs();
        }
        let query = Query::new(DROPPED_KEYS).bind(MOST_ROWS);
        more |= query.execute(&mut *self.write().await?).await? >= MOST_ROWS.unsigned_abs();
        Query::new(EMPTY_WALKS).execute(&mut *self.write().await?).await?;
        Ok(more)
    }

    /// Changes leave in the order of their sequence, so that what is kept has no hole.
    async fn prune_changes(&self, before: Millis) -> Result<bool, DbError> {
        let text = "SELECT s.id FROM streams s WHERE EXISTS (SELECT 1 FROM changes c
                WHERE c.stream = s.id AND c.sequence = s.expired + 1 AND c.at < $1)
            ORDER BY s.id LIMIT $2";
        let query = Query::new(text).bind(before).bind(MOST_STREAMS);
        let streams = query.all(&mut *self.read().await?).await?;
        let mut more = streams.len() >= usize::try_from(MOST_STREAMS).unwrap_or(usize::MAX);
        for stream in &streams {
            more |= self.prune_changes_of(stream.int("id")?, before).await?;
        }
        Ok(more)
    }

    async fn prune_changes_of(&self, stream: i64, before: Millis) -> Result<bool, DbError> {
        let mut tx = self.begin().await?;
        let text = "SELECT sequence, at FROM changes WHERE stream = $1 ORDER BY sequence LIMIT $2";
        let oldest = Query::new(text).bind(stream).bind(MOST_ROWS).all(&mut tx).await?;
        let mut last = None;
        for change in &oldest {
            if change.int("at")? >= before {
                break;
            }
            last = Some(change.int("sequence")?);
        }
        let Some(last) = last else { return Ok(false) };
        Query::new("UPDATE streams SET expired = $2 WHERE id = $1")
            .bind(stream)
            .bind(last)
            .execute(&mut tx)
            .await?;
        let query = Query::new("DELETE FROM changes WHERE stream = $1 AND sequence <= $2");
        let deleted = query.bind(stream).bind(last).execute(&mut tx).await?;
        tx.commit().await?;
        Ok(deleted >= MOST_ROWS.unsigned_abs())
    }
}

/// The most streams whose changes one pruning looks at.
const MOST_STREAMS: i64 = 100;

const OLD_RUNS: &str = "DELETE FROM runs WHERE id IN (SELECT r.id FROM runs r
    WHERE r.finished_at < $1 AND r.state IN ('succeeded', 'failed', 'cancelled')
        AND (r.state = 'succeeded' OR NOT EXISTS (SELECT 1 FROM intents i
            WHERE i.run = r.id AND i.state IN ('open', 'answered')))
    ORDER BY r.finished_at LIMIT $2)";

const UNREAD_OUTPUTS: &str = "UPDATE runs SET output_sealed = NULL, output_sealed_until = NULL
    WHERE id IN (SELECT r.id FROM runs r WHERE r.output_sealed_until <= $1
        ORDER BY r.output_sealed_until LIMIT $2)";

const OLD_CHECK_LINES: &str = "DELETE FROM log_lines WHERE id IN (SELECT l.id FROM log_lines l
    WHERE l.run IS NULL AND l.at < $1 ORDER BY l.at LIMIT $2)";

const OLD_DELIVERIES: &str = "DELETE FROM deliveries WHERE id IN (SELECT d.id FROM deliveries d
    WHERE d.ended_at < $1 ORDER BY d.ended_at LIMIT $2)";

const OLD_LEDGER: &str = "DELETE FROM ledger WHERE id IN (SELECT l.id FROM ledger l
    WHERE l.counts_until < $1 ORDER BY l.counts_until LIMIT $2)";

const OLD_TRACES: &str = "DELETE FROM traces WHERE call IN (SELECT ranked.call FROM (
        SELECT call, ROW_NUMBER() OVER (PARTITION BY connection, stream, action, webhook
            ORDER BY call DESC) AS place FROM traces WHERE good = 1) AS ranked
    WHERE ranked.place > $1 ORDER BY ranked.call LIMIT $2)";

const DROPPED_KEYS: &str = "DELETE FROM walk_keys WHERE (walk, key_hash) IN (
    SELECT k.walk, k.key_hash FROM walk_keys k JOIN walks w ON w.id = k.walk
    WHERE w.state = 'dropped' LIMIT $1)";

const EMPTY_WALKS: &str = "DELETE FROM walks WHERE state = 'dropped'
    AND NOT EXISTS (SELECT 1 FROM walk_keys k WHERE k.walk = walks.id)";
