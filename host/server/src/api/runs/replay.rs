//! A run made again from its traces.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde::Deserialize;
use windlass_db::DbError;
use windlass_sandbox::Connector;

use super::find;
use crate::{
    api::{
        Api,
        extract::{Names, Raw, read},
    },
    problem::Problem,
    registry::RegistryError,
    replay::{RunReplay, replay_run},
};

/// How a component begins.
const WASM: &[u8] = b"\0asm";

/// `{"digest": "…"}`: a version that is installed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Installed {
    digest: String,
}

/// The body is empty, a component, or names an installed version by its digest. Nothing of it is kept.
pub async fn replay(
    State(api): State<Api>,
    Names(id): Names<i64>,
    Raw(body): Raw,
) -> Result<Json<RunReplay>, Problem> {
    let run = find(&api, id).await?;
    let with = match &*body {
        [] => None,
        wasm if wasm.starts_with(WASM) => {
            Some(Arc::new(api.host.sandbox.load(Arc::new(wasm.to_vec())).await?))
        }
        json => Some(installed(&api, &read::<Installed>(json)?.digest).await?),
    };
    Ok(Json(replay_run(&api.host, &run, with.as_ref()).await?))
}

async fn installed(api: &Api, digest: &str) -> Result<Arc<Connector>, Problem> {
    let loaded = api.host.registry.load(&api.host.db, &api.host.sandbox, digest).await;
    loaded.map_err(|error| match error {
        RegistryError::Db(DbError::Missing { .. }) => Problem::missing("version", digest).at("/digest"),
        error => error.into(),
    })
}
