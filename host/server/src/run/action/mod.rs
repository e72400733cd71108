//! An action run: steps of one action. The outside world is not transactional, so a run that may have
//! acted is repeated only where its spec says that is safe, and held for a person where not.

mod ending;
mod hidden;
mod request;

use std::sync::Arc;

use windlass_db::{DbError, Intent, Next, Run, RunError};
use windlass_sandbox::{ActOutcome, ActionSchemas, CallFailure, CallReport, Connector, spec};

use super::{
    blame::{host_error, operator_error, run_error},
    doubt::{Doubt, doubt},
    finish::{Made, account, commit, snooze, stop_schedule, transition},
    intents::RunIntents,
    lease::Held,
    present::{Absent, Present},
};
use crate::{actions::Sealer, activation::Trial, host::Host, time};

pub use ending::give_up;
use ending::{after_failed_step, after_return, given_up, in_doubt, settle_ms};
pub use hidden::Addresses;
use hidden::Hidden;

/// One step, with all that it needs.
struct Step<'r> {
    host: &'r Arc<Host>,
    held: &'r Held<'r>,
    present: &'r Present,
    run: &'r Run,
    action: &'r spec::Action,
    schemas: &'r ActionSchemas,
    intents: Vec<Intent>,
    hidden: Hidden<'r>,
}

pub async fn run(host: &Arc<Host>, run: Run, held: &Held<'_>) -> Result<(), DbError> {
    let present = match Present::look(host, &run, None).await? {
        Ok(present) => present,
        Err(Absent::Deleted) => return Ok(()),
        Err(Absent::Error(error)) => {
            let next = give_up(host, run.id, *error).await?;
            let now = host.db.now().await?;
            return host.db.transition(now, &held.lease, &next).await;
        }
    };
    let intents = host.db.intents(run.id).await?;
    let ready = ready(host, &present.context.connector, &run);
    let (action, schemas, hidden) = match ready {
        Ok(ready) => ready,
        Err(error) => {
            return transition(host, held, &present.limiter, given_up(run.id, &intents, *error)).await;
        }
    };
    let step = Step { host, held, present: &present, run: &run, action, schemas, intents, hidden };
    match step.before_the_call().await? {
        Some(next) => transition(host, held, &present.limiter, next).await,
        None => step.make().await,
    }
}

type Ready<'r> = (&'r spec::Action, &'r ActionSchemas, Hidden<'r>);

/// What the version says of the action, and the run's secrets; or why no step can be made.
fn ready<'r>(host: &'r Host, connector: &'r Connector, run: &'r Run) -> Result<Ready<'r>, Box<RunError>> {
    let name = run.action.as_deref().unwrap_or_default();
    let declared = connector.spec.action(name).zip(connector.action_schemas(name));
    let (action, schemas) = declared.ok_or_else(|| {
        let message = format!("version {} of the connector has no action {name}", connector.spec.version);
        operator_error("config", message, "`windlass connector list` shows the active versions")
    })?;
    let hidden = Hidden::open(Sealer::of_run(&host.keys, run), run, action).map_err(host_error)?;
    Ok((action, schemas, hidden))
}

impl Step<'_> {
    /// What keeps the step from being made: the run's next state.
    async fn before_the_call(&self) -> Result<Option<Next>, DbError> {
        let Step { host, run, action, intents, .. } = self;
        let what = format!("action {}", action.name);
        if let Some(error) = self.present.context.switched_off(&what, &action.enabled_by) {
            return Ok(Some(given_up(run.id, intents, error)));
        }
        let now = host.db.now().await?;
        match doubt(intents, action.repeat, settle_ms(action), now) {
            Doubt::None | Doubt::RepeatIsSafe => {}
            Doubt::SettlesAt(until) => return Ok(Some(settle(until))),
            Doubt::Hold => return Ok(Some(Next::Hold { error: in_doubt(run.id, None) })),
        }
        if run.cancel_asked {
            return Ok(Some(Next::Cancel));
        }
        if host.is_draining() {
            return Ok(Some(snooze(now, "draining", "the host is stopping", None)));
        }
        Ok(match self.present.limiter.reserve(action.max_requests).await? {
            Ok(()) => None,
            Err(no_room) => Some(snooze(no_room.until, "limit", no_room.message, None)),
        })
    }

    /// Calls the connector, and commits what came of it.
    async fn make(self) -> Result<(), DbError> {
        let Step { host, held, present, run, .. } = self;
        let request = request::request(run, &self.hidden, &self.intents);
        let may = RunIntents {
            db: host.db.clone(),
            lease: held.lease.clone(),
            attempt: run.attempt,
            addresses: self.hidden.addresses(),
        };
        let limiter = present.limiter.clone();
        let grant = present.context.call(host, self.action.max_requests, limiter, Arc::new(may));
        let (started_at, seed) = (grant.started_at, grant.seed);
        let report = tokio::select! {
            report = host.sandbox.act(&present.context.connector, grant, &request) => report,
            () = held.lost() => return Err(DbError::LeaseLost),
        };
        let recorded = request::recorded(run, &request);
        let made = Made { export: "act", started_at, ended_at: time::unix_ms(), seed, request: recorded };
        self.end(made, report).await
    }

    async fn end(mut self, made: Made, report: CallReport<ActOutcome>) -> Result<(), DbError> {
        let Step { host, held, present, run, action, schemas, .. } = self;
        let now = host.db.now().await?;
        let CallReport { outcome, usage, log, storage, exchanges, basis } = report;
        let returned = matches!(outcome, Ok(ActOutcome::Done(_)));
        let outcome = outcome.map(|outcome| after_return(action, schemas, &mut self.hidden, outcome, now));
        let report = CallReport { outcome, usage, log, storage, exchanges, basis };
        let (outcome, mut left) = account(&present.context, made, self.hidden.hide(report, returned));
        let failure = match outcome {
            Ok(next) => {
                let mut trial = None;
                if let Next::FailWith { error, .. } = &next {
                    left.line.error = Some(error.clone());
                    // The vendor has acted, so this is not made again; the version may go all the same.
                    let misfit = CallFailure::Output(error.message.clone());
                    trial = Some(Trial::of(host, &present.context, run.id, "act", &misfit).await?);
                }
                commit(host, &held.lease, &present.limiter, left, Vec::new(), next, true).await?;
                if let Some(trial) = trial {
                    trial.end(host, run.id).await;
                }
                return Ok(());
            }
            Err(failure) => failure,
        };
        let trial = Trial::of(host, &present.context, run.id, "act", &failure).await?;
        let intents = host.db.intents(run.id).await?;
        let instead = |next| trial.instead(next, now);
        let failed = after_failed_step(run, action, intents, &failure, now, instead);
        commit(host, &held.lease, &present.limiter, left, Vec::new(), failed.next, failed.verdict).await?;
        trial.end(host, run.id).await;
        if failed.stops {
            stop_schedule(host, &present.context, None, &run_error(&failure)).await;
        }
        Ok(())
    }
}

fn settle(until: i64) -> Next {
    snooze(until, "settle", "waiting until a lookup at the vendor can be trusted", None)
}
