//! What a flow is shown next: held changes that are due, then the streams it follows, the one that has
//! waited longest first.

use windlass_db::{Db, DbError, Feed, FeedPosition, FollowedChange};
use windlass_sandbox::{self as sandbox, ChangeKind};

/// Changes of one stream for one call.
pub struct Batch {
    pub role: String,
    pub stream: i64,
    pub stream_name: String,
    pub changes: Vec<FollowedChange>,
    /// Where the flow stands once they are shown; none if they were held.
    pub moved: Option<FeedPosition>,
}

impl Batch {
    /// None if there is nothing to show. With no changes in it, only the position moves.
    pub async fn next(db: &Db, flow: i64, most: i64) -> Result<Option<Batch>, DbError> {
        match Self::held(db, flow, most).await? {
            Some(batch) => Ok(Some(batch)),
            None => Self::followed(db, flow, most).await,
        }
    }

    async fn held(db: &Db, flow: i64, most: i64) -> Result<Option<Batch>, DbError> {
        let mut due = db.held_due(flow, most).await?;
        let Some(first) = due.first() else { return Ok(None) };
        let (role, stream, stream_name) = (first.role.clone(), first.stream, first.stream_name.clone());
        due.retain(|held| held.role == role && held.stream == stream);
        let changes = due.into_iter().map(|held| held.change).collect();
        Ok(Some(Batch { role, stream, stream_name, changes, moved: None }))
    }

    async fn followed(db: &Db, flow: i64, most: i64) -> Result<Option<Batch>, DbError> {
        let feeds = db.flow_feeds(flow).await?;
        let behind = |feed: &&Feed| feed.at.shown_key.is_some() || feed.at.position < feed.latest;
        let Some(feed) = feeds.iter().filter(behind).min_by_key(|feed| feed.moved_at) else {
            return Ok(None);
        };
        let (changes, moved) = db.flow_next(flow, feed, most).await?;
        Ok(Some(Batch {
            role: feed.role.clone(),
            stream: feed.stream,
            stream_name: feed.stream_name.clone(),
            changes,
            moved: Some(moved),
        }))
    }

    /// As the flow is shown them.
    pub fn shown(&self) -> Vec<sandbox::FollowedChange> {
        let shown = |change: &FollowedChange| sandbox::FollowedChange {
            role: self.role.clone(),
            stream: self.stream_name.clone(),
            sequence: change.sequence,
            kind: match change.kind {
                windlass_db::ChangeKind::Created => ChangeKind::Created,
                windlass_db::ChangeKind::Updated => ChangeKind::Updated,
                windlass_db::ChangeKind::Deleted => ChangeKind::Deleted,
            },
            key: change.key.clone(),
            json: change.json.clone(),
            origin: change.origin.clone(),
            at: change.at,
            failed: change.failed.iter().map(failed).collect(),
        };
        self.changes.iter().map(shown).collect()
    }
}

fn failed(failed: &windlass_db::FailedAction) -> sandbox::FailedAction {
    let windlass_db::FailedAction { run, role, action, code, message } = failed.clone();
    sandbox::FailedAction { run, role, action, code, message }
}
