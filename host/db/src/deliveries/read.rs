//! Reading deliveries.

use std::cmp::Reverse;

use super::{Delivery, DeliveryState};
use crate::query::{Found, Query};
use crate::{Db, DbError, Millis, RunError};

/// A delivery without what the vendor sent.
#[derive(Debug, Clone)]
pub struct DeliveryLine {
    pub id: i64,
    pub webhook: i64,
    pub webhook_name: String,
    pub state: DeliveryState,
    pub event_id: Option<String>,
    pub ordering: Option<String>,
    /// Of the body, in bytes.
    pub size: i64,
    pub received_at: Millis,
    /// When it is tried next, while it waits.
    pub due_at: Millis,
    /// Attempts that have ended.
    pub attempt: i64,
    /// The run of the last attempt.
    pub run: Option<i64>,
    /// Of the last attempt.
    pub error: Option<RunError>,
    pub ended_at: Option<Millis>,
}

#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter {
    pub state: Option<DeliveryState>,
    /// Only deliveries with a smaller id: the cursor.
    pub before: Option<i64>,
    pub limit: i64,
}

/// The columns of [`line`].
const COLUMNS: &str =
    "d.id, d.webhook, (SELECT w.name FROM webhooks w WHERE w.id = d.webhook) AS webhook_name,
    d.state, d.event_id, d.ordering, d.size, d.received_at, d.due_at, d.attempt, d.run, d.error, d.ended_at";

impl Db {
    /// Deliveries of some webhooks, newest first.
    pub async fn deliveries(
        &self,
        webhooks: &[i64],
        filter: &DeliveryFilter,
    ) -> Result<Vec<DeliveryLine>, DbError> {
        // Each webhook's own are found in order; a connection has few.
        let mut found = Vec::new();
        for webhook in webhooks {
            found.extend(self.deliveries_of(*webhook, filter).await?);
        }
        found.sort_by_key(|line| Reverse(line.id));
        found.truncate(usize::try_from(filter.limit).unwrap_or(usize::MAX));
        Ok(found)
    }

    async fn deliveries_of(
        &self,
        webhook: i64,
        filter: &DeliveryFilter,
    ) -> Result<Vec<DeliveryLine>, DbError> {
        let state = filter.state.map(|state| format!("AND d.state = '{}'", state.as_str()));
        let text = format!(
            "SELECT {COLUMNS} FROM deliveries d WHERE d.webhook = $1 AND d.id < $2 {}
             ORDER BY d.id DESC LIMIT $3",
            state.unwrap_or_default()
        );
        let before = filter.before.unwrap_or(i64::MAX);
        let query = Query::new(text).bind(webhook).bind(before).bind(filter.limit);
        query.all(&mut *self.read().await?).await?.iter().map(line).collect()
    }

    pub async fn delivery(&self, connection: i64, id: i64) -> Result<Option<Delivery>, DbError> {
        let text = format!(
            "SELECT {COLUMNS}, d.method, d.query, d.headers, d.body FROM deliveries d
             WHERE d.id = $1
                 AND d.webhook IN (SELECT w.id FROM webhooks w WHERE w.connection = $2)"
        );
        let query = Query::new(text).bind(id).bind(connection);
        query.optional(&mut *self.read().await?).await?.as_ref().map(delivery).transpose()
    }
}

pub(super) fn delivery(row: &Found) -> Result<Delivery, DbError> {
    Ok(Delivery {
        line: line(row)?,
        method: row.text("method")?,
        query: row.text("query")?,
        headers: row.text("headers")?,
        body: row.bytes("body")?,
    })
}

fn line(row: &Found) -> Result<DeliveryLine, DbError> {
    Ok(DeliveryLine {
        id: row.int("id")?,
        webhook: row.int("webhook")?,
        webhook_name: row.text_or_none("webhook_name")?.unwrap_or_default(),
        state: row.word("state", DeliveryState::parse)?,
        event_id: row.text_or_none("event_id")?,
        ordering: row.text_or_none("ordering")?,
        size: row.int("size")?,
        received_at: row.int("received_at")?,
        due_at: row.int("due_at")?,
        attempt: row.int("attempt")?,
        run: row.int_or_none("run")?,
        error: RunError::from_column(row, "error")?,
        ended_at: row.int_or_none("ended_at")?,
    })
}
