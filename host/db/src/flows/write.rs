//! What one call of a flow does: its part of the commit.

use sqlx::AnyConnection;

use super::failed::{Asked, to_json};
use super::feeds::FeedPosition;
use crate::query::Query;
use crate::runs::{ask_again, fence, insert};
use crate::{Db, DbError, FollowedChange, Lease, Millis, NewRun};

/// Everything here commits with the call's storage and trace, or not at all.
#[derive(Debug, Clone)]
pub struct FlowWrite {
    /// The flow's revision that the call was made under: another one by now is a [`DbError::Outdated`].
    pub revision: i64,
    pub role: String,
    pub stream: i64,
    /// Where the flow stands now; none when only held changes were shown again.
    pub moved: Option<FeedPosition>,
    /// Changes that were dealt with: what was held of their records is let go, unless an action came to
    /// nothing that they did not show yet.
    pub dealt_with: Vec<FollowedChange>,
    pub held: Vec<HeldWrite>,
    pub actions: Vec<AskedAction>,
}

#[derive(Debug, Clone)]
pub struct HeldWrite {
    pub change: FollowedChange,
    pub reason: String,
}

/// An action that the flow asks another connection for, once for its key.
#[derive(Debug, Clone)]
pub struct AskedAction {
    pub run: NewRun,
    /// Whose connection performs it.
    pub role: String,
    /// The change that it answers.
    pub change: FollowedChange,
}

impl Db {
    /// Moves on where there was nothing to show, fenced by the run's lease. [`DbError::Outdated`] if the
    /// flow does not follow the stream any more.
    pub async fn flow_move(
        &self,
        now: Millis,
        lease: &Lease,
        role: &str,
        stream: i64,
        to: &FeedPosition,
    ) -> Result<(), DbError> {
        let mut tx = self.begin().await?;
        let run = fence(&mut tx, self.dialect(), lease).await?;
        move_feed(&mut tx, now, run.connection, role, stream, to).await?;
        Ok(tx.commit().await?)
    }
}

async fn move_feed(
    tx: &mut AnyConnection,
    now: Millis,
    flow: i64,
    role: &str,
    stream: i64,
    to: &FeedPosition,
) -> Result<(), DbError> {
    let text = "UPDATE flow_feeds SET position = $4, shown_key = $5, moved_at = $6
        WHERE flow = $1 AND role = $2 AND stream = $3";
    let query = Query::new(text).bind(flow).bind(role).bind(stream).bind(to.position);
    match query.bind(to.shown_key.as_deref()).bind(now).execute(tx).await? {
        0 => Err(DbError::Outdated),
        _ => Ok(()),
    }
}

/// Writes it; the flow's run is fenced by the caller. [`DbError::Outdated`] if the flow was changed since
/// the call began: what it asked for may be meant for another connection. Runs come before held changes, as
/// in the end of a run.
pub(crate) async fn write(
    tx: &mut AnyConnection,
    now: Millis,
    flow: i64,
    write: FlowWrite,
) -> Result<(), DbError> {
    let query = Query::new("SELECT revision FROM connections WHERE id = $1").bind(flow);
    if query.one(tx).await?.int("revision")? != write.revision {
        return Err(DbError::Outdated);
    }
    for asked in &write.actions {
        ask(tx, now, flow, &write, asked).await?;
    }
    if let Some(moved) = &write.moved {
        move_feed(tx, now, flow, &write.role, write.stream, moved).await?;
    }
    for change in &write.dealt_with {
        let text = "DELETE FROM held_changes
            WHERE flow = $1 AND role = $2 AND stream = $3 AND key = $4 AND failed = $5";
        let query = Query::new(text).bind(flow).bind(write.role.as_str()).bind(write.stream);
        query.bind(change.key.as_str()).bind(to_json(&change.failed)?).execute(tx).await?;
    }
    for held in &write.held {
        hold(tx, now, flow, &write, held).await?;
    }
    Ok(())
}

/// An action that was asked for before is not asked for again, unless it came to nothing.
async fn ask(
    tx: &mut AnyConnection,
    now: Millis,
    flow: i64,
    write: &FlowWrite,
    asked: &AskedAction,
) -> Result<(), DbError> {
    let run = match insert(tx, now, &asked.run).await? {
        Some(run) => Some(run),
        None => ask_again(tx, &asked.run).await?,
    };
    let Some(run) = run else { return Ok(()) };
    let text = "UPDATE runs SET asked_by = $2, asked_stream = $3, asked_sequence = $4, asked_change = $5
        WHERE id = $1";
    let query = Query::new(text).bind(run).bind(flow).bind(write.stream).bind(asked.change.sequence);
    query.bind(to_json(&Asked::of(&write.role, asked))?).execute(tx).await?;
    Ok(())
}

async fn hold(
    tx: &mut AnyConnection,
    now: Millis,
    flow: i64,
    write: &FlowWrite,
    held: &HeldWrite,
) -> Result<(), DbError> {
    let text =
        "INSERT INTO held_changes (flow, role, stream, key, sequence, kind, origin, changed_at, reason,
            held_at, due)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)
        ON CONFLICT (flow, role, stream, key) DO UPDATE SET sequence = excluded.sequence,
            kind = excluded.kind, origin = excluded.origin, changed_at = excluded.changed_at,
            reason = excluded.reason, due = 0, given_up = 0";
    let HeldWrite { change, reason } = held;
    Query::new(text)
        .bind(flow)
        .bind(write.role.as_str())
        .bind(write.stream)
        .bind(change.key.as_str())
        .bind(change.sequence)
        .bind(change.kind.as_str())
        .bind(change.origin.as_str())
        .bind(change.at)
        .bind(reason.as_str())
        .bind(now)
        .execute(tx)
        .await?;
    Ok(())
}
