//! A check: do a connection's configuration and credentials work? Made outside the queue, within the
//! same limits, and it may change nothing at the vendor.

use std::sync::Arc;

use windlass_db::{Connection, DbError, RunError, Side};

use crate::{
    host::Host,
    limiter::Limiter,
    run::{CallContext, NoIntents, Unbuilt, operator_error, run_error},
};

/// Requests a check may make: a call or two that say who we are.
const MOST_REQUESTS: u32 = 3;

/// What the connector says of a connection that works, or why it does not.
pub type Checked = Result<Option<String>, Box<RunError>>;

/// Checks a connection and notes the outcome on it. One that is switched off as a whole is not asked.
pub async fn check(host: &Arc<Host>, connection: &Connection) -> Result<Checked, DbError> {
    let checked = match CallContext::build(host, connection.clone()).await {
        Ok(context) => {
            let off = context.switched_off("the connection", &context.connector.spec.common_switches());
            if let Some(error) = off {
                // What a person has switched off has not failed.
                return Ok(Err(Box::new(error)));
            }
            call(host, &context).await?
        }
        Err(Unbuilt::Unusable(error)) => Err(error),
        Err(Unbuilt::Db(error)) => return Err(error),
    };
    let error = checked.as_ref().err().map(|error| format!("{}: {}", error.code, error.message));
    let Connection { id, revision, .. } = *connection;
    host.db.connection_checked(host.db.now().await?, id, revision, error.as_deref()).await?;
    Ok(checked)
}

async fn call(host: &Arc<Host>, context: &CallContext) -> Result<Checked, DbError> {
    let limiter = Arc::new(Limiter::new(host.clone(), None, Side::Action, context.limits.clone()));
    if let Err(no_room) = limiter.reserve(1).await? {
        let hint =
            format!("try again after the limit frees: `windlass limit list {}`", context.connection.name);
        return Ok(Err(Box::new(operator_error("rate-limited", no_room.message, hint))));
    }
    let grant = context.call(host, MOST_REQUESTS, limiter.clone(), Arc::new(NoIntents));
    let report = host.sandbox.check(&context.connector, grant).await;
    let now = host.db.now().await?;
    host.db.settle(now, &limiter.close()).await?;
    let lines: Vec<_> = report.log.into_iter().map(crate::run::log_line).collect();
    host.db.check_log(now, context.connection.id, &lines).await?;
    Ok(report.outcome.map_err(|failure| Box::new(run_error(&failure))))
}
