//! Streams of a connection: schedule, state, and runs by hand.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{AppendHeaders, IntoResponse},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use windlass_db::{
    Connection, ConnectionState, DbError, Millis, NewRun, RunFilter, RunKind, RunState, Schedule, Stream,
    Trigger,
};
use windlass_sandbox::spec::{self, Spec, StreamKind, first_off};

use super::{
    Api,
    estimate::{self, EstimateView},
    extract::{Body, Names},
    full_config,
    page::Page,
    runs::{RunView, switched_off},
    time,
};
use crate::{
    connections::first_due,
    cron::{Cron, CronError, UTC},
    every,
    problem::Problem,
    run::lift_refusals,
};

/// Single keys that one run may read.
const MOST_KEYS: usize = 1_000;

/// `{"name": "orders", "title": "Orders", "kind": "incremental", "enabled": true,
/// "switched_off_by": null, "every": "15m", "cron": null, "zone": null, "due_at": "…", "paused": false,
/// "stopped": null, "failing": null, "records": 250, "sequence": 251, "last_success_at": "…", "withheld_deletions": null,
/// "walking": false}`.
///
/// `enabled`: the spec has it and the configuration does not switch it off; `switched_off_by` is the first
/// property that does. `stopped`: `{"code",
/// "message"}` of the error that stopped its schedule. `failing`: `{"run", "state", "code", "message"}` of its
/// last run, if that failed, or fails and is tried again. `sequence`: the number of its last change.
#[derive(Serialize)]
pub struct StreamView {
    name: String,
    title: Option<String>,
    kind: Option<&'static str>,
    enabled: bool,
    switched_off_by: Option<String>,
    every: Option<String>,
    cron: Option<String>,
    zone: Option<String>,
    due_at: Option<String>,
    paused: bool,
    stopped: Option<Stopped>,
    failing: Option<Failing>,
    records: i64,
    sequence: i64,
    last_success_at: Option<String>,
    withheld_deletions: Option<i64>,
    /// A snapshot walk is under way.
    walking: bool,
}

#[derive(Serialize)]
struct Stopped {
    code: String,
    message: Option<String>,
}

#[derive(Serialize)]
struct Failing {
    run: i64,
    state: &'static str,
    code: String,
    message: String,
}

/// `{"every": "30m" or null, "paused": true}`, or `{"cron": "30 6 * * MON-FRI", "zone": "Europe/Warsaw"}`;
/// what is left out stays, and a zone that is left out is UTC. `was`, in the same form: change the schedule
/// only if it is this one now.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetBody {
    #[serde(default, deserialize_with = "given")]
    every: Option<Option<String>>,
    cron: Option<String>,
    zone: Option<String>,
    was: Option<SeenSchedule>,
    paused: Option<bool>,
}

/// A schedule as a stream shows it; without members it runs by hand alone.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeenSchedule {
    every: Option<String>,
    cron: Option<String>,
    zone: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncBody {
    /// Read everything again.
    #[serde(default)]
    full: bool,
    /// Read these records only.
    #[serde(default)]
    keys: Vec<String>,
}

/// The run, whether it was there already, and what it will take.
#[derive(Serialize)]
pub struct SyncView {
    #[serde(flatten)]
    run: RunView,
    joined: bool,
    estimate: Option<EstimateView>,
}

pub async fn list(
    State(api): State<Api>,
    Names(name): Names<String>,
) -> Result<Json<Page<StreamView>>, Problem> {
    let connection = api.connection(&name).await?;
    let mut views = Vec::new();
    for stream in api.host.db.streams(connection.id).await? {
        views.push(view(&api, &connection, stream).await?);
    }
    Ok(Json(Page::whole(views)))
}

pub async fn show(
    State(api): State<Api>,
    Names((name, stream)): Names<(String, String)>,
) -> Result<Json<StreamView>, Problem> {
    let (connection, stream) = api.stream_of(&name, &stream).await?;
    Ok(Json(view(&api, &connection, stream).await?))
}

pub async fn set(
    State(api): State<Api>,
    Names((name, stream)): Names<(String, String)>,
    Body(body): Body<SetBody>,
) -> Result<Json<StreamView>, Problem> {
    let (connection, stream) = api.stream_of(&name, &stream).await?;
    let now = api.host.db.now().await?;
    if let Some(asked) = asked_schedule(&body, now)? {
        let was = body.was.map(SeenSchedule::read).transpose()?;
        schedule(&api, &connection, &stream, was, asked.as_ref(), now).await?;
    }
    if let Some(paused) = body.paused {
        if !paused {
            lift_refusals(&api.host, connection.id).await?;
        }
        api.host.db.stream_pause(stream.id, paused).await?;
    }
    let stream = api.stream(&connection, &stream.name).await?;
    Ok(Json(view(&api, &connection, stream).await?))
}

