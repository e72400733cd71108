//! Streams: schedule, checkpoint and sequence of each stream of each connection.

mod schedule;

use sqlx::AnyConnection;

use crate::query::{Found, Query, no_nul};
use crate::runs::fence;
use crate::{Db, DbError, Lease, Millis};

pub use schedule::{DueStream, Schedule};

/// What a stream is created or altered with.
#[derive(Debug, Clone)]
pub struct StreamSettings {
    pub name: String,
    /// Milliseconds between two scheduled runs; none: only manual runs.
    pub every_ms: Option<i64>,
    /// When the first scheduled run is due.
    pub due_at: Option<Millis>,
}

#[derive(Debug, Clone)]
pub struct Stream {
    pub id: i64,
    pub connection: i64,
    pub name: String,
    /// The number of the last change.
    pub sequence: i64,
    pub checkpoint: Option<String>,
    /// The format number (`state` of the spec) the checkpoint was written in.
    pub checkpoint_state: i64,
    /// None: only manual runs.
    pub schedule: Option<Schedule>,
    /// When the schedule runs it next.
    pub due_at: Option<Millis>,
    pub paused: bool,
    /// Why the schedule stopped by itself (an `auth` or `config` error): code and message.
    pub stopped_code: Option<String>,
    pub stopped_message: Option<String>,
    /// Live records.
    pub records: i64,
    pub last_success_at: Option<Millis>,
    /// Records of the last complete walk, for the estimate of the next one.
    pub last_walk_records: Option<i64>,
    pub last_walk_pages: Option<i64>,
    /// The unfinished snapshot walk. Under another revision or state than the present ones the next
    /// call must begin a walk again (`WalkStep::first`, no checkpoint).
    pub walk: Option<Walk>,
}

/// What a snapshot walk began under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Walk {
    pub id: i64,
    pub revision: i64,
    pub state: i64,
}

impl Db {
    /// The streams of a connection, by name.
    pub async fn streams(&self, connection: i64) -> Result<Vec<Stream>, DbError> {
        let query = Query::new(select("s.connection = $1 ORDER BY s.name")).bind(connection);
        query.all(&mut *self.read().await?).await?.iter().map(stream).collect()
    }

    pub async fn stream(&self, connection: i64, name: &str) -> Result<Option<Stream>, DbError> {
        no_nul("the stream's name", name)?;
        let query = Query::new(select("s.connection = $1 AND s.name = $2")).bind(connection).bind(name);
        query.optional(&mut *self.read().await?).await?.as_ref().map(stream).transpose()
    }

    pub async fn stream_by_id(&self, id: i64) -> Result<Option<Stream>, DbError> {
        let query = Query::new(select("s.id = $1")).bind(id);
        query.optional(&mut *self.read().await?).await?.as_ref().map(stream).transpose()
    }

    /// Adds streams that a newer spec brings; keeps the ones that exist as they are.
    pub async fn streams_ensure(&self, connection: i64, streams: &[StreamSettings]) -> Result<(), DbError> {
        let mut tx = self.begin().await?;
        ensure(&mut tx, connection, streams).await?;
        Ok(tx.commit().await?)
    }

    /// Moves streams of a connection to other times, by id; none: due no more.
    pub async fn streams_due_at(
        &self,
        connection: i64,
        due: &[(i64, Option<Millis>)],
    ) -> Result<(), DbError> {
        let mut tx = self.begin().await?;
        set_due(&mut tx, connection, due).await?;
        Ok(tx.commit().await?)
    }

    /// Carries a checkpoint over to another `state`, fenced by the run's lease, and keeps the one it had. For
    /// incremental streams: a snapshot walk crossed by another state starts again instead.
    /// [`DbError::Outdated`] if it has not the state `from` any more: a version was undone meanwhile.
    pub async fn checkpoint_migrated(
        &self,
        lease: &Lease,
        id: i64,
        checkpoint: Option<&str>,
        from: i64,
        state: i64,
    ) -> Result<(), DbError> {
        let mut tx = self.begin().await?;
        let run = fence(&mut tx, self.dialect(), lease).await?;
        // Of the version before this one: that is where it goes back to.
        let text = "UPDATE streams SET checkpoint = $3, checkpoint_state = $4,
                former_checkpoint = checkpoint, former_state = checkpoint_state
            WHERE id = $1 AND connection = $2 AND checkpoint_state = $5";
        let query = Query::new(text).bind(id).bind(run.connection).bind(checkpoint).bind(state).bind(from);
        if query.execute(&mut tx).await? == 0 {
            return Err(DbError::Outdated);
        }
        Ok(tx.commit().await?)
    }
}

pub(crate) async fn ensure(
    tx: &mut AnyConnection,
    connection: i64,
    streams: &[StreamSettings],
) -> Result<(), DbError> {
    let text = "INSERT INTO streams (connection, name, sequence, expired, checkpoint_state, every_ms, due_at,
            paused, records)
        VALUES ($1, $2, 0, 0, 0, $3, $4, 0, 0) ON CONFLICT (connection, name) DO NOTHING";
    for stream in streams {
        Query::new(text)
            .bind(connection)
            .bind(stream.name.as_str())
            .bind(stream.every_ms)
            .bind(stream.due_at)
            .execute(tx)
            .await?;
    }
    Ok(())
}

pub(crate) async fn set_due(
    tx: &mut AnyConnection,
    connection: i64,
    due: &[(i64, Option<Millis>)],
) -> Result<(), DbError> {
    let text = "UPDATE streams SET due_at = $3 WHERE id = $1 AND connection = $2";
    for (stream, due_at) in due {
        Query::new(text).bind(*stream).bind(connection).bind(*due_at).execute(tx).await?;
    }
    Ok(())
}

pub(crate) async fn lift_stops(tx: &mut AnyConnection, connection: i64) -> Result<(), DbError> {
    let text = "UPDATE streams SET stopped_code = NULL, stopped_message = NULL WHERE connection = $1";
    Query::new(text).bind(connection).execute(tx).await?;
    Ok(())
}

fn select(condition: &str) -> String {
    format!(
        "SELECT s.*, w.id AS walk_id, w.revision AS walk_revision, w.checkpoint_state AS walk_state
         FROM streams s LEFT JOIN walks w ON w.stream = s.id AND w.state = 'open' WHERE {condition}"
    )
}

fn stream(row: &Found) -> Result<Stream, DbError> {
    Ok(Stream {
        id: row.int("id")?,
        connection: row.int("connection")?,
        name: row.text("name")?,
        sequence: row.int("sequence")?,
        checkpoint: row.text_or_none("checkpoint")?,
        checkpoint_state: row.int("checkpoint_state")?,
        schedule: schedule::read(row)?,
        due_at: row.int_or_none("due_at")?,
        paused: row.flag("paused")?,
        stopped_code: row.text_or_none("stopped_code")?,
        stopped_message: row.text_or_none("stopped_message")?,
        records: row.int("records")?,
        last_success_at: row.int_or_none("last_success_at")?,
        last_walk_records: row.int_or_none("last_walk_records")?,
        last_walk_pages: row.int_or_none("last_walk_pages")?,
        walk: walk(row)?,
    })
}

fn walk(row: &Found) -> Result<Option<Walk>, DbError> {
    let Some(id) = row.int_or_none("walk_id")? else {
        return Ok(None);
    };
    Ok(Some(Walk { id, revision: row.int("walk_revision")?, state: row.int("walk_state")? }))
}
