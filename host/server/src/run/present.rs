//! The connection and version a run works with now. Both may change between two calls.

use std::sync::Arc;

use windlass_db::{Connection, DbError, Run, RunError};

use super::context::{CallContext, Unbuilt, side};
use crate::{host::Host, limiter::Limiter};

/// A context with the run's use of its limits.
pub struct Present {
    pub context: CallContext,
    pub limiter: Arc<Limiter>,
}

/// Why there is nothing to call with.
pub enum Absent {
    /// The connection was deleted meanwhile; its runs went with it.
    Deleted,
    Error(Box<RunError>),
}

impl Present {
    /// Whether a look would find the same.
    pub async fn holds(&self, host: &Host) -> Result<bool, DbError> {
        let connection = host.db.connection_by_id(self.context.connection.id).await?;
        Ok(connection.is_some_and(|connection| self.is_current(host, &connection)))
    }

    fn is_current(&self, host: &Host, connection: &Connection) -> bool {
        self.context.is_current(connection, host.registry.digest_of(connection).as_deref())
    }

    /// The former context if it still holds, else a new one.
    pub async fn look(
        host: &Arc<Host>,
        run: &Run,
        former: Option<Present>,
    ) -> Result<Result<Present, Absent>, DbError> {
        let Some(connection) = host.db.connection_by_id(run.connection).await? else {
            return Ok(Err(Absent::Deleted));
        };
        if let Some(former) = former {
            if former.is_current(host, &connection) {
                return Ok(Ok(former));
            }
            let settles = former.limiter.close();
            host.db.settle(host.db.now().await?, &settles).await?;
        }
        Ok(match CallContext::build(host, connection).await {
            Ok(context) => {
                let limiter =
                    Limiter::new(host.clone(), Some(run.id), side(run.kind), context.limits.clone());
                Ok(Present { context, limiter: Arc::new(limiter) })
            }
            Err(Unbuilt::Unusable(error)) => Err(Absent::Error(error)),
            Err(Unbuilt::Db(error)) => return Err(error),
        })
    }
}