/// 202 with the address of the run. Joins the run of this stream that waits or runs.
pub async fn sync(
    State(api): State<Api>,
    Names((name, stream)): Names<(String, String)>,
    Body(body): Body<SyncBody>,
) -> Result<impl IntoResponse, Problem> {
    let (connection, stream) = api.stream_of(&name, &stream).await?;
    let connector = api.connector(&connection).await?;
    let declared = declared(&connector.spec, &stream.name)?;
    let config = full_config(&connector.spec, &connection)?;
    if let Some(switch) = first_off(&config, &declared.enabled_by) {
        return Err(switched_off(&connection.name, &format!("stream {}", stream.name), switch));
    }
    refuse_paused(&connection)?;
    lift_refusals(&api.host, connection.id).await?;
    let now = api.host.db.now().await?;
    let (run, made) = api.host.db.sync_enqueue(now, &new_run(&connection, &stream, body, now)?).await?;
    let estimate = estimate::of(&api, connection, &stream, declared, &run).await?;
    api.host.wake.notify_one();
    let address = AppendHeaders([(header::LOCATION, format!("/v1/runs/{}", run.id))]);
    Ok((StatusCode::ACCEPTED, address, Json(SyncView { run: RunView::new(&run), joined: !made, estimate })))
}

/// A person's word that what the last walk did not meet is really gone.
pub async fn accept_deletions(
    State(api): State<Api>,
    Names((name, stream)): Names<(String, String)>,
) -> Result<Json<StreamView>, Problem> {
    let (connection, stream) = api.stream_of(&name, &stream).await?;
    let accepted = api.host.db.accept_deletions(api.host.db.now().await?, stream.id).await;
    accepted.map_err(|error| Problem::refused("stream.nothing-withheld", error))?;
    let stream = api.stream(&connection, &stream.name).await?;
    Ok(Json(view(&api, &connection, stream).await?))
}

/// A run of a paused connection would not be taken.
pub fn refuse_paused(connection: &Connection) -> Result<(), Problem> {
    match connection.state {
        ConnectionState::Active => Ok(()),
        ConnectionState::Paused => {
            let detail = format!("connection {} is paused", connection.name);
            Err(Problem::conflict("connection.paused", detail)
                .hint(format!("`windlass connection resume {}` lets it run again", connection.name)))
        }
    }
}

impl SeenSchedule {
    fn read(self) -> Result<Option<Schedule>, Problem> {
        let wrong = |detail: String| Problem::unprocessable("stream.every", detail).at("/was/every");
        match (self.every, self.cron) {
            (Some(every), _) => Ok(Some(Schedule::Every(every::parse(&every).map_err(wrong)?))),
            (None, Some(expression)) => {
                let zone = self.zone.unwrap_or_default();
                Ok(Some(Schedule::Cron { expression, zone }))
            }
            (None, None) => Ok(None),
        }
    }
}

/// The schedule that a body asks for: none inside for runs by hand alone, none at all to leave it as it is.
fn asked_schedule(body: &SetBody, now: Millis) -> Result<Option<Option<Schedule>>, Problem> {
    let wrong_every = |detail: String| Problem::unprocessable("stream.every", detail).at("/every");
    let wrong_cron = |detail: String| Problem::unprocessable("stream.cron", detail).at("/cron");
    let wrong_zone = |detail: String| Problem::unprocessable("stream.zone", detail).at("/zone");
    match (&body.every, &body.cron, &body.zone) {
        (None, None, None) => Ok(None),
        (Some(_), Some(_), _) => {
            Err(wrong_cron("a stream runs at an interval or by a cron expression, not by both".to_owned()))
        }
        (_, None, Some(_)) => Err(wrong_zone("a time zone goes with a cron expression".to_owned())),
        (Some(None), None, None) => Ok(Some(None)),
        (Some(Some(every)), None, None) => {
            let every_ms = every::parse(every).map_err(wrong_every)?;
            Ok(Some(Some(Schedule::Every(every_ms))))
        }
        (None, Some(expression), zone) => {
            let zone = zone.as_deref().unwrap_or(UTC);
            let cron = Cron::parse(expression, zone, now).map_err(|error| match error {
                CronError::Expression(detail) => wrong_cron(detail),
                CronError::Zone(detail) => wrong_zone(detail),
            })?;
            let zone = cron.zone_name(zone).to_owned();
            Ok(Some(Some(Schedule::Cron { expression: expression.trim().to_owned(), zone })))
        }
    }
}

