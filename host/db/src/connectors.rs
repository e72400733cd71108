//! Connectors and their versions, addressed by the SHA-256 of their bytes.

use sqlx::AnyConnection;

use crate::query::{Found, Query};
use crate::words::words;
use crate::{Db, DbError, Millis, UniqueValue, unique};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionState {
    /// Installed; differs from what was approved in something an operator must see.
    WaitsForApproval,
    /// Approved; may be active.
    Approved,
}

words!(VersionState { WaitsForApproval => "waits-for-approval", Approved => "approved" });

/// One installed version of a connector, without its bytes.
#[derive(Debug, Clone)]
pub struct Version {
    pub connector: String,
    /// Semantic version, unique per connector.
    pub version: String,
    /// Lower-case hex SHA-256 of the component.
    pub digest: String,
    /// The spec as JSON, as `describe` returned it.
    pub spec: String,
    pub state: VersionState,
    pub active: bool,
    pub installed_at: Millis,
    /// When it was last made active.
    pub activated_at: Option<Millis>,
}

/// A connection whose configuration was found to fit a version.
#[derive(Debug, Clone)]
pub struct Judged {
    pub connection: i64,
    /// The revision of what was judged.
    pub revision: i64,
    /// Values that the version compares with those of other connections.
    pub unique: Vec<UniqueValue>,
}

/// The bytes of a component.
#[derive(Debug, Clone)]
pub struct Component {
    pub digest: String,
    pub wasm: Vec<u8>,
}

impl Db {
    /// Adds a version and its bytes; does not activate it. Installing the same digest again changes
    /// nothing. The same version number with another digest is a [`DbError::Conflict`].
    pub async fn version_add(&self, now: Millis, version: &Version, wasm: &[u8]) -> Result<(), DbError> {
        let mut tx = self.begin().await?;
        Query::new("INSERT INTO components (digest, wasm) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING")
            .bind(version.digest.as_str())
            .bind(wasm)
            .execute(&mut tx)
            .await?;
        let text = "INSERT INTO versions (connector, version, digest, spec, state, active, installed_at)
            VALUES ($1, $2, $3, $4, $5, 0, $6) ON CONFLICT DO NOTHING";
        let added = Query::new(text)
            .bind(version.connector.as_str())
            .bind(version.version.as_str())
            .bind(version.digest.as_str())
            .bind(version.spec.as_str())
            .bind(version.state.as_str())
            .bind(now)
            .execute(&mut tx)
            .await?;
        if added == 0 && !same_version(&mut tx, version).await? {
            return Err(DbError::Conflict(format!(
                "{} {} is installed with other bytes: raise the version number",
                version.connector, version.version
            )));
        }
        Ok(tx.commit().await?)
    }

    pub async fn version_approve(&self, connector: &str, version: &str) -> Result<(), DbError> {
        let text = "UPDATE versions SET state = 'approved' WHERE connector = $1 AND version = $2";
        let query = Query::new(text).bind(connector).bind(version);
        match query.execute(&mut *self.write().await?).await? {
            0 => Err(DbError::missing("version", format!("{connector} {version}"))),
            _ => Ok(()),
        }
    }

    /// Makes one approved version the connector's only active one and returns the former digest. All its
    /// connections must have been judged as they are: [`DbError::Outdated`] if not. The version's own
    /// values are compared from now on: [`DbError::Repeated`] if two connections have the same.
    pub async fn version_activate(
        &self,
        now: Millis,
        connector: &str,
        version: &str,
        judged: &[Judged],
    ) -> Result<Option<String>, DbError> {
        let mut tx = self.begin().await?;
        let lock = self.dialect().lock();
        let text = format!(
            "SELECT version, digest, state, active FROM versions WHERE connector = $1 ORDER BY version {lock}"
        );
        let rows = Query::new(text).bind(connector).all(&mut tx).await?;
        let mut former = None;
        let mut state = None;
        for row in &rows {
            if row.flag("active")? {
                former = Some(row.text("digest")?);
            }
            if row.text("version")? == version {
                state = Some(row.word("state", VersionState::parse)?);
            }
        }
        match state {
            None => {
                return Err(DbError::missing("version", format!("{connector} {version}")));
            }
            Some(VersionState::WaitsForApproval) => {
                return Err(DbError::Conflict(format!("{connector} {version} waits for approval")));
            }
            Some(VersionState::Approved) => {}
        }
        replace_unique(&mut tx, lock, connector, judged).await?;
        Query::new("UPDATE versions SET active = 0 WHERE connector = $1 AND active = 1")
            .bind(connector)
            .execute(&mut tx)
            .await?;
        let text = "UPDATE versions SET active = 1, activated_at = $3 WHERE connector = $1 AND version = $2";
        Query::new(text).bind(connector).bind(version).bind(now).execute(&mut tx).await?;
        tx.commit().await?;
        Ok(former)
    }

