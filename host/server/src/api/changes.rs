//! The numbered changes of a stream: a page of them, or as they come.

use std::time::Duration;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, header::ACCEPT},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{Stream, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use windlass_db::{Change, ChangesPage};

use super::{
    Api,
    extract::{Names, Params},
    page::limit,
    time,
    wait::{self, MOST_WAIT},
};
use crate::problem::Problem;

/// A comment is sent so often while nothing changes: below the idle time-outs of common proxies.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

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

/// With `Accept: text/event-stream` the answer has no end: each change is an event named by its kind, with its
/// sequence as id and its view as data. Whoever comes back with `Last-Event-ID` goes on behind it.
pub async fn list(
    State(api): State<Api>,
    Names((name, stream)): Names<(String, String)>,
    Params(params): Params<ListParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let follows = wants_events(&headers);
    let after = last_event(&headers).filter(|_| follows).or(params.after).unwrap_or_default();
    if after < 0 {
        return Err(Problem::bad_param("after", "a sequence is never below 0"));
    }
    let (limit, wait) = (limit(params.limit)?, wait::seconds(params.wait)?);
    let (_, stream) = api.stream_of(&name, &stream).await?;
    let page = page(&api, stream.id, after, limit, wait).await?;
    if follows {
        let events = events(api, stream.id, after, limit, page);
        return Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response());
    }
    let view = ChangesView {
        after: last(&page).unwrap_or(after),
        items: page.changes.into_iter().map(view).collect(),
        latest: page.latest,
    };
    Ok(Json(view).into_response())
}

/// Waits for the first change.
async fn page(
    api: &Api,
    stream: i64,
    after: i64,
    limit: i64,
    wait: Duration,
) -> Result<ChangesPage, Problem> {
    let look = || async { Ok(api.host.db.changes(stream, after, limit).await?) };
    wait::until(api, wait, look, |page| !page.changes.is_empty()).await
}

fn last(page: &ChangesPage) -> Option<i64> {
    page.changes.last().map(|change| change.sequence)
}

/// `first`, and what follows it; ends when the host stops, and breaks off where it cannot go on: whoever comes
/// back is told why.
fn events(
    api: Api,
    stream: i64,
    after: i64,
    limit: i64,
    first: ChangesPage,
) -> impl Stream<Item = Result<Event, axum::Error>> {
    let pages = stream::try_unfold((api, after, Some(first)), move |(api, after, read)| async move {
        let page = match read {
            Some(page) => page,
            None if api.host.is_draining() => return Ok(None),
            None => page(&api, stream, after, limit, MOST_WAIT).await.map_err(axum::Error::new)?,
        };
        let after = last(&page).unwrap_or(after);
        let events = page.changes.into_iter().map(event);
        Ok(Some((stream::iter(events), (api, after, None))))
    });
    pages.try_flatten()
}

fn event(change: Change) -> Result<Event, axum::Error> {
    let view = view(change);
    Event::default().id(view.sequence.to_string()).event(view.kind).json_data(view)
}

fn wants_events(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|kind| kind.trim().starts_with("text/event-stream"))
}

fn last_event(headers: &HeaderMap) -> Option<i64> {
    headers.get("last-event-id")?.to_str().ok()?.parse().ok()
}

fn view(change: Change) -> ChangeView {
    ChangeView {
        sequence: change.sequence,
        kind: change.kind.as_str(),
        key: change.key,
        origin: change.origin,
        hash: change.hash,
        at: time::text(change.at),
    }
}
