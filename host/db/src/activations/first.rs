//! One connection tries a version first.

use super::Judged;
use crate::query::Query;
use crate::{Db, DbError, Millis, unique};

impl Db {
    /// Of some connections of a connector the one that shows soonest whether a version works: it has a run
    /// now, or is the next to have one. Paused ones come last.
    pub async fn soonest_connection(&self, connector: &str, among: &[i64]) -> Result<Option<i64>, DbError> {
        let text = "SELECT c.id FROM connections c WHERE c.connector = $1
            ORDER BY CASE WHEN c.state = 'active' THEN 0 ELSE 1 END,
                CASE WHEN EXISTS (SELECT 1 FROM runs r WHERE r.connection = c.id
                    AND r.state IN ('running', 'queued')) THEN 0 ELSE 1 END,
                COALESCE((SELECT MIN(s.due_at) FROM streams s WHERE s.connection = c.id AND s.paused = 0
                    AND s.stopped_code IS NULL), $2), c.name";
        let rows = Query::new(text).bind(connector).bind(i64::MAX).all(&mut *self.read().await?).await?;
        for row in &rows {
            let id = row.int("id")?;
            if among.contains(&id) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// The connection runs the version that is being activated, and no other one does yet.
    /// [`DbError::Outdated`] if the activation or the connection is not as it was judged.
    pub async fn activation_first(
        &self,
        now: Millis,
        connector: &str,
        digest: &str,
        first: &Judged,
    ) -> Result<(), DbError> {
        let mut tx = self.begin().await?;
        // The rules of a connector are changed by one at a time.
        unique::hold_rules(&mut tx, self.dialect(), connector, digest).await?;
        let text = "UPDATE activations SET stage = 'first', connection = $3, since = $4, calls = 0
            WHERE connector = $1 AND digest = $2 AND stage = 'loading'";
        let query = Query::new(text).bind(connector).bind(digest).bind(first.connection).bind(now);
        if query.execute(&mut tx).await? == 0 {
            return Err(DbError::Outdated);
        }
        let text = "UPDATE connections SET own_digest = $3, own_why = 'first', own_reason = NULL
            WHERE id = $1 AND revision = $2 AND own_digest IS NULL";
        let query = Query::new(text).bind(first.connection).bind(first.revision).bind(digest);
        if query.execute(&mut tx).await? == 0 {
            return Err(DbError::Outdated);
        }
        unique::replace(&mut tx, connector, first.connection, &first.unique).await?;
        Ok(tx.commit().await?)
    }
}
