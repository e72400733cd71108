//! Runs: what was done, is being done, and waits for a person.

mod detail;
mod replay;
mod resolution;
mod view;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use windlass_db::{DbError, Run, RunFilter, RunKind, RunState};

use super::{
    Api,
    estimate::{self, EstimateView},
    extract::{Body, Names, Params, choice},
    page::{Page, limit, next_of, number_cursor},
    wait,
};
use crate::{problem::Problem, run::lift_refusals};

pub use detail::BodyView;
pub use replay::replay;
pub use view::{ErrorView, RunView, is_finished, switched_off};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    connection: Option<String>,
    /// Needs `connection`.
    stream: Option<String>,
    kind: Option<String>,
    state: Option<String>,
    cursor: Option<String>,
    limit: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShowParams {
    /// Seconds to wait until the run ends or moves on. The answer is the run alone then, without calls,
    /// intents and log.
    wait: Option<f64>,
    /// Pages the caller knows of: more of them are a move.
    after_pages: Option<i64>,
    /// Tell what a sync has yet to do, too.
    #[serde(default)]
    estimate: bool,
}

/// A run, and where it was asked for what is left of a sync.
#[derive(Serialize)]
struct FollowedView {
    #[serde(flatten)]
    run: RunView,
    #[serde(skip_serializing_if = "Option::is_none")]
    estimate: Option<EstimateView>,
}

/// One of `{"done": OUTPUT}`, `{"send_again": true}`, `{"drop": true}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResolveBody {
    done: Option<Box<RawValue>>,
    #[serde(default)]
    send_again: bool,
    #[serde(default)]
    drop: bool,
}

/// Newest first.
pub async fn list(
    State(api): State<Api>,
    Params(params): Params<ListParams>,
) -> Result<Json<Page<RunView>>, Problem> {
    let filter = filter(&api, params).await?;
    let runs = api.host.db.runs(&filter).await?;
    let next = next_of(&runs, filter.limit, |run| run.id.to_string());
    Ok(Json(Page { items: runs.iter().map(RunView::new).collect(), next }))
}

pub async fn show(
    State(api): State<Api>,
    Names(id): Names<i64>,
    Params(params): Params<ShowParams>,
) -> Result<Response, Problem> {
    if params.wait.is_none() {
        return Ok(Json(detail::detail(&api, find(&api, id).await?).await?).into_response());
    }
    let wait = wait::seconds(params.wait)?;
    let known = match params.after_pages {
        Some(pages) => pages,
        None => find(&api, id).await?.pages,
    };
    let mut first = None;
    let moved = |run: &Run| {
        let place = (run.state, run.snooze.as_ref().map(|_| run.due_at));
        let first = *first.get_or_insert(place);
        is_finished(run.state) || run.pages > known || place != first
    };
    let run = wait::until(&api, wait, || find(&api, id), moved).await?;
    let estimate = match params.estimate && !is_finished(run.state) {
        true => estimate::of_run(&api, &run).await?,
        false => None,
    };
    Ok(Json(FollowedView { run: RunView::new(&run), estimate }).into_response())
}

pub async fn retry(State(api): State<Api>, Names(id): Names<i64>) -> Result<Json<RunView>, Problem> {
    may_be_retried(&find(&api, id).await?)?;
    let run = api.host.db.run_retry(api.host.db.now().await?, id).await.map_err(wrong_state)?;
    lift_refusals(&api.host, run.connection).await?;
    api.host.wake.notify_one();
    Ok(Json(RunView::new(&run)))
}

/// Whether a run that has ended can be tried again at all.
fn may_be_retried(run: &Run) -> Result<(), Problem> {
    if !matches!(run.state, RunState::Failed | RunState::Cancelled) {
        return Ok(());
    }
    if run.output.is_some() {
        let detail = format!("the vendor has acted in run {}: a retry would do it twice", run.id);
        return Err(Problem::conflict("run.acted", detail));
    }
    if run.has_secrets {
        let detail = format!("the secrets of run {} were erased when it ended", run.id);
        return Err(Problem::conflict("run.secrets-erased", detail));
    }
    Ok(())
}

/// A queued run ends at once; a running one after its present call. A held one is resolved.
pub async fn cancel(State(api): State<Api>, Names(id): Names<i64>) -> Result<Json<RunView>, Problem> {
    let cancelled = api.host.db.run_cancel(api.host.db.now().await?, id).await;
    let run = match cancelled.map_err(wrong_state) {
        Ok(run) => run,
        Err(problem) if find(&api, id).await?.state == RunState::Held => {
            return Err(problem.hint(format!(
                "look at the vendor, then `windlass run resolve {id} --done JSON`, `--send-again` or `--drop`"
            )));
        }
        Err(problem) => return Err(problem),
    };
    Ok(Json(RunView::new(&run)))
}

/// A person says what became of a held run.
pub async fn resolve(
    State(api): State<Api>,
    Names(id): Names<i64>,
    Body(body): Body<ResolveBody>,
) -> Result<Json<RunView>, Problem> {
    let db = &api.host.db;
    let now = db.now().await?;
    let run = match (body.done, body.send_again, body.drop) {
        (Some(output), false, false) => {
            let output = resolution::output(&api, &find(&api, id).await?, output.get(), now).await?;
            db.run_resolve_done(now, id, &output).await
        }
        (None, true, false) => db.run_resolve_send_again(now, id).await,
        (None, false, true) => db.run_resolve_drop(now, id).await,
        _ => {
            return Err(Problem::unprocessable(
                "run.resolution",
                "say one of `done`, `send_again` and `drop`",
            )
            .hint("`windlass run resolve ID --done JSON`, `--send-again` or `--drop`"));
        }
    };
    let run = run.map_err(wrong_state)?;
    api.host.wake.notify_one();
    Ok(Json(RunView::new(&run)))
}

fn wrong_state(error: DbError) -> Problem {
    Problem::refused("run.state", error)
}

async fn find(api: &Api, id: i64) -> Result<Run, Problem> {
    api.host
        .db
        .run(id)
        .await?
        .ok_or_else(|| Problem::missing("run", id).hint("`windlass run list` lists runs"))
}

async fn filter(api: &Api, params: ListParams) -> Result<RunFilter, Problem> {
    let connection = match &params.connection {
        Some(name) => Some(api.connection(name).await?),
        None => None,
    };
    let stream = match (&params.stream, &connection) {
        (Some(stream), Some(connection)) => Some(api.stream(connection, stream).await?.id),
        (Some(_), None) => return Err(Problem::bad_param("stream", "name its `connection` too")),
        (None, _) => None,
    };
    Ok(RunFilter {
        connection: connection.map(|connection| connection.id),
        stream,
        kind: choice("kind", params.kind.as_deref(), RunKind::WORDS, RunKind::parse)?,
        state: choice("state", params.state.as_deref(), RunState::WORDS, RunState::parse)?,
        before: number_cursor(params.cursor.as_deref())?,
        limit: limit(params.limit)?,
    })
}
