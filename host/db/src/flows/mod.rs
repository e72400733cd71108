//! Flows: which connections they are bound to, how far they have followed, what they hold.
//!
//! A flow is a row of `connections`, so that it has configuration, storage, runs and log as connections
//! have them; here stands what only a flow has.

mod asked;
mod failed;
mod feeds;
mod held;
mod write;

use sqlx::AnyConnection;

use crate::dialect::Dialect;
use crate::query::{Found, Query};
use crate::{Connection, ConnectionKind, Db, DbError, Millis, NewConnection};

pub use asked::{AskedRun, HeldRun};
pub use failed::FailedAction;
pub(crate) use failed::{Ended, came_to_nothing, is_tried_again};
pub use feeds::{Feed, FeedPosition, FollowedChange};
pub use held::HeldChange;
pub(crate) use held::configuration_changed;
pub(crate) use write::write;
pub use write::{AskedAction, FlowWrite, HeldWrite};

/// A connection bound to a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleBinding {
    pub role: String,
    pub connection: i64,
}

/// A stream that a role follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowedStream {
    pub role: String,
    pub stream: i64,
}

/// What a flow is bound to: every role, and all that it follows.
#[derive(Debug, Clone, Default)]
pub struct Bound {
    pub roles: Vec<RoleBinding>,
    pub follows: Vec<FollowedStream>,
}

impl Db {
    /// Writes the flow, its roles and what it follows in one transaction. It is first shown the records
    /// that are there. A name in use, also by a connection, is a [`DbError::Conflict`].
    pub async fn flow_create(
        &self,
        now: Millis,
        id: i64,
        new: &NewConnection,
        bound: &Bound,
    ) -> Result<Connection, DbError> {
        let mut tx = self.begin().await?;
        crate::connections::insert(&mut tx, self.dialect(), now, id, ConnectionKind::Flow, new).await?;
        rebind(&mut tx, id, bound).await?;
        tx.commit().await?;
        self.connection_by_id(id).await?.ok_or_else(|| DbError::missing("flow", id))
    }

    /// Adds streams that a newer version follows, from their first record on, and drops those that it no
    /// longer follows.
    pub async fn flow_follow(&self, flow: i64, follows: &[FollowedStream]) -> Result<(), DbError> {
        let mut tx = self.begin().await?;
        feeds::ensure(&mut tx, flow, follows).await?;
        feeds::keep_only(&mut tx, flow, follows).await?;
        Ok(tx.commit().await?)
    }

    /// By role.
    pub async fn flow_roles(&self, flow: i64) -> Result<Vec<RoleBinding>, DbError> {
        let query = Query::new("SELECT role, connection FROM flow_roles WHERE flow = $1 ORDER BY role");
        let rows = query.bind(flow).all(&mut *self.read().await?).await?;
        rows.iter().map(role).collect()
    }

    /// The names of the flows that are bound to a connection.
    pub async fn flows_bound_to(&self, connection: i64) -> Result<Vec<String>, DbError> {
        bound_to(&mut *self.read().await?, connection).await
    }

    /// All flows, by name.
    pub async fn flows(&self) -> Result<Vec<Connection>, DbError> {
        self.connections_of(ConnectionKind::Flow).await
    }
}

/// Binds a flow, or binds it anew. What it follows already it follows on; a stream that is new to it is
/// followed from its first record on. What is no longer followed goes with what was held of it.
pub(crate) async fn rebind(tx: &mut AnyConnection, flow: i64, bound: &Bound) -> Result<(), DbError> {
    Query::new("DELETE FROM flow_roles WHERE flow = $1").bind(flow).execute(tx).await?;
    for binding in &bound.roles {
        let query = Query::new("INSERT INTO flow_roles (flow, role, connection) VALUES ($1, $2, $3)");
        query.bind(flow).bind(binding.role.as_str()).bind(binding.connection).execute(tx).await?;
    }
    feeds::ensure(tx, flow, &bound.follows).await?;
    feeds::keep_only(tx, flow, &bound.follows).await?;
    let text = "DELETE FROM held_changes WHERE flow = $1 AND NOT EXISTS (SELECT 1 FROM flow_feeds f
        WHERE f.flow = held_changes.flow AND f.role = held_changes.role AND f.stream = held_changes.stream)";
    Query::new(text).bind(flow).execute(tx).await?;
    Ok(())
}

/// Waits for a commit of the flow's run that is under way, and has a later one wait for this transaction:
/// then it finds the flow's new revision. The run comes before the flow, as in every commit.
pub(crate) async fn let_its_run_end(
    tx: &mut AnyConnection,
    dialect: Dialect,
    flow: i64,
) -> Result<(), DbError> {
    let lock = dialect.lock();
    let text = format!(
        "SELECT id FROM runs WHERE connection = $1 AND kind = 'flow' AND state IN ('queued', 'running')
        ORDER BY id {lock}"
    );
    Query::new(text).bind(flow).all(tx).await?;
    Ok(())
}

/// The names of the flows that are bound to a connection.
pub(crate) async fn bound_to(tx: &mut AnyConnection, connection: i64) -> Result<Vec<String>, DbError> {
    let text = "SELECT DISTINCT c.name FROM flow_roles r JOIN connections c ON c.id = r.flow
        WHERE r.connection = $1 ORDER BY c.name";
    let rows = Query::new(text).bind(connection).all(tx).await?;
    rows.iter().map(|row| row.text("name")).collect()
}

fn role(row: &Found) -> Result<RoleBinding, DbError> {
    Ok(RoleBinding { role: row.text("role")?, connection: row.int("connection")? })
}
