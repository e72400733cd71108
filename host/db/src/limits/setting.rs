//! Numbers of limits that a person has set. They belong to the connection and outlive its versions.

use crate::query::{Query, no_nul};
use crate::{Db, DbError};

/// What is none stays as approved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LimitSetting {
    /// The limit's name.
    pub name: String,
    pub max: Option<i64>,
    pub leave_to_others: Option<i64>,
    pub keep_for_actions: Option<i64>,
}

/// Outer none: as it is. Inner none: as approved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LimitChange {
    pub max: Option<Option<i64>>,
    pub leave_to_others: Option<Option<i64>>,
    pub keep_for_actions: Option<Option<i64>>,
}

impl Db {
    /// What was set for the limits of a connection.
    pub async fn limit_settings(&self, connection: i64) -> Result<Vec<LimitSetting>, DbError> {
        let query = Query::new("SELECT * FROM limit_settings WHERE connection = $1 ORDER BY name");
        let rows = query.bind(connection).all(&mut *self.read().await?).await?;
        let settings = rows.iter().map(|row| {
            Ok(LimitSetting {
                name: row.text("name")?,
                max: row.int_or_none("max_permits")?,
                leave_to_others: row.int_or_none("leave_to_others")?,
                keep_for_actions: row.int_or_none("keep_for_actions")?,
            })
        });
        settings.collect()
    }

    /// With `was`, only where that is what is set now; else a [`DbError::Outdated`].
    pub async fn limit_set(
        &self,
        connection: i64,
        name: &str,
        was: Option<&LimitSetting>,
        change: LimitChange,
    ) -> Result<(), DbError> {
        no_nul("the limit's name", name)?;
        let text =
            "INSERT INTO limit_settings (connection, name, max_permits, leave_to_others, keep_for_actions)
            SELECT $1, $2, $3, $4, $5
            WHERE $9 = 0 OR ($10 = -1 AND $11 = -1 AND $12 = -1)
                OR EXISTS (SELECT 1 FROM limit_settings WHERE connection = $1 AND name = $2)
            ON CONFLICT (connection, name) DO UPDATE SET
                max_permits = CASE WHEN $6 = 1 THEN excluded.max_permits ELSE limit_settings.max_permits END,
                leave_to_others =
                    CASE WHEN $7 = 1 THEN excluded.leave_to_others ELSE limit_settings.leave_to_others END,
                keep_for_actions =
                    CASE WHEN $8 = 1 THEN excluded.keep_for_actions ELSE limit_settings.keep_for_actions END
            WHERE $9 = 0 OR (COALESCE(limit_settings.max_permits, -1) = $10
                AND COALESCE(limit_settings.leave_to_others, -1) = $11
                AND COALESCE(limit_settings.keep_for_actions, -1) = $12)";
        let former = was.cloned().unwrap_or_default();
        let number = |number: Option<i64>| number.unwrap_or(-1);
        let query = Query::new(text)
            .bind(connection)
            .bind(name)
            .bind(change.max.flatten())
            .bind(change.leave_to_others.flatten())
            .bind(change.keep_for_actions.flatten())
            .bind(change.max.is_some())
            .bind(change.leave_to_others.is_some())
            .bind(change.keep_for_actions.is_some())
            .bind(was.is_some())
            .bind(number(former.max))
            .bind(number(former.leave_to_others))
            .bind(number(former.keep_for_actions));
        match query.execute(&mut *self.write().await?).await {
            Err(error) if error.is_dangling() => Err(DbError::missing("connection", connection)),
            Ok(0) => Err(DbError::Outdated),
            written => written.map(drop),
        }
    }
}
