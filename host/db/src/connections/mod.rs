//! Connections: one configured use of a connector.

mod delete;

use sqlx::AnyConnection;

use crate::dialect::Dialect;
use crate::query::{Found, Query, no_nul};
use crate::words::words;
use crate::{
    Bound, Db, DbError, Millis, Parts, SealedSecret, StreamSettings, UniqueValue, flows, runs, secrets,
    sessions, streams, unique,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionState {
    Active,
    /// No run of it is taken; queued ones wait.
    Paused,
}

words!(ConnectionState { Active => "active", Paused => "paused" });

/// What a row of connections is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionKind {
    Connector,
    Flow,
}

words!(ConnectionKind { Connector => "connector", Flow => "flow" });

/// Why a connection runs another version than the active one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnWhy {
    /// Its configuration does not fit the active version.
    Unfit,
    /// It is the first to try a new version.
    First,
}

words!(OwnWhy { Unfit => "unfit", First => "first" });

/// The version that a connection runs instead of the active one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnVersion {
    pub digest: String,
    pub why: OwnWhy,
    /// A sentence.
    pub reason: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Connection {
    pub id: i64,
    pub kind: ConnectionKind,
    pub name: String,
    pub connector: String,
    /// A JSON object, without secrets.
    pub config: String,
    /// A JSON object of text to text.
    pub labels: String,
    pub state: ConnectionState,
    /// Raised by every change of configuration or secrets.
    pub revision: i64,
    pub created_at: Millis,
    /// When the revision was raised.
    pub updated_at: Millis,
    /// The last check: when, and the error as JSON if it failed.
    pub checked_at: Option<Millis>,
    pub check_error: Option<String>,
    /// None: it runs the active version.
    pub own: Option<OwnVersion>,
}

#[derive(Debug, Clone)]
pub struct NewConnection {
    pub name: String,
    pub connector: String,
    pub config: String,
    pub labels: String,
    pub state: ConnectionState,
    pub secrets: Vec<SealedSecret>,
    /// The streams of the active spec, with their first due time.
    pub streams: Vec<StreamSettings>,
    /// The version that the configuration was judged by.
    pub digest: String,
    /// Values that are compared with those of other connections.
    pub unique: Vec<UniqueValue>,
}

/// What a person changes of a connection, made from what it was at a revision.
#[derive(Debug, Clone)]
pub struct ConnectionChange {
    pub revision: i64,
    pub config: String,
    pub labels: String,
    /// Secrets to be set; the others stay.
    pub secrets: Vec<SealedSecret>,
    /// Secrets to be removed.
    pub unset: Vec<String>,
    /// Streams that are due at another time from now on, by id.
    pub due: Vec<(i64, Option<Millis>)>,
    /// What is switched off: queued runs of it become due, and end.
    pub off: Parts,
    /// The version that the configuration was judged by: the active one, or the connection's own.
    pub digest: String,
    /// Values that are compared with those of other connections.
    pub unique: Vec<UniqueValue>,
    /// A flow's: what it is bound to from now on; none as it is.
    pub bound: Option<Bound>,
}

impl Db {
    /// Reserves the id of a connection to be: secrets are sealed for an id before the row exists.
    pub async fn connection_id(&self) -> Result<i64, DbError> {
        let text = "INSERT INTO counters (name, value) VALUES ('connection', 1)
            ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value";
        Query::new(text).one(&mut *self.write().await?).await?.int("value")
    }

    /// Writes the connection, its secrets and its streams in one transaction. A name in use is a
    /// [`DbError::Conflict`], a value that another connection has a [`DbError::Repeated`], another version
    /// by now a [`DbError::Outdated`].
    pub async fn connection_create(
        &self,
        now: Millis,
        id: i64,
        new: &NewConnection,
    ) -> Result<Connection, DbError> {
        let mut tx = self.begin().await?;
        insert(&mut tx, self.dialect(), now, id, ConnectionKind::Connector, new).await?;
        tx.commit().await?;
        self.connection_must(id).await
    }

    /// Writes the change, raises the revision, and lifts the stop of every stream (a person has changed
    /// something). A change of secrets drops its sessions. [`DbError::Conflict`] if the connection is at
    /// another revision by now, and as in [`Db::connection_create`]: then nothing is written. One that was
    /// judged by the active version runs that from now on.
    pub async fn connection_update(
        &self,
        now: Millis,
        id: i64,
        change: &ConnectionChange,
    ) -> Result<Connection, DbError> {
        let connector = self.connection_must(id).await?.connector;
        let mut tx = self.begin().await?;
        if change.bound.is_some() {
            flows::let_its_run_end(&mut tx, self.dialect(), id).await?;
        }
        let by_active = unique::hold_rules(&mut tx, self.dialect(), &connector, &change.digest).await?;
        let text =
            "UPDATE connections SET config = $2, labels = $3, revision = revision + 1, updated_at = $4,
                checked_at = NULL, check_error = NULL,
                own_digest = CASE WHEN $6 = 1 THEN NULL ELSE own_digest END,
                own_why = CASE WHEN $6 = 1 THEN NULL ELSE own_why END,
                own_reason = CASE WHEN $6 = 1 THEN NULL ELSE own_reason END
             WHERE id = $1 AND revision = $5 AND ($6 = 1 OR own_digest = $7)";
        let query = Query::new(text).bind(id).bind(change.config.as_str()).bind(change.labels.as_str());
        let query = query.bind(now).bind(change.revision).bind(by_active).bind(change.digest.as_str());
        if query.execute(&mut tx).await? == 0 {
            drop(tx);
            let present = self.connection_must(id).await?;
            if present.revision == change.revision {
                return Err(DbError::Outdated);
            }
            return Err(DbError::Conflict(format!("connection {} was changed meanwhile", present.name)));
        }
        if !change.secrets.is_empty() || !change.unset.is_empty() {
            sessions::drop_all(&mut tx, id).await?;
        }
        secrets::unset(&mut tx, id, &change.unset).await?;
        secrets::write(&mut tx, id, &change.secrets).await?;
        streams::lift_stops(&mut tx, id).await?;
        if let Some(bound) = &change.bound {
            flows::rebind(&mut tx, id, bound).await?;
        }
        flows::configuration_changed(&mut tx, id).await?;
        streams::set_due(&mut tx, id, &change.due).await?;
        runs::wake(&mut tx, now, id, &change.off).await?;
        unique::replace(&mut tx, &connector, id, &change.unique).await?;
        tx.commit().await?;
        self.connection_must(id).await
    }

