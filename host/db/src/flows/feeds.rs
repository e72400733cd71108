//! What a flow follows: first the records that are there, then their changes, in order.

use std::collections::HashMap;

use sqlx::AnyConnection;

use super::failed::FailedAction;
use super::{FollowedStream, failed};
use crate::query::{Found, Query};
use crate::runs::insert;
use crate::{Change, ChangeKind, Db, DbError, Millis, NewRun, RunKind, Trigger, batch};

/// How far a flow has followed a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedPosition {
    /// The last change shown, or the one after which changes go on when all records have been shown.
    pub position: i64,
    /// The last record shown, while the records that were there are shown; empty before the first.
    pub shown_key: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Feed {
    pub role: String,
    pub stream: i64,
    pub stream_name: String,
    pub at: FeedPosition,
    /// The stream's last change.
    pub latest: i64,
    /// When the flow was last shown something of it.
    pub moved_at: Option<Millis>,
}

/// A change to be shown, with the record as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowedChange {
    pub sequence: i64,
    pub key: String,
    pub kind: ChangeKind,
    pub origin: String,
    pub at: Millis,
    /// None if it is gone.
    pub json: Option<String>,
    /// Actions that the flow asked for in answer to this record and that came to nothing.
    pub failed: Vec<FailedAction>,
}

/// The origin of a record that was there when the flow began to follow.
const WAS_THERE: &str = "records";

impl Db {
    /// By role and stream.
    pub async fn flow_feeds(&self, flow: i64) -> Result<Vec<Feed>, DbError> {
        let text = "SELECT f.role, f.stream, s.name, f.position, f.shown_key, f.moved_at, s.sequence
            FROM flow_feeds f JOIN streams s ON s.id = f.stream
            WHERE f.flow = $1 ORDER BY f.role, s.name";
        let rows = Query::new(text).bind(flow).all(&mut *self.read().await?).await?;
        rows.iter().map(feed).collect()
    }

    /// Active flows that have something to be shown and no run.
    pub async fn flows_due(&self, limit: i64) -> Result<Vec<i64>, DbError> {
        let text = "SELECT c.id FROM connections c
            WHERE c.kind = 'flow' AND c.state = 'active'
                AND NOT EXISTS (SELECT 1 FROM runs r
                    WHERE r.connection = c.id AND r.kind = 'flow' AND r.state IN ('queued', 'running'))
                AND (EXISTS (SELECT 1 FROM flow_feeds f JOIN streams s ON s.id = f.stream
                        WHERE f.flow = c.id AND (f.shown_key IS NOT NULL OR f.position < s.sequence))
                    OR EXISTS (SELECT 1 FROM held_changes h WHERE h.flow = c.id AND h.due = 1))
            ORDER BY c.id LIMIT $1";
        let rows = Query::new(text).bind(limit).all(&mut *self.read().await?).await?;
        rows.iter().map(|row| row.int("id")).collect()
    }

    /// Enqueues a run of the flow; false if one waits or runs already.
    pub async fn flow_enqueue(&self, now: Millis, flow: i64, trigger: Trigger) -> Result<bool, DbError> {
        let new = NewRun {
            kind: RunKind::Flow,
            trigger,
            connection: flow,
            stream: None,
            action: None,
            full: false,
            input: None,
            input_sealed: None,
            key: None,
            input_hash: None,
            ordering: None,
            due_at: now,
        };
        Ok(insert(&mut *self.write().await?, now, &new).await?.is_some())
    }

    /// What is next in a stream, and where the flow stands once it is shown. Of several changes of one
    /// record only the last is given: all would show the same record. Changes that are no longer kept
    /// are made up for by showing all records again.
    pub async fn flow_next(
        &self,
        flow: i64,
        feed: &Feed,
        limit: i64,
    ) -> Result<(Vec<FollowedChange>, FeedPosition), DbError> {
        let (mut changes, moved) = self.stream_next(feed.stream, &feed.at, limit).await?;
        let connection = &mut *self.read().await?;
        failed::of_changes(connection, flow, &feed.role, feed.stream, &mut changes).await?;
        Ok((changes, moved))
    }

    async fn stream_next(
        &self,
        stream: i64,
        at: &FeedPosition,
        limit: i64,
    ) -> Result<(Vec<FollowedChange>, FeedPosition), DbError> {
        if let Some(shown) = &at.shown_key {
            return self.records_next(stream, at.position, shown, limit).await;
        }
        let page = match self.changes(stream, at.position, limit).await {
            Ok(page) => page,
            Err(DbError::Expired { .. }) => {
                let latest = self.stream_by_id(stream).await?.map_or(0, |stream| stream.sequence);
                return Ok((Vec::new(), FeedPosition { position: latest, shown_key: Some(String::new()) }));
            }
            Err(error) => return Err(error),
        };
        let position = page.changes.last().map_or(at.position, |change| change.sequence);
        let changes = with_records(&mut *self.read().await?, stream, merged(page.changes)).await?;
        Ok((changes, FeedPosition { position, shown_key: None }))
    }

