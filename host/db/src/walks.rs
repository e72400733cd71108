//! Snapshot walks: which keys a complete walk met, and what it may delete.
//!
//! Keys met are stored as 8-byte hashes under a durable walk id; two keys with one hash can only save a
//! record from deletion. What anything else writes while walks are kept (an action, a webhook, a read of
//! single keys) counts as met by all of them: so the last page may delete exactly the live keys that
//! this walk and the former complete one both missed and that nothing else wrote since that one began.
//!
//! A walk is `open`, then `complete`, `withheld` or `dropped`. A withheld walk does not take the place
//! of the former complete one: it may be the one that was wrong.

use sha2::{Digest, Sha256};
use sqlx::AnyConnection;

use crate::commit::page::lock;
use crate::query::{Found, Query, Value};
use crate::{Db, DbError, Millis, WalkStep, batch};

/// The stream's state after a page's own records were written.
pub(crate) struct At<'a> {
    pub now: Millis,
    pub stream: i64,
    pub origin: &'a str,
    pub sequence: i64,
    pub live: i64,
}

/// What a page's step did.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    pub deleted: i64,
    pub withheld: Option<i64>,
    pub restarted: bool,
    /// Records and pages of the walk that this page completed.
    pub complete: Option<(i64, i64)>,
}

/// The unfinished walk of a stream.
struct Open {
    id: i64,
    revision: i64,
    state: i64,
    pages: i64,
    records: i64,
}

