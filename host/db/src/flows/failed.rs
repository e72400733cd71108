//! Actions that a flow asked for and that came to nothing: the change that each answered is held, in the
//! transaction that ends the run. So nothing that was asked for is lost without a row that says so.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;

use super::write::AskedAction;
use crate::query::{Found, Query, unreadable};
use crate::{ChangeKind, DbError, FollowedChange, Millis, RunError};

/// An action that ended without what was asked for: it failed, was cancelled, or was dropped by a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedAction {
    pub run: i64,
    /// Whose connection was to perform it.
    pub role: String,
    pub action: String,
    pub code: String,
    pub message: String,
}

impl FailedAction {
    /// For people.
    pub fn sentence(&self) -> String {
        let Self { run, action, code, message, .. } = self;
        format!("{action} came to nothing in run {run}: {message} ({code})")
    }
}

/// How a run ended that came to nothing.
pub(crate) enum Ended<'e> {
    Failed(&'e RunError),
    /// A person gave it up.
    Cancelled,
}

/// The change that an action answers, as its run keeps it.
#[derive(Serialize, Deserialize)]
pub(super) struct Asked {
    /// Whose stream was followed.
    follows: String,
    key: String,
    kind: String,
    origin: String,
    at: Millis,
    /// Whose connection performs the action.
    performs: String,
}

impl Asked {
    pub fn of(follows: &str, asked: &AskedAction) -> Self {
        let FollowedChange { key, kind, origin, at, .. } = &asked.change;
        Self {
            follows: follows.to_owned(),
            key: key.clone(),
            kind: kind.as_str().to_owned(),
            origin: origin.clone(),
            at: *at,
            performs: asked.role.clone(),
        }
    }
}

/// Holds the change that the run's action answers. Nothing, if no flow asked for it or the flow is gone.
pub(crate) async fn came_to_nothing(
    tx: &mut AnyConnection,
    now: Millis,
    run: i64,
    ended: Ended<'_>,
) -> Result<(), DbError> {
    let text = "SELECT r.asked_by, r.asked_stream, r.asked_sequence, r.asked_change, r.action
        FROM runs r JOIN connections c ON c.id = r.asked_by JOIN streams s ON s.id = r.asked_stream
        WHERE r.id = $1 AND r.asked_change IS NOT NULL";
    let Some(row) = Query::new(text).bind(run).optional(tx).await? else { return Ok(()) };
    let asked: Asked = from_json(&row.text("asked_change")?)?;
    let (code, message) = match &ended {
        Ended::Failed(error) => (error.code.clone(), error.message.clone()),
        Ended::Cancelled => ("cancelled".to_owned(), "a person gave it up".to_owned()),
    };
    let failed =
        FailedAction { run, role: asked.performs.clone(), action: row.text("action")?, code, message };
    let is_given_up = matches!(ended, Ended::Cancelled);
    let (id, mut all) = held(tx, now, &row, &asked).await?;
    all.push(failed);
    let text = "UPDATE held_changes SET failed = $2, given_up = CASE WHEN $3 = 1 THEN given_up ELSE 0 END
        WHERE id = $1";
    Query::new(text).bind(id).bind(to_json(&all)?).bind(is_given_up).execute(tx).await?;
    Ok(())
}

/// The row of the change's record, locked: the one that is there or a new one, and what it says failed.
async fn held(
    tx: &mut AnyConnection,
    now: Millis,
    run: &Found,
    asked: &Asked,
) -> Result<(i64, Vec<FailedAction>), DbError> {
    let text =
        "INSERT INTO held_changes (flow, role, stream, key, sequence, kind, origin, changed_at, reason,
            held_at, due, given_up)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', $9, 0, 1)
        ON CONFLICT (flow, role, stream, key) DO UPDATE SET flow = excluded.flow
        RETURNING id, failed";
    let kind = ChangeKind::parse(&asked.kind).ok_or_else(|| unreadable("asked_change", &asked.kind))?;
    let row = Query::new(text)
        .bind(run.int("asked_by")?)
        .bind(asked.follows.as_str())
        .bind(run.int("asked_stream")?)
        .bind(asked.key.as_str())
        .bind(run.int("asked_sequence")?)
        .bind(kind.as_str())
        .bind(asked.origin.as_str())
        .bind(asked.at)
        .bind(now)
        .one(tx)
        .await?;
    Ok((row.int("id")?, from_json(&row.text("failed")?)?))
}

/// A person has the run tried again: what it held is let go.
pub(crate) async fn is_tried_again(tx: &mut AnyConnection, run: i64) -> Result<(), DbError> {
    let text =
        "SELECT asked_by, asked_stream, asked_change FROM runs WHERE id = $1 AND asked_change IS NOT NULL";
    let Some(row) = Query::new(text).bind(run).optional(tx).await? else { return Ok(()) };
    let asked: Asked = from_json(&row.text("asked_change")?)?;
    let text = "UPDATE held_changes SET flow = flow
        WHERE flow = $1 AND role = $2 AND stream = $3 AND key = $4 RETURNING id, failed";
    let query = Query::new(text).bind(row.int("asked_by")?).bind(asked.follows);
    let held = query.bind(row.int("asked_stream")?).bind(asked.key).optional(tx).await?;
    let Some(held) = held else { return Ok(()) };
    let mut failed: Vec<FailedAction> = from_json(&held.text("failed")?)?;
    failed.retain(|failed| failed.run != run);
    let id = held.int("id")?;
    let query = Query::new("UPDATE held_changes SET failed = $2 WHERE id = $1").bind(id);
    query.bind(to_json(&failed)?).execute(tx).await?;
    let query = Query::new("DELETE FROM held_changes WHERE id = $1 AND failed = '[]' AND reason = ''");
    query.bind(id).execute(tx).await?;
    Ok(())
}

/// Tells changes what of their records came to nothing.
pub(super) async fn of_changes(
    connection: &mut AnyConnection,
    flow: i64,
    role: &str,
    stream: i64,
    changes: &mut [FollowedChange],
) -> Result<(), DbError> {
    // Most often nothing has failed.
    let text = "SELECT 1 AS one FROM held_changes WHERE flow = $1 AND role = $2 AND stream = $3
        AND failed <> '[]' LIMIT 1";
    let query = Query::new(text).bind(flow).bind(role).bind(stream);
    if changes.is_empty() || query.optional(connection).await?.is_none() {
        return Ok(());
    }
    let text = "SELECT failed FROM held_changes WHERE flow = $1 AND role = $2 AND stream = $3 AND key = $4";
    for change in changes {
        let query = Query::new(text).bind(flow).bind(role).bind(stream).bind(change.key.as_str());
        if let Some(row) = query.optional(connection).await? {
            change.failed = from_json(&row.text("failed")?)?;
        }
    }
    Ok(())
}

pub(super) fn to_json(value: &impl Serialize) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|error| DbError::Sql(sqlx::Error::Encode(error.into())))
}

pub(super) fn from_json<T: DeserializeOwned>(json: &str) -> Result<T, DbError> {
    serde_json::from_str(json).map_err(|_| unreadable("JSON", json))
}
