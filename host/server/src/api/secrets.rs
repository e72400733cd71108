//! Secrets of a connection: compared, never shown.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};

use super::{
    Api,
    extract::{Body, Names},
};
use crate::{
    connections::{self, Sameness, Secrets},
    problem::Problem,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompareBody {
    secrets: Secrets,
}

/// `{"secrets": {"token": "same", "pin": "unset"}}`; `same`, `differs` or `unset`.
#[derive(Serialize)]
pub struct CompareView {
    secrets: BTreeMap<String, Sameness>,
}

/// Whether somebody who may replace the secrets would change anything by it.
pub async fn compare(
    State(api): State<Api>,
    Names(name): Names<String>,
    Body(body): Body<CompareBody>,
) -> Result<Json<CompareView>, Problem> {
    let connection = api.connection(&name).await?;
    let compared = connections::compare(&api.host, &connection, &body.secrets).await?;
    Ok(Json(CompareView { secrets: compared.into_iter().collect() }))
}
