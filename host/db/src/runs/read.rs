//! Reading runs.

use crate::query::{Found, Query, Value};
use crate::{AgainState, Db, DbError, Millis, Run, RunError, RunKind, RunState, SnoozeReason, Trigger};

/// The columns of [`run`], for SELECT and RETURNING alike. Named one by one: PostgreSQL refuses a prepared
/// statement whose `*` has grown, so that a host of the version before would stop at a new column.
pub(super) const COLUMNS: &str =
    "id, kind, triggered_by, state, connection, stream, action, full_read, input,
    input_sealed, input_hash, output, output_sealed_until, has_secrets, key, ordering, attempt, again_state,
    again_sealed, due_at, snooze_code, snooze_message, cancel_asked, digest, pages, records_seen, records_left,
    records_written, records_deleted, schema_mismatches, schema_pointer, secrets_scrubbed, error, created_at,
    started_at, finished_at, fence, lease_owner, lease_until, webhook,
    (SELECT c.name FROM connections c WHERE c.id = runs.connection) AS connection_name,
    (SELECT s.name FROM streams s WHERE s.id = runs.stream) AS stream_name,
    (SELECT w.name FROM webhooks w WHERE w.id = runs.webhook) AS webhook_name";

#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    pub connection: Option<i64>,
    pub stream: Option<i64>,
    pub kind: Option<RunKind>,
    pub state: Option<RunState>,
    /// Only runs with a smaller id: the cursor.
    pub before: Option<i64>,
    pub limit: i64,
}

impl Db {
    pub async fn run(&self, id: i64) -> Result<Option<Run>, DbError> {
        let query = Query::new(format!("SELECT {COLUMNS} FROM runs WHERE id = $1")).bind(id);
        query.optional(&mut *self.read().await?).await?.as_ref().map(run).transpose()
    }

    /// Newest first.
    pub async fn runs(&self, filter: &RunFilter) -> Result<Vec<Run>, DbError> {
        // Only the conditions that are given stand in the text, so that each finds its index.
        let given = [
            ("connection", filter.connection.map(Value::from)),
            ("stream", filter.stream.map(Into::into)),
            ("kind", filter.kind.map(|kind| kind.as_str().into())),
            ("state", filter.state.map(|state| state.as_str().into())),
        ];
        let mut conditions = String::new();
        let mut values = Vec::new();
        for (column, value) in given {
            if let Some(value) = value {
                conditions.push_str(&format!(" AND {column} = ${}", values.len() + 3));
                values.push(value);
            }
        }
        let text = format!("SELECT {COLUMNS} FROM runs WHERE id < $1{conditions} ORDER BY id DESC LIMIT $2");
        let mut query = Query::new(text).bind(filter.before.unwrap_or(i64::MAX)).bind(filter.limit);
        for value in values {
            query = query.bind(value);
        }
        query.all(&mut *self.read().await?).await?.iter().map(run).collect()
    }

    /// When the next queued run may be taken, for the sleep of a worker. Runs that wait for another
    /// one, or for their paused connection, are not looked at.
    pub async fn next_due(&self) -> Result<Option<Millis>, DbError> {
        let text = format!("SELECT MIN(r.due_at) AS due_at FROM {}", super::take::FREE);
        Query::new(text).one(&mut *self.read().await?).await?.int_or_none("due_at")
    }
}

pub(super) fn run(row: &Found) -> Result<Run, DbError> {
    Ok(Run {
        id: row.int("id")?,
        kind: row.word("kind", RunKind::parse)?,
        trigger: row.word("triggered_by", Trigger::parse)?,
        state: row.word("state", RunState::parse)?,
        connection: row.int("connection")?,
        connection_name: row.text("connection_name")?,
        stream: row.int_or_none("stream")?,
        stream_name: row.text_or_none("stream_name")?,
        action: row.text_or_none("action")?,
        webhook: row.int_or_none("webhook")?,
        webhook_name: row.text_or_none("webhook_name")?,
        full: row.flag("full_read")?,
        input: row.text_or_none("input")?,
        input_sealed: row.bytes_or_none("input_sealed")?,
        input_hash: row.text_or_none("input_hash")?,
        output: row.text_or_none("output")?,
        output_sealed_until: row.int_or_none("output_sealed_until")?,
        has_secrets: row.flag("has_secrets")?,
        key: row.text_or_none("key")?,
        ordering: row.text_or_none("ordering")?,
        attempt: row.int("attempt")?,
        again: again(row)?,
        due_at: row.int("due_at")?,
        snooze: snooze(row)?,
        cancel_asked: row.flag("cancel_asked")?,
        digest: row.text_or_none("digest")?,
        pages: row.int("pages")?,
        records_seen: row.int("records_seen")?,
        records_left: row.int_or_none("records_left")?,
        records_written: row.int("records_written")?,
        records_deleted: row.int("records_deleted")?,
        schema_mismatches: row.int("schema_mismatches")?,
        schema_pointer: row.text_or_none("schema_pointer")?,
        secrets_scrubbed: row.int("secrets_scrubbed")?,
        error: RunError::from_column(row, "error")?,
        created_at: row.int("created_at")?,
        started_at: row.int_or_none("started_at")?,
        finished_at: row.int_or_none("finished_at")?,
        fence: row.int("fence")?,
        lease_owner: row.text_or_none("lease_owner")?,
        lease_until: row.int_or_none("lease_until")?,
    })
}

fn again(row: &Found) -> Result<Option<AgainState>, DbError> {
    let sealed = row.bytes_or_none("again_sealed")?.map(AgainState::Sealed);
    Ok(sealed.or(row.text_or_none("again_state")?.map(AgainState::Open)))
}

fn snooze(row: &Found) -> Result<Option<SnoozeReason>, DbError> {
    let Some(code) = row.text_or_none("snooze_code")? else {
        return Ok(None);
    };
    let message = row.text_or_none("snooze_message")?.unwrap_or_default();
    Ok(Some(SnoozeReason { code, message }))
}
