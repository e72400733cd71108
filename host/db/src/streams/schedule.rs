//! Schedules: when a stream is due, and what stops it.

use crate::query::{Found, Query, no_nul};
use crate::runs::NewRun;
use crate::{Db, DbError, Millis, RunKind, Trigger};

/// When a stream runs by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// Milliseconds between two runs.
    Every(Millis),
    /// A cron expression, by the clock of a time zone.
    Cron { expression: String, zone: String },
}

/// A stream whose schedule is due: its connection is active, it is neither paused nor stopped.
#[derive(Debug, Clone)]
pub struct DueStream {
    pub id: i64,
    pub connection: i64,
    pub name: String,
    pub schedule: Schedule,
    pub due_at: Millis,
}

impl Db {
    /// With `was`, only where that is the schedule now; another one is a [`DbError::Outdated`].
    pub async fn stream_schedule(
        &self,
        id: i64,
        was: Option<Option<&Schedule>>,
        schedule: Option<&Schedule>,
        due_at: Option<Millis>,
    ) -> Result<(), DbError> {
        let (every_ms, cron, zone) = columns(schedule);
        let (was_every_ms, was_cron, was_zone) = columns(was.flatten());
        no_nul("the cron expression", cron.unwrap_or_default())?;
        no_nul("the time zone", zone.unwrap_or_default())?;
        let text = "UPDATE streams SET every_ms = $2, cron = $3, zone = $4, due_at = $5
            WHERE id = $1 AND ($6 = 0 OR (COALESCE(every_ms, 0) = $7 AND COALESCE(cron, '') = $8
                AND COALESCE(zone, '') = $9))";
        let query = Query::new(text).bind(id).bind(every_ms).bind(cron).bind(zone).bind(due_at);
        let query = query.bind(was.is_some()).bind(was_every_ms.unwrap_or_default());
        let query = query.bind(was_cron.unwrap_or_default()).bind(was_zone.unwrap_or_default());
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
        let text = "SELECT s.id, s.connection, s.name, s.every_ms, s.cron, s.zone, s.due_at
            FROM streams s JOIN connections c ON c.id = s.connection
            WHERE s.due_at <= $1 AND (s.every_ms IS NOT NULL OR s.cron IS NOT NULL) AND s.paused = 0
                AND s.stopped_code IS NULL AND c.state = 'active'
            ORDER BY s.due_at, s.id LIMIT $2";
        let rows = Query::new(text).bind(now).bind(limit).all(&mut *self.read().await?).await?;
        let mut due = Vec::with_capacity(rows.len());
        for row in &rows {
            let Some(schedule) = read(row)? else { continue };
            due.push(DueStream {
                id: row.int("id")?,
                connection: row.int("connection")?,
                name: row.text("name")?,
                schedule,
                due_at: row.int("due_at")?,
            });
        }
        Ok(due)
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

/// Interval, expression and zone.
fn columns(schedule: Option<&Schedule>) -> (Option<Millis>, Option<&str>, Option<&str>) {
    match schedule {
        None => (None, None, None),
        Some(Schedule::Every(every_ms)) => (Some(*every_ms), None, None),
        Some(Schedule::Cron { expression, zone }) => (None, Some(expression), Some(zone)),
    }
}

pub(super) fn read(row: &Found) -> Result<Option<Schedule>, DbError> {
    if let Some(every_ms) = row.int_or_none("every_ms")? {
        return Ok(Some(Schedule::Every(every_ms)));
    }
    let cron = row.text_or_none("cron")?.zip(row.text_or_none("zone")?);
    Ok(cron.map(|(expression, zone)| Schedule::Cron { expression, zone }))
}
