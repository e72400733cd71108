//! The switch: which version is active, and which connections it does not fit, in one transaction.

use sqlx::AnyConnection;

use super::Stage;
use crate::query::{Found, Query};
use crate::{Db, DbError, Millis, UniqueValue, VersionState, unique};

/// A connection as it was judged by a version.
#[derive(Debug, Clone)]
pub struct Judged {
    pub connection: i64,
    /// The revision of what was judged.
    pub revision: i64,
    /// Why it does not fit; a sentence.
    pub unfit: Option<String>,
    /// Values that the version compares with those of other connections.
    pub unique: Vec<UniqueValue>,
}

/// What becomes of the connector's activation with the switch.
#[derive(Debug, Clone, Copy)]
pub enum After<'a> {
    /// The version that was loaded, or tried first, is watched from now on.
    Watch,
    /// A person's word: any activation is over.
    Settle,
    /// The activation of the version of this digest is undone. With evidence the version is bad.
    Undo { digest: &'a str, reason: &'a str, evidence: Option<&'a str> },
}

/// The `state` of the specs when a switch goes back: checkpoints that the later one wrote are replaced by
/// those that were kept, or dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Back {
    pub from: i64,
    pub to: i64,
}

#[derive(Debug, Clone, Copy)]
pub struct Switch<'a> {
    pub connector: &'a str,
    /// The version that is active afterwards; it may be already.
    pub digest: &'a str,
    /// Every connection of the connector. Those that do not fit stay on what they run.
    pub judged: &'a [Judged],
    pub back: Option<Back>,
    pub after: After<'a>,
}

impl Db {
    /// Makes an approved version the connector's only active one and returns the former digest. All its
    /// connections must have been judged as they are, and the activation be one that may go on so:
    /// [`DbError::Outdated`] if not. The version's own values are compared from now on:
    /// [`DbError::Repeated`] if two connections have the same.
    pub async fn switch(&self, now: Millis, switch: &Switch<'_>) -> Result<Option<String>, DbError> {
        let Switch { connector, digest, judged, back, after } = *switch;
        let mut tx = self.begin().await?;
        let lock = self.dialect().lock();
        let former = hold_versions(&mut tx, lock, connector, digest).await?;
        move_activation(&mut tx, now, switch, former.as_deref()).await?;
        let stays = stays(&mut tx, lock, connector, judged).await?;
        write_unique(&mut tx, connector, judged).await?;
        if former.as_deref() != Some(digest) {
            // One after the other: there is never more than one.
            let text = "UPDATE versions SET active = 0 WHERE connector = $1 AND active = 1";
            Query::new(text).bind(connector).execute(&mut tx).await?;
            let text = "UPDATE versions SET active = 1, activated_at = $2 WHERE digest = $1";
            Query::new(text).bind(digest).bind(now).execute(&mut tx).await?;
        }
        for (judged, own) in judged.iter().zip(stays) {
            let runs = own.or_else(|| former.clone()).filter(|runs| runs != digest);
            let unfit = judged.unfit.as_deref().filter(|_| runs.is_some());
            let text = "UPDATE connections SET own_digest = $2, own_why = $3, own_reason = $4 WHERE id = $1";
            Query::new(text)
                .bind(judged.connection)
                .bind(runs.filter(|_| unfit.is_some()))
                .bind(unfit.map(|_| "unfit"))
                .bind(unfit)
                .execute(&mut tx)
                .await?;
        }
        if let Some(back) = back {
            hold_streams(&mut tx, lock, connector).await?;
            go_back(&mut tx, connector, back).await?;
        }
        if let After::Undo { digest, evidence: Some(evidence), .. } = after {
            let text = "UPDATE versions SET bad_at = $2, bad_evidence = $3 WHERE digest = $1";
            Query::new(text).bind(digest).bind(now).bind(evidence).execute(&mut tx).await?;
        }
        tx.commit().await?;
        Ok(former)
    }
}

/// Locks the connector's versions; gives the digest of the active one.
async fn hold_versions(
    tx: &mut AnyConnection,
    lock: &str,
    connector: &str,
    digest: &str,
) -> Result<Option<String>, DbError> {
    let text = format!(
        "SELECT version, digest, state, active FROM versions WHERE connector = $1 ORDER BY version {lock}"
    );
    let rows = Query::new(text).bind(connector).all(tx).await?;
    let mut active = None;
    let mut wanted: Option<&Found> = None;
    for row in &rows {
        let found = row.text("digest")?;
        if found == digest {
            wanted = Some(row);
        }
        if row.flag("active")? {
            active = Some(found);
        }
    }
    let wanted = wanted.ok_or_else(|| DbError::missing("version", format!("{digest} of {connector}")))?;
    match wanted.word("state", VersionState::parse)? {
        VersionState::Approved => Ok(active),
        VersionState::WaitsForApproval => {
            let version = wanted.text("version")?;
            Err(DbError::Conflict(format!("{connector} {version} waits for approval")))
        }
    }
}

