//! Who is believed: keys of publishers, whose connector a name is, where each component came from.

use crate::query::{Found, Query};
use crate::{Db, DbError, Millis};

/// A key whose signatures are believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKey {
    /// What people call it by.
    pub id: String,
    /// The key itself, in the text form of its tool.
    pub public: String,
    pub comment: String,
    pub trusted_at: Millis,
}

/// Whose connector a name is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publisher {
    pub connector: String,
    pub key_id: String,
    pub public: String,
}

/// Where a component came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub digest: String,
    pub source: String,
    /// The detached signature as it came.
    pub signature: Option<String>,
    /// The key that verified it.
    pub key_id: Option<String>,
}

impl Db {
    /// By id.
    pub async fn trusted_keys(&self) -> Result<Vec<TrustedKey>, DbError> {
        let query = Query::new("SELECT * FROM trusted_keys ORDER BY id");
        query.all(&mut *self.read().await?).await?.iter().map(row_key).collect()
    }

    /// Trusting the same key again changes nothing. Another key under the same id is a
    /// [`DbError::Conflict`].
    pub async fn key_trust(&self, key: &TrustedKey) -> Result<(), DbError> {
        let mut tx = self.begin().await?;
        let text = "INSERT INTO trusted_keys (id, public, comment, trusted_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (id) DO NOTHING";
        Query::new(text)
            .bind(key.id.as_str())
            .bind(key.public.as_str())
            .bind(key.comment.as_str())
            .bind(key.trusted_at)
            .execute(&mut tx)
            .await?;
        let query = Query::new("SELECT public FROM trusted_keys WHERE id = $1").bind(key.id.as_str());
        if query.one(&mut tx).await?.text("public")? != key.public {
            return Err(DbError::Conflict(format!("another key is trusted under the id {}", key.id)));
        }
        Ok(tx.commit().await?)
    }

    /// Versions that it signed stay as they are.
    pub async fn key_distrust(&self, id: &str) -> Result<(), DbError> {
        let query = Query::new("DELETE FROM trusted_keys WHERE id = $1").bind(id);
        match query.execute(&mut *self.write().await?).await? {
            0 => Err(DbError::missing("key", id)),
            _ => Ok(()),
        }
    }

    /// By connector.
    pub async fn publishers(&self) -> Result<Vec<Publisher>, DbError> {
        let query = Query::new("SELECT * FROM publishers ORDER BY connector");
        query.all(&mut *self.read().await?).await?.iter().map(row_publisher).collect()
    }

    pub async fn publisher(&self, connector: &str) -> Result<Option<Publisher>, DbError> {
        let query = Query::new("SELECT * FROM publishers WHERE connector = $1").bind(connector);
        query.optional(&mut *self.read().await?).await?.as_ref().map(row_publisher).transpose()
    }

    /// Gives the name to the key unless it has one, and returns whose it is then: of two installs at the
    /// same time, one is the first.
    pub async fn publisher_pin(&self, now: Millis, publisher: &Publisher) -> Result<Publisher, DbError> {
        let mut tx = self.begin().await?;
        let text = "INSERT INTO publishers (connector, key_id, public, pinned_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (connector) DO NOTHING";
        bind_publisher(Query::new(text), publisher).bind(now).execute(&mut tx).await?;
        let query = Query::new("SELECT * FROM publishers WHERE connector = $1");
        let pinned = row_publisher(&query.bind(publisher.connector.as_str()).one(&mut tx).await?)?;
        tx.commit().await?;
        Ok(pinned)
    }

    /// A person gives the name to another key.
    pub async fn publisher_change(&self, now: Millis, publisher: &Publisher) -> Result<(), DbError> {
        let text = "INSERT INTO publishers (connector, key_id, public, pinned_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (connector) DO UPDATE
            SET key_id = excluded.key_id, public = excluded.public, pinned_at = excluded.pinned_at";
        bind_publisher(Query::new(text), publisher).bind(now).execute(&mut *self.write().await?).await?;
        Ok(())
    }

    /// The next signed version decides whose connector it is. False if nobody has decided it yet.
    pub async fn publisher_forget(&self, connector: &str) -> Result<bool, DbError> {
        let query = Query::new("DELETE FROM publishers WHERE connector = $1").bind(connector);
        Ok(query.execute(&mut *self.write().await?).await? > 0)
    }

    /// Keeps where an installed component came from. A verified signature is never replaced by less.
    pub async fn origin_keep(&self, origin: &Origin) -> Result<(), DbError> {
        let text = "INSERT INTO origins (digest, source, signature, key_id) VALUES ($1, $2, $3, $4)
            ON CONFLICT (digest) DO UPDATE
            SET source = excluded.source, signature = excluded.signature, key_id = excluded.key_id
            WHERE origins.key_id IS NULL";
        let query = Query::new(text)
            .bind(origin.digest.as_str())
            .bind(origin.source.as_str())
            .bind(origin.signature.as_deref())
            .bind(origin.key_id.as_deref());
        match query.execute(&mut *self.write().await?).await {
            Err(error) if error.is_dangling() => {
                Err(DbError::Conflict("the connector was removed in the same moment".to_owned()))
            }
            kept => kept.map(drop),
        }
    }

    /// By digest.
    pub async fn origins(&self) -> Result<Vec<Origin>, DbError> {
        let query = Query::new("SELECT * FROM origins ORDER BY digest");
        query.all(&mut *self.read().await?).await?.iter().map(row_origin).collect()
    }
}

fn bind_publisher(query: Query, publisher: &Publisher) -> Query {
    query.bind(publisher.connector.as_str()).bind(publisher.key_id.as_str()).bind(publisher.public.as_str())
}

fn row_key(row: &Found) -> Result<TrustedKey, DbError> {
    Ok(TrustedKey {
        id: row.text("id")?,
        public: row.text("public")?,
        comment: row.text("comment")?,
        trusted_at: row.int("trusted_at")?,
    })
}

fn row_publisher(row: &Found) -> Result<Publisher, DbError> {
    Ok(Publisher {
        connector: row.text("connector")?,
        key_id: row.text("key_id")?,
        public: row.text("public")?,
    })
}

fn row_origin(row: &Found) -> Result<Origin, DbError> {
    Ok(Origin {
        digest: row.text("digest")?,
        source: row.text("source")?,
        signature: row.text_or_none("signature")?,
        key_id: row.text_or_none("key_id")?,
    })
}