    /// Pausing keeps queued runs queued. Resuming also lifts the stops of its streams.
    pub async fn connection_set_state(&self, id: i64, state: ConnectionState) -> Result<(), DbError> {
        let mut tx = self.begin().await?;
        let query = Query::new("UPDATE connections SET state = $2 WHERE id = $1");
        if query.bind(id).bind(state.as_str()).execute(&mut tx).await? == 0 {
            return Err(DbError::missing("connection", id));
        }
        if state == ConnectionState::Active {
            streams::lift_stops(&mut tx, id).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Keeps the outcome of a check: none if it was good, the error if not. That of another revision than the
    /// present one says nothing any more, and is not kept.
    pub async fn connection_checked(
        &self,
        now: Millis,
        id: i64,
        revision: i64,
        error: Option<&str>,
    ) -> Result<(), DbError> {
        let text = "UPDATE connections SET checked_at = $3, check_error = $4 WHERE id = $1 AND revision = $2";
        let query = Query::new(text).bind(id).bind(revision).bind(now).bind(error);
        query.execute(&mut *self.write().await?).await?;
        Ok(())
    }

    pub async fn connection(&self, name: &str) -> Result<Option<Connection>, DbError> {
        no_nul("the connection's name", name)?;
        let query = Query::new("SELECT * FROM connections WHERE name = $1").bind(name);
        let row = query.optional(&mut *self.read().await?).await?;
        row.as_ref().map(connection).transpose()
    }

    pub async fn connection_by_id(&self, id: i64) -> Result<Option<Connection>, DbError> {
        let query = Query::new("SELECT * FROM connections WHERE id = $1").bind(id);
        let row = query.optional(&mut *self.read().await?).await?;
        row.as_ref().map(connection).transpose()
    }

    /// All connections, by name.
    pub async fn connections(&self) -> Result<Vec<Connection>, DbError> {
        self.connections_of(ConnectionKind::Connector).await
    }

    pub(crate) async fn connections_of(&self, kind: ConnectionKind) -> Result<Vec<Connection>, DbError> {
        let query = Query::new("SELECT * FROM connections WHERE kind = $1 ORDER BY name").bind(kind.as_str());
        let rows = query.all(&mut *self.read().await?).await?;
        rows.iter().map(connection).collect()
    }

    async fn connection_must(&self, id: i64) -> Result<Connection, DbError> {
        self.connection_by_id(id).await?.ok_or_else(|| DbError::missing("connection", id))
    }
}

/// Writes the connection, its secrets and its streams.
pub(crate) async fn insert(
    tx: &mut AnyConnection,
    dialect: Dialect,
    now: Millis,
    id: i64,
    kind: ConnectionKind,
    new: &NewConnection,
) -> Result<(), DbError> {
    no_nul("the connection's name", &new.name)?;
    if !unique::hold_rules(tx, dialect, &new.connector, &new.digest).await? {
        return Err(DbError::Outdated);
    }
    let text = "INSERT INTO connections (id, kind, name, connector, config, labels, state, revision,
            created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $8)";
    let made = Query::new(text)
        .bind(id)
        .bind(kind.as_str())
        .bind(new.name.as_str())
        .bind(new.connector.as_str())
        .bind(new.config.as_str())
        .bind(new.labels.as_str())
        .bind(new.state.as_str())
        .bind(now)
        .execute(tx)
        .await;
    if let Err(error) = made {
        let taken = || DbError::Conflict(format!("there is a connection or flow {} already", new.name));
        return Err(if error.is_duplicate() { taken() } else { error });
    }
    secrets::write(tx, id, &new.secrets).await?;
    streams::ensure(tx, id, &new.streams).await?;
    unique::replace(tx, &new.connector, id, &new.unique).await
}

fn connection(row: &Found) -> Result<Connection, DbError> {
    Ok(Connection {
        id: row.int("id")?,
        kind: row.word("kind", ConnectionKind::parse)?,
        name: row.text("name")?,
        connector: row.text("connector")?,
        config: row.text("config")?,
        labels: row.text("labels")?,
        state: row.word("state", ConnectionState::parse)?,
        revision: row.int("revision")?,
        created_at: row.int("created_at")?,
        updated_at: row.int("updated_at")?,
        checked_at: row.int_or_none("checked_at")?,
        check_error: row.text_or_none("check_error")?,
        own: own(row)?,
    })
}

fn own(row: &Found) -> Result<Option<OwnVersion>, DbError> {
    let Some(digest) = row.text_or_none("own_digest")? else { return Ok(None) };
    let (why, reason) = (row.word("own_why", OwnWhy::parse)?, row.text_or_none("own_reason")?);
    Ok(Some(OwnVersion { digest, why, reason }))
}