    async fn records_next(
        &self,
        stream: i64,
        position: i64,
        shown: &str,
        limit: i64,
    ) -> Result<(Vec<FollowedChange>, FeedPosition), DbError> {
        let after = (!shown.is_empty()).then_some(shown);
        let page = self.records(stream, after, limit).await?;
        let changes = page.records.into_iter().map(|record| FollowedChange {
            sequence: record.sequence,
            key: record.key,
            kind: ChangeKind::Created,
            origin: WAS_THERE.to_owned(),
            at: record.written_at,
            json: Some(record.json),
            failed: Vec::new(),
        });
        Ok((changes.collect(), FeedPosition { position, shown_key: page.next }))
    }
}

/// From the first record on. What was followed before stays where it is.
pub(super) async fn ensure(
    tx: &mut AnyConnection,
    flow: i64,
    follows: &[FollowedStream],
) -> Result<(), DbError> {
    let text = "INSERT INTO flow_feeds (flow, role, stream, position, shown_key)
        SELECT $1, $2, s.id, s.sequence, '' FROM streams s WHERE s.id = $3
        ON CONFLICT (flow, role, stream) DO NOTHING";
    for followed in follows {
        let query = Query::new(text).bind(flow).bind(followed.role.as_str()).bind(followed.stream);
        query.execute(tx).await?;
    }
    Ok(())
}

pub(super) async fn keep_only(
    tx: &mut AnyConnection,
    flow: i64,
    follows: &[FollowedStream],
) -> Result<(), DbError> {
    let rows = Query::new("SELECT role, stream FROM flow_feeds WHERE flow = $1").bind(flow).all(tx).await?;
    for row in rows {
        let followed = FollowedStream { role: row.text("role")?, stream: row.int("stream")? };
        if !follows.contains(&followed) {
            let query = Query::new("DELETE FROM flow_feeds WHERE flow = $1 AND role = $2 AND stream = $3");
            query.bind(flow).bind(followed.role).bind(followed.stream).execute(tx).await?;
        }
    }
    Ok(())
}

/// The last change of each record, in order; new if the first of them was.
fn merged(changes: Vec<Change>) -> Vec<Change> {
    let mut last: HashMap<String, (i64, bool)> = HashMap::new();
    for change in &changes {
        let is_new = change.kind == ChangeKind::Created;
        let seen = last.entry(change.key.clone()).or_insert((change.sequence, is_new));
        seen.0 = change.sequence;
    }
    let newest = |mut change: Change| {
        let (sequence, was_new) = last[&change.key];
        if was_new && change.kind == ChangeKind::Updated {
            change.kind = ChangeKind::Created;
        }
        (sequence == change.sequence).then_some(change)
    };
    changes.into_iter().filter_map(newest).collect()
}

async fn with_records(
    connection: &mut AnyConnection,
    stream: i64,
    changes: Vec<Change>,
) -> Result<Vec<FollowedChange>, DbError> {
    let keys: Vec<&str> = changes.iter().map(|change| change.key.as_str()).collect();
    let records = jsons(connection, stream, &keys).await?;
    let followed = |change: Change| FollowedChange {
        json: records.get(&change.key).cloned(),
        sequence: change.sequence,
        key: change.key,
        kind: change.kind,
        origin: change.origin,
        at: change.at,
        failed: Vec::new(),
    };
    Ok(changes.into_iter().map(followed).collect())
}

/// The live records of these keys.
pub(super) async fn jsons(
    connection: &mut AnyConnection,
    stream: i64,
    keys: &[&str],
) -> Result<HashMap<String, String>, DbError> {
    let column = "(SELECT r.json FROM records r WHERE r.stream = $1 AND r.key = wanted.key) AS json";
    let mut found = HashMap::new();
    for row in batch::look_up(connection, column, stream, keys).await? {
        if let Some(json) = row.text_or_none("json")? {
            found.insert(row.text("key")?, json);
        }
    }
    Ok(found)
}

fn feed(row: &Found) -> Result<Feed, DbError> {
    Ok(Feed {
        role: row.text("role")?,
        stream: row.int("stream")?,
        stream_name: row.text("name")?,
        at: FeedPosition { position: row.int("position")?, shown_key: row.text_or_none("shown_key")? },
        latest: row.int("sequence")?,
        moved_at: row.int_or_none("moved_at")?,
    })
}
