//! The output that a person gives for a held run.

use windlass_db::{Millis, Output, Run, RunState};

use crate::{
    actions::{Returned, Sealer, SecretTexts},
    api::Api,
    problem::Problem,
};

/// The output by the schema of the action, without what is secret in it. A version that no longer has the
/// action has no schema for it: what the person says counts then.
pub(super) async fn output(api: &Api, run: &Run, json: &str, now: Millis) -> Result<Output, Problem> {
    let connection = api.host.db.connection_by_id(run.connection).await?;
    let (RunState::Held, Some(name), Some(connection)) = (run.state, &run.action, connection) else {
        // The database says why it cannot be resolved.
        return Ok(Output::open(json));
    };
    let connector = api.connector(&connection).await?;
    let Some((action, schemas)) = connector.spec.action(name).zip(connector.action_schemas(name)) else {
        return Ok(Output::open(json));
    };
    let sealer = Sealer::of_run(&api.host.keys, run);
    let mut texts = SecretTexts::default();
    let input = sealer.open_input(run).map_err(Problem::host)?;
    input.iter().flat_map(|input| &input.secrets).for_each(|secret| texts.add(secret));
    let returned = Returned::read(action, &schemas.output, json, &mut texts, &sealer, now);
    match returned.misfit {
        None => Ok(returned.output),
        Some(misfit) => {
            let at = format!("/done{}", misfit.pointer);
            Err(Problem::unprocessable("run.output", misfit.message).at(at))
        }
    }
}