async fn schedule(
    api: &Api,
    connection: &Connection,
    stream: &Stream,
    was: Option<Option<Schedule>>,
    schedule: Option<&Schedule>,
    now: Millis,
) -> Result<(), Problem> {
    let connector = api.connector(connection).await?;
    let config = full_config(&connector.spec, connection)?;
    let declared = connector.spec.stream(&stream.name);
    let on = declared.is_some_and(|declared| first_off(&config, &declared.enabled_by).is_none());
    let due_at = schedule.filter(|_| on).and_then(|schedule| first_due(now, schedule));
    let was = was.as_ref().map(Option::as_ref);
    let scheduled = api.host.db.stream_schedule(stream.id, was, schedule, due_at).await;
    scheduled.map_err(|error| match error {
        DbError::Outdated => {
            let (stream, connection) = (&stream.name, &connection.name);
            Problem::outdated(format!("{stream} of {connection} has another schedule by now"))
        }
        error => error.into(),
    })
}

fn declared<'a>(spec: &'a Spec, name: &str) -> Result<&'a spec::Stream, Problem> {
    spec.stream(name).ok_or_else(|| {
        let detail = format!("{} {} has no stream {name} any more", spec.name, spec.version);
        Problem::conflict("stream.gone", detail).hint("its records stay readable")
    })
}

fn new_run(connection: &Connection, stream: &Stream, body: SyncBody, now: i64) -> Result<NewRun, Problem> {
    let strange = |key: &String| key.is_empty() || key.contains('\0');
    if body.keys.len() > MOST_KEYS || body.keys.iter().any(strange) {
        let detail = format!("give up to {MOST_KEYS} keys, none of them empty");
        return Err(Problem::unprocessable("stream.keys", detail).at("/keys"));
    }
    Ok(NewRun {
        kind: RunKind::Sync,
        trigger: Trigger::Manual,
        connection: connection.id,
        stream: Some(stream.id),
        action: None,
        full: body.full,
        input: (!body.keys.is_empty()).then(|| Value::from(body.keys).to_string()),
        input_sealed: None,
        key: None,
        input_hash: None,
        ordering: None,
        due_at: now,
    })
}

async fn view(api: &Api, connection: &Connection, stream: Stream) -> Result<StreamView, Problem> {
    let connector = api.connector(connection).await?;
    let config = full_config(&connector.spec, connection)?;
    let declared = connector.spec.stream(&stream.name);
    let off = declared.and_then(|declared| first_off(&config, &declared.enabled_by));
    let failing = failing(api, &stream).await?;
    let (every, cron, zone) = match stream.schedule {
        None => (None, None, None),
        Some(Schedule::Every(every_ms)) => (Some(every::text(every_ms)), None, None),
        Some(Schedule::Cron { expression, zone }) => (None, Some(expression), Some(zone)),
    };
    Ok(StreamView {
        title: declared.and_then(|declared| declared.title.clone()),
        kind: declared.map(|declared| match declared.kind {
            StreamKind::Incremental => "incremental",
            StreamKind::Snapshot => "snapshot",
        }),
        enabled: declared.is_some() && off.is_none(),
        switched_off_by: off.map(str::to_owned),
        every,
        cron,
        zone,
        due_at: stream.due_at.map(time::text),
        paused: stream.paused,
        stopped: stream.stopped_code.map(|code| Stopped { code, message: stream.stopped_message }),
        failing,
        records: stream.records,
        sequence: stream.sequence,
        last_success_at: stream.last_success_at.map(time::text),
        withheld_deletions: api.host.db.withheld_deletions(stream.id).await?,
        walking: stream.walk.is_some(),
        name: stream.name,
    })
}

async fn failing(api: &Api, stream: &Stream) -> Result<Option<Failing>, Problem> {
    let newest = RunFilter { stream: Some(stream.id), limit: 1, ..RunFilter::default() };
    let last = api.host.db.runs(&newest).await?.pop();
    let fails =
        last.filter(|run| matches!(run.state, RunState::Failed | RunState::Queued | RunState::Running));
    Ok(fails.and_then(|run| {
        let error = run.error?;
        let state = run.state.as_str();
        Some(Failing { run: run.id, state, code: error.code, message: error.message })
    }))
}

/// Tells `null` (no schedule) from nothing (as it is).
fn given<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
