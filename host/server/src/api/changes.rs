//! The numbered changes of a stream.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use windlass_db::{Change, ChangeKind};

use super::{
    Api,
    extract::{Names, Params},
    page::limit,
    time, wait,
};
use crate::problem::Problem;

/// `{"sequence": 7, "kind": "created", "key": "1001", "origin": "sync:12", "hash": "…", "at": "…"}`;
/// kind is `created`, `updated` or `deleted`; origin is what made it, with the run's id.
#[derive(Serialize)]
pub struct ChangeView {
    sequence: i64,
    kind: &'static str,
    key: String,
    origin: String,
    hash: Option<String>,
    at: String,
}

/// `{"items": […], "after": 7, "latest": 251}`: go on with `after`; `latest` is the stream's last number.
#[derive(Serialize)]
pub struct ChangesView {
    items: Vec<ChangeView>,
    after: i64,
    latest: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    after: Option<i64>,
    limit: Option<i64>,
    /// Seconds to wait for the first change.
    wait: Option<f64>,
}

pub async fn list(
    State(api): State<Api>,
    Names((name, stream)): Names<(String, String)>,
    Params(params): Params<ListParams>,
) -> Result<Json<ChangesView>, Problem> {
    let after = params.after.unwrap_or_default();
    if after < 0 {
        return Err(Problem::bad_param("after", "a sequence is never below 0"));
    }
    let (limit, wait) = (limit(params.limit)?, wait::seconds(params.wait)?);
    let (_, stream) = api.stream_of(&name, &stream).await?;
    let look = || async { Ok(api.host.db.changes(stream.id, after, limit).await?) };
    let page = wait::until(&api, wait, look, |page| !page.changes.is_empty()).await?;
    Ok(Json(ChangesView {
        after: page.changes.last().map_or(after, |change| change.sequence),
        items: page.changes.into_iter().map(view).collect(),
        latest: page.latest,
    }))
}

fn view(change: Change) -> ChangeView {
    ChangeView {
        sequence: change.sequence,
        kind: match change.kind {
            ChangeKind::Created => "created",
            ChangeKind::Updated => "updated",
            ChangeKind::Deleted => "deleted",
        },
        key: change.key,
        origin: change.origin,
        hash: change.hash,
        at: time::text(change.at),
    }
}
