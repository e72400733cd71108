//! Schedules: when a stream is due, and what stops it.

use crate::query::Query;
use crate::runs::NewRun;
use crate::{Db, DbError, Millis, RunKind, Trigger};

/// A stream whose schedule is due: its connection is active, it is neither paused nor stopped.
#[derive(Debug, Clone)]
pub struct DueStream {
    pub id: i64,
    pub connection: i64,
    pub name: String,
    pub every_ms: i64,
    pub due_at: Millis,
}

impl Db {
    /// With `was`, only where that is the interval now; another one is a [`DbError::Outdated`].
    pub async fn stream_schedule(
        &self,
        id: i64,
        was: Option<Option<i64>>,
        every_ms: Option<i64>,
        due_at: Option<Millis>,
    ) -> Result<(), DbError> {
        let text = "UPDATE streams SET every_ms = $2, due_at = $3
            WHERE id = $1 AND ($4 = 0 OR COALESCE(every_ms, 0) = $5)";
        let query = Query::new(text).bind(id).bind(every_ms).bind(due_at);
        let query = query.bind(was.is_some()).bind(was.flatten().unwrap_or_default());
        match self.touch_stream(id, query).await {
            Err(DbError::Missing { .. }) if self.stream_by_id(id).await?.is_some() => Err(DbError::Outdated),
            touched => touched,
        }
    }

    /// Resuming also lifts a stop.
    pub async fn stream_pause(&self, id: i64, paused: bool) -> Result<(), DbError> {
        let text = "UPDATE streams SET paused = $2,
                stopped_code = CASE WHEN $2 = 1 THEN stopped_code ELSE NULL END,
                stopped_message = CASE WHEN $2 = 1 THEN stopped_message ELSE NULL END
            WHERE id = $1";
        self.touch_stream(id, Query::new(text).bind(id).bind(paused)).await
    }

    /// Stops the schedule of one stream and says why.
    pub async fn stream_stop(&self, id: i64, code: &str, message: &str) -> Result<(), DbError> {
        let query = Query::new("UPDATE streams SET stopped_code = $2, stopped_message = $3 WHERE id = $1");
        self.touch_stream(id, query.bind(id).bind(code).bind(message)).await
    }

    /// Stops all streams of a connection.
    pub async fn connection_stop(&self, connection: i64, code: &str, message: &str) -> Result<(), DbError> {
        let text = "UPDATE streams SET stopped_code = $2, stopped_message = $3 WHERE connection = $1";
        let query = Query::new(text).bind(connection).bind(code).bind(message);
        query.execute(&mut *self.write().await?).await?;
        Ok(())
    }

    /// Streams due at `now`, oldest first.
    pub async fn streams_due(&self, now: Millis, limit: i64) -> Result<Vec<DueStream>, DbError> {
        let text = "SELECT s.id, s.connection, s.name, s.every_ms, s.due_at
            FROM streams s JOIN connections c ON c.id = s.connection
            WHERE s.due_at <= $1 AND s.every_ms IS NOT NULL AND s.paused = 0 AND s.stopped_code IS NULL
                AND c.state = 'active'
            ORDER BY s.due_at, s.id LIMIT $2";
        let rows = Query::new(text).bind(now).bind(limit).all(&mut *self.read().await?).await?;
        let due = rows.iter().map(|row| {
            Ok(DueStream {
                id: row.int("id")?,
                connection: row.int("connection")?,
                name: row.text("name")?,
                every_ms: row.int("every_ms")?,
                due_at: row.int("due_at")?,
            })
        });
        due.collect()
    }

    /// Moves the schedule on from `was` to `next` and enqueues a sync run in one transaction. A run that
    /// waits or runs is joined as it is: what it waits for is not cut short by the schedule. False if
    /// another host did it first.
    pub async fn stream_enqueue_due(
        &self,
        now: Millis,
        id: i64,
        was: Millis,
        next: Millis,
    ) -> Result<bool, DbError> {
        let Some(stream) = self.stream_by_id(id).await? else {
            return Ok(false);
        };
        let mut tx = self.begin().await?;
        // The run first: a commit that ends the present run holds that run and then wants the stream.
        let new = NewRun {
            kind: RunKind::Sync,
            trigger: Trigger::Schedule,
            connection: stream.connection,
            stream: Some(id),
            action: None,
            full: false,
            input: None,
            input_sealed: None,
            key: None,
            input_hash: None,
            ordering: None,
            due_at: now,
        };
        crate::runs::insert(&mut tx, now, &new).await?;
        let query = Query::new("UPDATE streams SET due_at = $3 WHERE id = $1 AND due_at = $2");
        if query.bind(id).bind(was).bind(next).execute(&mut tx).await? == 0 {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn touch_stream(&self, id: i64, query: Query) -> Result<(), DbError> {
        match query.execute(&mut *self.write().await?).await? {
            0 => Err(DbError::missing("stream", id)),
            _ => Ok(()),
        }
    }
}