async fn move_activation(
    tx: &mut AnyConnection,
    now: Millis,
    switch: &Switch<'_>,
    former: Option<&str>,
) -> Result<(), DbError> {
    let moved = match switch.after {
        After::Watch => {
            let text = "UPDATE activations SET stage = $4, since = $3, calls = 0
                WHERE connector = $1 AND digest = $2 AND stage IN ('loading', 'first')";
            Query::new(text)
                .bind(switch.connector)
                .bind(switch.digest)
                .bind(now)
                .bind(Stage::All.as_str())
                .execute(tx)
                .await?
        }
        After::Settle => {
            let text = "INSERT INTO activations (connector, digest, former, stage, since, calls)
                VALUES ($1, $2, $3, $5, $4, 0)
                ON CONFLICT (connector) DO UPDATE SET digest = excluded.digest, former = excluded.former,
                    stage = excluded.stage, since = excluded.since, calls = 0, connection = NULL,
                    reason = NULL";
            Query::new(text)
                .bind(switch.connector)
                .bind(switch.digest)
                .bind(former.filter(|former| *former != switch.digest))
                .bind(now)
                .bind(Stage::Confirmed.as_str())
                .execute(tx)
                .await?
        }
        After::Undo { digest, reason, .. } => {
            let text = "UPDATE activations SET stage = $5, since = $3, reason = $4
                WHERE connector = $1 AND digest = $2 AND stage IN ('loading', 'first', 'all')";
            Query::new(text)
                .bind(switch.connector)
                .bind(digest)
                .bind(now)
                .bind(reason)
                .bind(Stage::Undone.as_str())
                .execute(tx)
                .await?
        }
    };
    if moved == 1 { Ok(()) } else { Err(DbError::Outdated) }
}

/// Locks the connections, and compares them with what was judged; gives each one's own version in the order
/// of `judged`.
async fn stays(
    tx: &mut AnyConnection,
    lock: &str,
    connector: &str,
    judged: &[Judged],
) -> Result<Vec<Option<String>>, DbError> {
    let text =
        format!("SELECT id, revision, own_digest FROM connections WHERE connector = $1 ORDER BY id {lock}");
    let rows = Query::new(text).bind(connector).all(tx).await?;
    if rows.len() != judged.len() {
        return Err(DbError::Outdated);
    }
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        found.push((row.int("id")?, row.int("revision")?, row.text_or_none("own_digest")?));
    }
    let own = |judged: &Judged| {
        let as_judged = |(id, revision, _): &&(i64, i64, Option<String>)| {
            (*id, *revision) == (judged.connection, judged.revision)
        };
        found.iter().find(as_judged).map(|(_, _, own)| own.clone()).ok_or(DbError::Outdated)
    };
    judged.iter().map(own).collect()
}

/// The values of those that fit in place of their former ones. Those that stay behind keep theirs.
async fn write_unique(tx: &mut AnyConnection, connector: &str, judged: &[Judged]) -> Result<(), DbError> {
    let fit = || judged.iter().filter(|judged| judged.unfit.is_none());
    // All of the former version's first: its values may stand in another connection by the new rules.
    for judged in fit() {
        unique::replace(tx, connector, judged.connection, &[]).await?;
    }
    for judged in fit() {
        unique::replace(tx, connector, judged.connection, &judged.unique).await?;
    }
    Ok(())
}

/// In order of their id, as every commit takes them.
pub(super) async fn hold_streams(tx: &mut AnyConnection, lock: &str, connector: &str) -> Result<(), DbError> {
    if lock.is_empty() {
        return Ok(());
    }
    let text = format!(
        "SELECT id FROM streams WHERE connection IN (SELECT id FROM connections WHERE connector = $1)
         ORDER BY id {lock}"
    );
    Query::new(text).bind(connector).all(tx).await.map(drop)
}

/// A checkpoint whose format the version does not know gives way to the one it was made from, if the version knows
/// that, or to none; every other one is where the version goes on. Connections that stay behind have neither.
async fn go_back(tx: &mut AnyConnection, connector: &str, back: Back) -> Result<(), DbError> {
    let text = "UPDATE streams SET
            checkpoint = CASE WHEN former_state <= $3 THEN former_checkpoint ELSE NULL END,
            checkpoint_state = CASE WHEN former_state <= $3 THEN former_state ELSE $3 END,
            former_checkpoint = NULL, former_state = NULL
        WHERE (checkpoint_state > $3 OR (checkpoint_state = $2 AND $2 <> $3))
            AND connection IN (SELECT id FROM connections WHERE connector = $1 AND own_digest IS NULL)";
    Query::new(text).bind(connector).bind(back.from).bind(back.to).execute(tx).await?;
    Ok(())
}