impl Db {
    /// A person's word: the keys that the last walk withheld are deleted at once, but for those that a
    /// walk met or anything else wrote since. [`DbError::Conflict`] if nothing is withheld.
    pub async fn accept_deletions(&self, now: Millis, stream: i64) -> Result<(), DbError> {
        let mut tx = self.begin().await?;
        let locked = lock(&mut tx, self.dialect(), stream).await?;
        let Some(withheld) = find(&mut tx, stream, "withheld").await? else {
            return Err(DbError::Conflict("no deletions of this stream are withheld".to_owned()));
        };
        let id = withheld.int("id")?;
        let open = find(&mut tx, stream, "open").await?.map(|walk| walk.int("id")).transpose()?;
        let met = [id, withheld.int("former")?, open.unwrap_or(NO_WALK)];
        let at = At { now, stream, origin: "person", sequence: locked.sequence, live: locked.records };
        let deleted = delete_missed(&mut tx, &at, met).await?;
        become_complete(&mut tx, stream, id).await?;
        Query::new("UPDATE streams SET sequence = sequence + $2, records = records - $2 WHERE id = $1")
            .bind(stream)
            .bind(deleted)
            .execute(&mut tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// How many deletions the last walk withheld; none if it withheld nothing.
    pub async fn withheld_deletions(&self, stream: i64) -> Result<Option<i64>, DbError> {
        let found = find(&mut *self.read().await?, stream, "withheld").await?;
        found.map(|walk| walk.int("missed")).transpose()
    }
}

/// The hash under which a walk remembers a key.
pub(crate) fn key_hash(key: &str) -> i64 {
    let digest = Sha256::digest(key.as_bytes());
    digest.iter().take(8).fold(0, |hash, byte| (hash << 8) | i64::from(*byte))
}

/// Counts a page in its walk, and ends the walk with its last page.
pub(crate) async fn step(
    tx: &mut AnyConnection,
    at: &At<'_>,
    step: &WalkStep,
    state: i64,
    met: Vec<i64>,
) -> Result<Walked, DbError> {
    if step.first {
        drop_walk(tx, at.stream, "open").await?;
        begin(tx, at.stream, step.revision, state).await?;
    }
    let open = find(tx, at.stream, "open").await?.as_ref().map(open).transpose()?;
    let Some(mut open) = open.filter(|open| open.revision == step.revision && open.state == state) else {
        drop_walk(tx, at.stream, "open").await?;
        met_by_other(tx, at.stream, met).await?;
        return Ok(Walked { restarted: true, ..Walked::default() });
    };
    open.pages += 1;
    open.records += i64::try_from(met.len()).unwrap_or(i64::MAX);
    remember(tx, open.id, met).await?;
    let query = Query::new("UPDATE walks SET pages = $2, records = $3 WHERE id = $1");
    query.bind(open.id).bind(open.pages).bind(open.records).execute(tx).await?;
    if step.last { finish(tx, at, step, open).await } else { Ok(Walked::default()) }
}

/// Something other than a walk wrote these keys: no walk may count them as missed.
pub(crate) async fn met_by_other(
    tx: &mut AnyConnection,
    stream: i64,
    met: Vec<i64>,
) -> Result<Walked, DbError> {
    if !met.is_empty() {
        let query = Query::new("SELECT id FROM walks WHERE stream = $1 AND state <> 'dropped' ORDER BY id");
        for walk in query.bind(stream).all(tx).await? {
            remember(tx, walk.int("id")?, met.clone()).await?;
        }
    }
    Ok(Walked::default())
}

/// Stands where a walk's id is wanted and there is none: ids begin at 1.
const NO_WALK: i64 = 0;

async fn finish(tx: &mut AnyConnection, at: &At<'_>, step: &WalkStep, open: Open) -> Result<Walked, DbError> {
    let mut walked = Walked { complete: Some((open.records, open.pages)), ..Walked::default() };
    let former = find(tx, at.stream, "complete").await?.map(|walk| walk.int("id")).transpose()?;
    // The first complete walk deletes nothing: there is no second witness.
    if let Some(former) = former {
        let is_empty = open.records == 0;
        // A walk that met nothing is no witness: it is held against all that is live at once.
        let former = if is_empty { NO_WALK } else { former };
        let met = [open.id, former, NO_WALK];
        let missed = count_missed(tx, at.stream, met).await?;
        if missed > 0 && (is_empty || missed * 1000 > step.most_deleted_permille * at.live) {
            withhold(tx, at.stream, open.id, former, missed).await?;
            return Ok(Walked { withheld: Some(missed), ..Walked::default() });
        }
        if missed > 0 {
            walked.deleted = delete_missed(tx, at, met).await?;
        }
    }
    become_complete(tx, at.stream, open.id).await?;
    Ok(walked)
}

/// A live record of `$1` that none of three walks met.
const MISSED: &str = "stream = $1 AND NOT EXISTS (SELECT 1 FROM walk_keys w
    WHERE w.walk IN ($2, $3, $4) AND w.key_hash = records.key_hash)";

async fn count_missed(tx: &mut AnyConnection, stream: i64, met: [i64; 3]) -> Result<i64, DbError> {
    let query = missed(format!("SELECT COUNT(*) AS missed FROM records WHERE {MISSED}"), stream, met);
    query.one(tx).await?.int("missed")
}

/// Deletes what was missed, with one change each; gives their number.
async fn delete_missed(tx: &mut AnyConnection, at: &At<'_>, met: [i64; 3]) -> Result<i64, DbError> {
    let text = format!(
        "INSERT INTO changes (stream, sequence, key, kind, origin, at)
         SELECT stream, $5 + ROW_NUMBER() OVER (ORDER BY key), key, 'deleted', $6, $7
         FROM records WHERE {MISSED}"
    );
    let query = missed(text, at.stream, met).bind(at.sequence).bind(at.origin).bind(at.now);
    let numbered = query.execute(tx).await?;
    let deleted = missed(format!("DELETE FROM records WHERE {MISSED}"), at.stream, met).execute(tx).await?;
    if numbered != deleted {
        return Err(DbError::Conflict(format!("{deleted} records were deleted with {numbered} changes")));
    }
    Ok(i64::try_from(deleted).unwrap_or(i64::MAX))
}

fn missed(text: String, stream: i64, met: [i64; 3]) -> Query {
    met.into_iter().fold(Query::new(text).bind(stream), Query::bind)
}

async fn remember(tx: &mut AnyConnection, walk: i64, met: Vec<i64>) -> Result<(), DbError> {
    let mut met = met;
    met.sort_unstable();
    met.dedup();
    let rows = met.into_iter().map(|hash| vec![Value::from(hash)]).collect();
    let head = "INSERT INTO walk_keys (walk, key_hash)";
    batch::insert(tx, head, "ON CONFLICT (walk, key_hash) DO NOTHING", &[walk.into()], rows).await
}

async fn begin(tx: &mut AnyConnection, stream: i64, revision: i64, state: i64) -> Result<(), DbError> {
    let text = "INSERT INTO walks (stream, state, revision, checkpoint_state, pages, records, missed, former)
        VALUES ($1, 'open', $2, $3, 0, 0, 0, 0)";
    Query::new(text).bind(stream).bind(revision).bind(state).execute(tx).await?;
    Ok(())
}

/// What the former complete walk and a withheld one knew is not needed any more.
async fn become_complete(tx: &mut AnyConnection, stream: i64, walk: i64) -> Result<(), DbError> {
    drop_walk(tx, stream, "complete").await?;
    set_state(tx, walk, "complete").await?;
    drop_walk(tx, stream, "withheld").await
}

async fn withhold(
    tx: &mut AnyConnection,
    stream: i64,
    walk: i64,
    former: i64,
    missed: i64,
) -> Result<(), DbError> {
    drop_walk(tx, stream, "withheld").await?;
    let query = Query::new("UPDATE walks SET state = 'withheld', missed = $2, former = $3 WHERE id = $1");
    query.bind(walk).bind(missed).bind(former).execute(tx).await?;
    Ok(())
}

/// Its keys are removed by the pruning, a bounded number at a time.
async fn drop_walk(tx: &mut AnyConnection, stream: i64, state: &'static str) -> Result<(), DbError> {
    let query = Query::new("UPDATE walks SET state = 'dropped' WHERE stream = $1 AND state = $2");
    query.bind(stream).bind(state).execute(tx).await?;
    Ok(())
}

async fn set_state(tx: &mut AnyConnection, walk: i64, state: &'static str) -> Result<(), DbError> {
    Query::new("UPDATE walks SET state = $2 WHERE id = $1").bind(walk).bind(state).execute(tx).await?;
    Ok(())
}

async fn find(
    connection: &mut AnyConnection,
    stream: i64,
    state: &'static str,
) -> Result<Option<Found>, DbError> {
    let query = Query::new("SELECT * FROM walks WHERE stream = $1 AND state = $2");
    query.bind(stream).bind(state).optional(connection).await
}

fn open(row: &Found) -> Result<Open, DbError> {
    Ok(Open {
        id: row.int("id")?,
        revision: row.int("revision")?,
        state: row.int("checkpoint_state")?,
        pages: row.int("pages")?,
        records: row.int("records")?,
    })
}
