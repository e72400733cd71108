//! Connectors and their versions, addressed by the SHA-256 of their bytes.

mod keep;

use sqlx::AnyConnection;

use crate::query::{Found, Query};
use crate::words::words;
use crate::{Db, DbError, Millis};

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
    /// When a person approved it.
    pub approved_at: Option<Millis>,
    /// When it was undone because it failed, and the evidence as JSON.
    pub bad_at: Option<Millis>,
    pub bad_evidence: Option<String>,
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

    /// A person's word (`by_person`: when it was given) also lifts the mark of a bad version. Without one
    /// the version asks for nothing that is not approved.
    pub async fn version_approve(
        &self,
        connector: &str,
        version: &str,
        by_person: Option<Millis>,
    ) -> Result<(), DbError> {
        let text = "UPDATE versions SET state = 'approved', approved_at = COALESCE($3, approved_at),
                bad_at = CASE WHEN $3 IS NULL THEN bad_at ELSE NULL END,
                bad_evidence = CASE WHEN $3 IS NULL THEN bad_evidence ELSE NULL END
            WHERE connector = $1 AND version = $2";
        let query = Query::new(text).bind(connector).bind(version).bind(by_person);
        match query.execute(&mut *self.write().await?).await? {
            0 => Err(DbError::missing("version", format!("{connector} {version}"))),
            _ => Ok(()),
        }
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
        approved_at: row.int_or_none("approved_at")?,
        bad_at: row.int_or_none("bad_at")?,
        bad_evidence: row.text_or_none("bad_evidence")?,
    })
}
