//! Changes that a flow holds: one row for a record, its newest change.

use sqlx::AnyConnection;

use super::failed::{FailedAction, from_json};
use super::feeds::jsons;
use crate::query::{Found, Query};
use crate::{ChangeKind, Db, DbError, FollowedChange, Millis};

#[derive(Debug, Clone)]
pub struct HeldChange {
    pub id: i64,
    pub role: String,
    pub stream: i64,
    pub stream_name: String,
    /// The change, with the record as it is now.
    pub change: FollowedChange,
    /// Why: what the flow said, and what came of the actions that it asked for.
    pub reason: String,
    pub held_at: Millis,
    /// It is going to be shown again.
    pub due: bool,
}

const COLUMNS: &str = "h.id, h.role, h.stream, s.name, h.key, h.sequence, h.kind, h.origin, h.changed_at,
    h.reason, h.held_at, h.due, h.failed, r.json
    FROM held_changes h JOIN streams s ON s.id = h.stream
    LEFT JOIN records r ON r.stream = h.stream AND r.key = h.key";

impl Db {
    /// Held changes of a flow after an id, oldest first.
    pub async fn held_changes(&self, flow: i64, after: i64, limit: i64) -> Result<Vec<HeldChange>, DbError> {
        let text = format!("SELECT {COLUMNS} WHERE h.flow = $1 AND h.id > $2 ORDER BY h.id LIMIT $3");
        let query = Query::new(text).bind(flow).bind(after).bind(limit);
        query.all(&mut *self.read().await?).await?.iter().map(held).collect()
    }

    /// Those that are to be shown again, oldest first.
    pub async fn held_due(&self, flow: i64, limit: i64) -> Result<Vec<HeldChange>, DbError> {
        let text = format!("SELECT {COLUMNS} WHERE h.flow = $1 AND h.due = 1 ORDER BY h.id LIMIT $2");
        let query = Query::new(text).bind(flow).bind(limit);
        query.all(&mut *self.read().await?).await?.iter().map(held).collect()
    }

    /// Has one held change, or all of a flow, shown again; says how many.
    pub async fn held_deliver(&self, flow: i64, id: Option<i64>) -> Result<u64, DbError> {
        let text = "UPDATE held_changes SET due = 1 WHERE flow = $1 AND (id = $2 OR $3 = 1)";
        let query = Query::new(text).bind(flow).bind(id.unwrap_or_default()).bind(id.is_none());
        query.execute(&mut *self.write().await?).await
    }

    /// A person gives up one held change; false if there is none. Nothing shows it again.
    pub async fn held_drop(&self, flow: i64, id: i64) -> Result<bool, DbError> {
        let query = Query::new("DELETE FROM held_changes WHERE flow = $1 AND id = $2").bind(flow).bind(id);
        Ok(query.execute(&mut *self.write().await?).await? > 0)
    }

    /// How many changes a flow holds.
    pub async fn held_count(&self, flow: i64) -> Result<i64, DbError> {
        let query = Query::new("SELECT COUNT(*) AS held FROM held_changes WHERE flow = $1").bind(flow);
        query.one(&mut *self.read().await?).await?.int("held")
    }

    /// How many of them since an action came to nothing.
    pub async fn held_failed_count(&self, flow: i64) -> Result<i64, DbError> {
        let text = "SELECT COUNT(*) AS held FROM held_changes WHERE flow = $1 AND failed <> '[]'";
        Query::new(text).bind(flow).one(&mut *self.read().await?).await?.int("held")
    }

    /// The record of a key as it is now, for one that was held.
    pub async fn record_json(&self, stream: i64, key: &str) -> Result<Option<String>, DbError> {
        Ok(jsons(&mut *self.read().await?, stream, &[key]).await?.remove(key))
    }
}

/// Of a flow: what it holds is shown again. Of a connection: what flows hold since an action came to nothing,
/// for it may have been this connection that was wrong. Not what a person has given up.
pub(crate) async fn configuration_changed(tx: &mut AnyConnection, connection: i64) -> Result<(), DbError> {
    let text = "UPDATE held_changes SET due = 1 WHERE given_up = 0 AND (flow = $1 OR (failed <> '[]'
        AND flow IN (SELECT r.flow FROM flow_roles r WHERE r.connection = $1)))";
    Query::new(text).bind(connection).execute(tx).await?;
    Ok(())
}

fn held(row: &Found) -> Result<HeldChange, DbError> {
    let json = row.text_or_none("json")?;
    let kind = row.word("kind", ChangeKind::parse)?;
    let failed: Vec<FailedAction> = from_json(&row.text("failed")?)?;
    Ok(HeldChange {
        id: row.int("id")?,
        role: row.text("role")?,
        stream: row.int("stream")?,
        stream_name: row.text("name")?,
        change: FollowedChange {
            sequence: row.int("sequence")?,
            key: row.text("key")?,
            // It may be gone by now.
            kind: if json.is_some() { kind } else { ChangeKind::Deleted },
            origin: row.text("origin")?,
            at: row.int("changed_at")?,
            json,
            failed: failed.clone(),
        },
        reason: reason(row.text("reason")?, &failed),
        held_at: row.int("held_at")?,
        due: row.flag("due")?,
    })
}

fn reason(said: String, failed: &[FailedAction]) -> String {
    let said = Some(said).filter(|said| !said.is_empty());
    said.into_iter().chain(failed.iter().map(FailedAction::sentence)).collect::<Vec<_>>().join("; ")
}
