//! Calls and their traces.

use sqlx::AnyConnection;

use crate::query::{Found, Query};
use crate::runs::Fenced;
use crate::{CallLine, Db, DbError, Millis, RunError};

/// The compressed recording of one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    pub bytes: Vec<u8>,
}

#[derive(Debug, Clone)]
pub struct CallRow {
    pub id: i64,
    pub run: i64,
    pub attempt: i64,
    pub export: String,
    pub digest: String,
    pub started_at: Millis,
    pub ended_at: Millis,
    pub cpu_us: i64,
    pub requests: i64,
    pub memory_bytes: i64,
    pub secrets_scrubbed: i64,
    pub error: Option<RunError>,
    pub has_trace: bool,
}

/// What the calls of one sync were like, taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Never 0.
    pub calls: i64,
    pub requests: i64,
    pub took_ms: Millis,
}

impl Db {
    /// The reads of the last sync of a stream that succeeded; none if there was none, or it is no longer
    /// kept.
    pub async fn stream_pace(&self, stream: i64) -> Result<Option<Pace>, DbError> {
        let text = "SELECT COUNT(*) AS calls, CAST(COALESCE(SUM(requests), 0) AS BIGINT) AS requests,
                CAST(COALESCE(SUM(ended_at - started_at), 0) AS BIGINT) AS took_ms
            FROM calls WHERE export = 'read' AND error IS NULL AND run = (SELECT MAX(id) FROM runs
                WHERE stream = $1 AND kind = 'sync' AND input IS NULL AND state = 'succeeded')";
        let row = Query::new(text).bind(stream).one(&mut *self.read().await?).await?;
        let (calls, requests, took_ms) = (row.int("calls")?, row.int("requests")?, row.int("took_ms")?);
        Ok((calls > 0).then_some(Pace { calls, requests, took_ms }))
    }

    /// The error of the last call that a version made where `run` is now: for the same stream, action or
    /// webhook of the same connection. None if it made no such call that is still kept.
    pub async fn last_call_like(
        &self,
        run: i64,
        export: &str,
        digest: &str,
    ) -> Result<Option<Option<RunError>>, DbError> {
        let text = "SELECT c.error FROM runs mine
            JOIN runs r ON r.connection = mine.connection AND r.kind = mine.kind
                AND COALESCE(r.stream, 0) = COALESCE(mine.stream, 0)
                AND COALESCE(r.action, '') = COALESCE(mine.action, '')
                AND COALESCE(r.webhook, 0) = COALESCE(mine.webhook, 0)
            JOIN calls c ON c.run = r.id
            WHERE mine.id = $1 AND c.export = $2 AND c.digest = $3 ORDER BY c.id DESC LIMIT 1";
        let query = Query::new(text).bind(run).bind(export).bind(digest);
        let row = query.optional(&mut *self.read().await?).await?;
        row.map(|row| RunError::from_column(&row, "error")).transpose()
    }

    /// The calls of a run, in order.
    pub async fn calls(&self, run: i64) -> Result<Vec<CallRow>, DbError> {
        let text = "SELECT c.*, CASE WHEN t.call IS NULL THEN 0 ELSE 1 END AS has_trace
            FROM calls c LEFT JOIN traces t ON t.call = c.id WHERE c.run = $1 ORDER BY c.id";
        let rows = Query::new(text).bind(run).all(&mut *self.read().await?).await?;
        rows.iter().map(call).collect()
    }

    /// Good calls that one version made for a connection and whose trace is kept: the newest of each stream,
    /// action and webhook first, then the second newest of each.
    pub async fn calls_to_replay(
        &self,
        connection: i64,
        digest: &str,
        limit: i64,
    ) -> Result<Vec<CallRow>, DbError> {
        let text = "SELECT c.*, 1 AS has_trace FROM calls c JOIN (
                SELECT t.call, ROW_NUMBER() OVER (PARTITION BY t.stream, t.action, t.webhook
                    ORDER BY t.call DESC) AS place
                FROM traces t JOIN calls m ON m.id = t.call
                WHERE t.connection = $1 AND t.good = 1 AND m.digest = $2) AS ranked
            ON ranked.call = c.id ORDER BY ranked.place, c.id DESC LIMIT $3";
        let query = Query::new(text).bind(connection).bind(digest).bind(limit);
        query.all(&mut *self.read().await?).await?.iter().map(call).collect()
    }

    /// None if it is no longer kept, or never was.
    pub async fn trace(&self, call: i64) -> Result<Option<Trace>, DbError> {
        let query = Query::new("SELECT bytes FROM traces WHERE call = $1").bind(call);
        let row = query.optional(&mut *self.read().await?).await?;
        row.map(|row| Ok(Trace { bytes: row.bytes("bytes")? })).transpose()
    }
}

impl CallRow {
    pub fn duration_ms(&self) -> Millis {
        self.ended_at - self.started_at
    }
}

/// Writes a call's line, its trace and its log; gives the call's id.
pub(crate) async fn write(tx: &mut AnyConnection, run: &Fenced, line: CallLine) -> Result<i64, DbError> {
    let text = "INSERT INTO calls (run, attempt, export, digest, started_at, ended_at, cpu_us,
            requests, memory_bytes, secrets_scrubbed, error)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id";
    let good = line.error.is_none();
    let row = Query::new(text)
        .bind(run.id)
        .bind(run.attempt)
        .bind(line.export)
        .bind(line.digest)
        .bind(line.started_at)
        .bind(line.ended_at)
        .bind(line.cpu_us)
        .bind(line.requests)
        .bind(line.memory_bytes)
        .bind(line.secrets_scrubbed)
        .bind(line.error.as_ref().map(RunError::to_json).transpose()?)
        .one(tx)
        .await?;
    let call = row.int("id")?;
    if let Some(trace) = line.trace {
        write_trace(tx, run, call, good, trace).await?;
    }
    crate::log::write(tx, run.connection, Some(run.id), &line.log).await?;
    Ok(call)
}

async fn write_trace(
    tx: &mut AnyConnection,
    run: &Fenced,
    call: i64,
    good: bool,
    trace: Trace,
) -> Result<(), DbError> {
    let text = "INSERT INTO traces (call, connection, stream, action, good, bytes, webhook)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    Query::new(text)
        .bind(call)
        .bind(run.connection)
        .bind(run.stream)
        .bind(run.action.as_deref())
        .bind(good)
        .bind(trace.bytes)
        .bind(run.webhook)
        .execute(tx)
        .await?;
    Ok(())
}

fn call(row: &Found) -> Result<CallRow, DbError> {
    Ok(CallRow {
        id: row.int("id")?,
        run: row.int("run")?,
        attempt: row.int("attempt")?,
        export: row.text("export")?,
        digest: row.text("digest")?,
        started_at: row.int("started_at")?,
        ended_at: row.int("ended_at")?,
        cpu_us: row.int("cpu_us")?,
        requests: row.int("requests")?,
        memory_bytes: row.int("memory_bytes")?,
        secrets_scrubbed: row.int("secrets_scrubbed")?,
        error: RunError::from_column(row, "error")?,
        has_trace: row.flag("has_trace")?,
    })
}
