//! Activations: how a version takes the place of the one before it.
//!
//! ```text
//! loading ──▶ first ──▶ all ──▶ confirmed
//!    │          │        │
//!    └──────────┴────────┴────▶ undone
//! ```
//!
//! While it is `loading`, hosts compile the version and nothing runs it. In `first` one connection runs it,
//! in `all` every connection that it fits: it is the active version then. Each step is one transaction that
//! names the version and the stages it may start from, so that of two hosts one decides. There is one row
//! for each connector, the last.

mod first;
mod switch;

use crate::query::{Found, Query};
use crate::words::words;
use crate::{Db, DbError, Millis};

pub use switch::{After, Back, Judged, Switch};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Loading,
    First,
    All,
    Confirmed,
    Undone,
}

words!(Stage { Loading => "loading", First => "first", All => "all", Confirmed => "confirmed", Undone => "undone" });

impl Stage {
    /// Whether the version may still be undone.
    pub fn is_open(self) -> bool {
        matches!(self, Stage::Loading | Stage::First | Stage::All)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activation {
    pub connector: String,
    pub digest: String,
    /// The digest of the version it takes the place of.
    pub former: Option<String>,
    pub stage: Stage,
    /// The connection that is first, if it is still there.
    pub first: Option<String>,
    /// When the stage began.
    pub since: Millis,
    /// Calls of the version that returned since then.
    pub calls: i64,
    /// Why it was undone; a sentence.
    pub reason: Option<String>,
}

/// Which versions hosts must have loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InUse {
    /// Connector and digest.
    pub active: Vec<(String, String)>,
    /// Connections with a version of their own, and its digest.
    pub own: Vec<(i64, String)>,
    /// Activations that may still be undone.
    pub open: Vec<Activation>,
}

impl Db {
    /// What a host polls to follow swaps.
    pub async fn versions_in_use(&self) -> Result<InUse, DbError> {
        let text = "SELECT id, own_digest FROM connections WHERE own_digest IS NOT NULL ORDER BY id";
        let rows = Query::new(text).all(&mut *self.read().await?).await?;
        let own = rows.iter().map(|row| Ok((row.int("id")?, row.text("own_digest")?)));
        let own: Vec<(i64, String)> = own.collect::<Result<_, DbError>>()?;
        let text = select("a.stage IN ('loading', 'first', 'all') ORDER BY a.connector");
        let open = Query::new(text).all(&mut *self.read().await?).await?;
        let open: Vec<Activation> = open.iter().map(activation).collect::<Result<_, _>>()?;
        Ok(InUse { active: self.active_digests().await?, own, open })
    }

    /// The digest of the version that a connection runs now.
    pub async fn version_run_by(&self, connection: i64) -> Result<Option<String>, DbError> {
        let text = "SELECT COALESCE(c.own_digest, v.digest) AS digest FROM connections c
            LEFT JOIN versions v ON v.connector = c.connector AND v.active = 1 WHERE c.id = $1";
        let row = Query::new(text).bind(connection).optional(&mut *self.read().await?).await?;
        row.map_or(Ok(None), |row| row.text_or_none("digest"))
    }

    /// The last activation of a connector.
    pub async fn activation(&self, connector: &str) -> Result<Option<Activation>, DbError> {
        let query = Query::new(select("a.connector = $1")).bind(connector);
        query.optional(&mut *self.read().await?).await?.as_ref().map(activation).transpose()
    }

    /// Begins an activation in place of the connector's last one: hosts load the version. While another one
    /// is in `first`, that is [`DbError::Outdated`].
    pub async fn activation_load(
        &self,
        now: Millis,
        connector: &str,
        digest: &str,
        former: Option<&str>,
    ) -> Result<(), DbError> {
        let text = "INSERT INTO activations (connector, digest, former, stage, since, calls)
            VALUES ($1, $2, $3, 'loading', $4, 0)
            ON CONFLICT (connector) DO UPDATE SET digest = excluded.digest, former = excluded.former,
                stage = 'loading', since = excluded.since, calls = 0, connection = NULL, reason = NULL
            WHERE activations.stage <> 'first'";
        let query = Query::new(text).bind(connector).bind(digest).bind(former).bind(now);
        match query.execute(&mut *self.write().await?).await? {
            0 => Err(DbError::Outdated),
            _ => Ok(()),
        }
    }

    /// Counts good calls of a version in its present stage.
    pub async fn activation_count(&self, digest: &str, calls: i64) -> Result<(), DbError> {
        let text =
            "UPDATE activations SET calls = calls + $2 WHERE digest = $1 AND stage IN ('first', 'all')";
        Query::new(text).bind(digest).bind(calls).execute(&mut *self.write().await?).await?;
        Ok(())
    }

    /// The version has proved itself: what was kept to go back is let go. False if it was undone meanwhile.
    pub async fn activation_confirm(
        &self,
        now: Millis,
        connector: &str,
        digest: &str,
    ) -> Result<bool, DbError> {
        let mut tx = self.begin().await?;
        let text = "UPDATE activations SET stage = 'confirmed', since = $3
            WHERE connector = $1 AND digest = $2 AND stage = 'all'";
        let query = Query::new(text).bind(connector).bind(digest).bind(now);
        if query.execute(&mut tx).await? == 0 {
            return Ok(false);
        }
        switch::hold_streams(&mut tx, self.dialect().lock(), connector).await?;
        let text = "UPDATE streams SET former_checkpoint = NULL, former_state = NULL
            WHERE former_state IS NOT NULL
                AND connection IN (SELECT id FROM connections WHERE connector = $1)";
        Query::new(text).bind(connector).execute(&mut tx).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Gives up an activation that nothing runs yet. False if it went on, or was given up, meanwhile.
    pub async fn activation_give_up(
        &self,
        now: Millis,
        connector: &str,
        digest: &str,
        reason: &str,
    ) -> Result<bool, DbError> {
        let text = "UPDATE activations SET stage = 'undone', since = $3, reason = $4
            WHERE connector = $1 AND digest = $2 AND stage = 'loading'";
        let query = Query::new(text).bind(connector).bind(digest).bind(now).bind(reason);
        Ok(query.execute(&mut *self.write().await?).await? == 1)
    }
}

fn select(condition: &str) -> String {
    format!(
        "SELECT a.*, (SELECT c.name FROM connections c WHERE c.id = a.connection) AS first_name
         FROM activations a WHERE {condition}"
    )
}

fn activation(row: &Found) -> Result<Activation, DbError> {
    Ok(Activation {
        connector: row.text("connector")?,
        digest: row.text("digest")?,
        former: row.text_or_none("former")?,
        stage: row.word("stage", Stage::parse)?,
        first: row.text_or_none("first_name")?,
        since: row.int("since")?,
        calls: row.int("calls")?,
        reason: row.text_or_none("reason")?,
    })
}
