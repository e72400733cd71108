//! One stream's part of a commit: records, changes, walk, and the stream's row last.

use sqlx::AnyConnection;

use super::upsert::{Plan, delete, plan, upsert};
use super::{StreamWrite, length};
use crate::dialect::Dialect;
use crate::query::Query;
use crate::walks::{self, Walked};
use crate::{DbError, Millis, changes};

/// What is the same for all streams of a commit.
pub(super) struct Writer {
    pub now: Millis,
    pub dialect: Dialect,
    pub connection: i64,
    pub origin: String,
    /// The call ends its run well.
    pub succeeds: bool,
}

/// Of all streams of the commit together.
#[derive(Debug, Default)]
pub(super) struct PageOutcome {
    pub created: i64,
    pub updated: i64,
    pub unchanged: i64,
    pub deleted: i64,
    pub withheld: Option<i64>,
    pub walk_restarted: bool,
}

impl PageOutcome {
    pub fn add(&mut self, other: PageOutcome) {
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.deleted += other.deleted;
        self.withheld = self.withheld.or(other.withheld);
        self.walk_restarted |= other.walk_restarted;
    }
}

impl Writer {
    pub async fn write(&self, tx: &mut AnyConnection, write: StreamWrite) -> Result<PageOutcome, DbError> {
        let locked = lock(tx, self.dialect, write.stream).await?;
        if locked.connection != self.connection {
            return Err(DbError::missing("stream", write.stream));
        }
        let met: Vec<i64> = write.records.iter().map(|record| walks::key_hash(&record.key)).collect();
        let Plan { upserts, deletes, created, updated, unchanged } = plan(tx, &write).await?;
        let mut sequence = locked.sequence;
        let changed = upsert(tx, self.now, write.stream, sequence, upserts).await?;
        let deleted = length(&deletes);
        let gone = delete(tx, write.stream, deletes).await?;
        let numbered: Vec<_> = changed.into_iter().chain(gone).collect();
        let first = sequence + 1;
        sequence += length(&numbered);
        changes::write(tx, self.now, write.stream, &self.origin, first, numbered).await?;

        let live = locked.records + created - deleted;
        let at = walks::At { now: self.now, stream: write.stream, origin: &self.origin, sequence, live };
        let walked = match &write.walk {
            Some(step) => walks::step(tx, &at, step, write.checkpoint_state, met).await?,
            None => walks::met_by_other(tx, write.stream, met).await?,
        };
        self.raise(tx, &write, &walked, sequence + walked.deleted, live - walked.deleted).await?;
        Ok(PageOutcome {
            created,
            updated,
            unchanged,
            deleted: deleted + walked.deleted,
            withheld: walked.withheld,
            walk_restarted: walked.restarted,
        })
    }

    /// The stream's last write in the transaction.
    async fn raise(
        &self,
        tx: &mut AnyConnection,
        write: &StreamWrite,
        walked: &Walked,
        sequence: i64,
        live: i64,
    ) -> Result<(), DbError> {
        let ends = walked.restarted || write.walk.as_ref().is_some_and(|step| step.last);
        let done = self.succeeds && !walked.restarted && walked.withheld.is_none();
        let text = "UPDATE streams SET sequence = $2, records = $3,
                checkpoint = CASE WHEN checkpoint_state <> COALESCE($11, checkpoint_state) THEN checkpoint
                    WHEN $4 = 1 THEN NULL ELSE COALESCE($5, checkpoint) END,
                checkpoint_state = CASE WHEN checkpoint_state <> COALESCE($11, checkpoint_state) THEN checkpoint_state
                    WHEN $4 = 1 OR $5 IS NOT NULL THEN $6 ELSE checkpoint_state END,
                last_success_at = CASE WHEN $7 = 1 THEN $8 ELSE last_success_at END,
                last_walk_records = COALESCE($9, last_walk_records),
                last_walk_pages = COALESCE($10, last_walk_pages)
            WHERE id = $1";
        Query::new(text)
            .bind(write.stream)
            .bind(sequence)
            .bind(live)
            .bind(ends)
            .bind(write.checkpoint.as_deref())
            .bind(write.checkpoint_state)
            .bind(done && self.origin.starts_with("sync:"))
            .bind(self.now)
            .bind(walked.complete.map(|(records, _)| records))
            .bind(walked.complete.map(|(_, pages)| pages))
            .bind(write.read_from_state)
            .execute(tx)
            .await?;
        Ok(())
    }
}

/// A stream's row, locked until the transaction ends.
pub(crate) struct Locked {
    pub connection: i64,
    pub sequence: i64,
    pub records: i64,
}

pub(crate) async fn lock(tx: &mut AnyConnection, dialect: Dialect, stream: i64) -> Result<Locked, DbError> {
    let text = format!("SELECT connection, sequence, records FROM streams WHERE id = $1 {}", dialect.lock());
    let row = Query::new(text).bind(stream).optional(tx).await?;
    let row = row.ok_or_else(|| DbError::missing("stream", stream))?;
    Ok(Locked {
        connection: row.int("connection")?,
        sequence: row.int("sequence")?,
        records: row.int("records")?,
    })
}