    /// All versions of all connectors, by connector, newest installed first.
    pub async fn versions(&self) -> Result<Vec<Version>, DbError> {
        let query = Query::new("SELECT * FROM versions ORDER BY connector, installed_at DESC, version DESC");
        query.all(&mut *self.read().await?).await?.iter().map(row_version).collect()
    }

    /// Newest installed first.
    pub async fn versions_of(&self, connector: &str) -> Result<Vec<Version>, DbError> {
        let text = "SELECT * FROM versions WHERE connector = $1 ORDER BY installed_at DESC, version DESC";
        let query = Query::new(text).bind(connector);
        query.all(&mut *self.read().await?).await?.iter().map(row_version).collect()
    }

    /// (connector, digest) of every active version: what a host polls to follow swaps.
    pub async fn active_digests(&self) -> Result<Vec<(String, String)>, DbError> {
        let query = Query::new("SELECT connector, digest FROM versions WHERE active = 1 ORDER BY connector");
        let rows = query.all(&mut *self.read().await?).await?;
        rows.iter().map(|row| Ok((row.text("connector")?, row.text("digest")?))).collect()
    }

    pub async fn component(&self, digest: &str) -> Result<Component, DbError> {
        let query = Query::new("SELECT wasm FROM components WHERE digest = $1").bind(digest);
        let row = query.optional(&mut *self.read().await?).await?;
        let row = row.ok_or_else(|| DbError::missing("component", digest))?;
        Ok(Component { digest: digest.to_owned(), wasm: row.bytes("wasm")? })
    }
}

async fn replace_unique(
    tx: &mut AnyConnection,
    lock: &str,
    connector: &str,
    judged: &[Judged],
) -> Result<(), DbError> {
    let text = format!("SELECT id, revision FROM connections WHERE connector = $1 ORDER BY id {lock}");
    let present = Query::new(text).bind(connector).all(tx).await?;
    let present: Vec<(i64, i64)> = present
        .iter()
        .map(|row| Ok((row.int("id")?, row.int("revision")?)))
        .collect::<Result<_, DbError>>()?;
    let mut seen: Vec<(i64, i64)> = judged.iter().map(|one| (one.connection, one.revision)).collect();
    seen.sort_unstable();
    if seen != present {
        return Err(DbError::Outdated);
    }
    // All of the former version's first: its values may stand in another connection by the new rules.
    Query::new("DELETE FROM unique_values WHERE connector = $1").bind(connector).execute(tx).await?;
    for one in judged {
        unique::replace(tx, connector, one.connection, &one.unique).await?;
    }
    Ok(())
}

async fn same_version(tx: &mut AnyConnection, version: &Version) -> Result<bool, DbError> {
    let text = "SELECT digest FROM versions WHERE connector = $1 AND version = $2";
    let query = Query::new(text).bind(version.connector.as_str()).bind(version.version.as_str());
    match query.optional(tx).await? {
        Some(row) => Ok(row.text("digest")? == version.digest),
        None => Ok(false),
    }
}

fn row_version(row: &Found) -> Result<Version, DbError> {
    Ok(Version {
        connector: row.text("connector")?,
        version: row.text("version")?,
        digest: row.text("digest")?,
        spec: row.text("spec")?,
        state: row.word("state", VersionState::parse)?,
        active: row.flag("active")?,
        installed_at: row.int("installed_at")?,
        activated_at: row.int_or_none("activated_at")?,
    })
}
