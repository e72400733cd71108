//! Carries a checkpoint over to the present version's `state`, when a run first meets the difference.

use std::sync::Arc;

use windlass_db::DbError;

use super::{
    finish::{Made, account, after_failure, commit},
    intents::NoIntents,
    lease::{Held, LEASE_MS},
    present::Present,
    sync::Walk,
};
use crate::{activation::Trial, host::Host, time};

/// True if the run goes on. A migration makes no request.
pub(super) async fn migrate(
    host: &Arc<Host>,
    present: &Present,
    held: &Held<'_>,
    walk: &mut Walk,
) -> Result<bool, DbError> {
    let Some(checkpoint) = walk.stream.checkpoint.clone() else { return Ok(true) };
    let connector = present.context.connector.clone();
    let grant = present.context.call(host, 0, present.limiter.clone(), Arc::new(NoIntents));
    let (started_at, seed) = (grant.started_at, grant.seed);
    let from = u32::try_from(walk.stream.checkpoint_state).unwrap_or_default();
    let name = walk.stream.name.clone();
    let report = host.sandbox.migrate(&connector, grant, &name, &checkpoint, from).await;
    let request = serde_json::json!({ "stream": name, "checkpoint": checkpoint, "from-state": from });
    let made = Made { export: "migrate", started_at, ended_at: time::unix_ms(), seed, request };
    let (outcome, left) = account(&present.context, made, report);
    let now = host.db.now().await?;
    match outcome {
        Ok(migrated) => {
            let state = i64::from(connector.spec.state);
            let (lease, stream) = (&held.lease, walk.stream.id);
            let from = walk.stream.checkpoint_state;
            match host.db.checkpoint_migrated(lease, stream, migrated.as_deref(), from, state).await {
                Ok(()) => {
                    walk.stream.checkpoint = migrated;
                    walk.stream.checkpoint_state = state;
                }
                // The version was undone meanwhile.
                Err(DbError::Outdated) => walk.again(host).await?,
                Err(error) => return Err(error),
            }
            let next = windlass_db::Next::Continue { lease_until: now + LEASE_MS };
            commit(host, &held.lease, &present.limiter, left, Vec::new(), next, false).await?;
            Ok(true)
        }
        Err(failure) => {
            let trial = Trial::of(host, &present.context, walk.run.id, "migrate", &failure).await?;
            let (next, _) = after_failure(&walk.run, &failure, false, now);
            let next = trial.instead(next, now);
            commit(host, &held.lease, &present.limiter, left, Vec::new(), next, false).await?;
            trial.end(host, walk.run.id).await;
            Ok(false)
        }
    }
}
