//! Actions: what may be asked of a vendor, and asking it.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use rand::distr::{Alphanumeric, SampleString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use windlass_db::{NewRun, Run, RunKind, RunState, Trigger};
use windlass_sandbox::{
    Connector,
    spec::{Action, Repeat, Spec, first_off},
};

use super::{
    Api,
    extract::{Names, Params, Raw},
    full_config,
    page::Page,
    runs::{RunView, is_finished, switched_off},
    streams::refuse_paused,
    wait,
};
use crate::{
    actions::{Input, Part, Sealer},
    host::Host,
    problem::Problem,
};

/// Vendors show keys to people; ours must fit their fields.
const MOST_KEY_BYTES: usize = 200;
/// Letters and digits of a key that the host makes: as unguessable as a UUID.
const FRESH_KEY_LETTERS: usize = 22;

/// `{"name": "add-order", "title": "…", "description": "…", "repeat": "lookup", "ordering": null,
/// "enabled": true, "enabled_by": [], "input": SCHEMA, "output": SCHEMA}`; repeat is `vendor-key`,
/// `lookup` or `none`.
#[derive(Serialize)]
pub struct ActionView {
    name: String,
    title: Option<String>,
    description: Option<String>,
    repeat: &'static str,
    ordering: Option<String>,
    enabled: bool,
    enabled_by: Vec<String>,
    input: Value,
    output: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActParams {
    /// Seconds to wait for the outcome.
    wait: Option<f64>,
}

pub async fn list(
    State(api): State<Api>,
    Names(name): Names<String>,
) -> Result<Json<Page<ActionView>>, Problem> {
    let connection = api.connection(&name).await?;
    let connector = api.connector(&connection).await?;
    let config = full_config(&connector.spec, &connection)?;
    Ok(Json(Page::whole(connector.spec.actions.iter().map(|action| view(action, &config)))))
}

pub async fn show(
    State(api): State<Api>,
    Names((name, action)): Names<(String, String)>,
) -> Result<Json<ActionView>, Problem> {
    let connection = api.connection(&name).await?;
    let connector = api.connector(&connection).await?;
    let config = full_config(&connector.spec, &connection)?;
    Ok(Json(view(declared(&connector.spec, &action)?, &config)))
}

/// The body is the action's input. Answers with the output alone (200), the run's address (202), or a
/// problem; `Windlass-Run` names the run in each. What is secret in an output is shown to the first who asks
/// with the action's key once it is done, and to nobody after ten minutes: whoever did not wait asks again
/// with the same key and input.
pub async fn act(
    State(api): State<Api>,
    Names((name, action)): Names<(String, String)>,
    Params(params): Params<ActParams>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Response, Problem> {
    let wait = wait::seconds(params.wait)?;
    let connection = api.connection(&name).await?;
    let connector = api.connector(&connection).await?;
    let action = declared(&connector.spec, &action)?;
    let config = full_config(&connector.spec, &connection)?;
    if let Some(switch) = first_off(&config, &action.enabled_by) {
        return Err(switched_off(&connection.name, &format!("action {}", action.name), switch));
    }
    let key = key(&headers)?;
    let sealer = Sealer { keys: &api.host.keys, connection: connection.id, action: &action.name, key: &key };
    let input = read_input(&connector, action, &body, &sealer)?;
    let now = api.host.db.now().await?;
    let new = NewRun {
        kind: RunKind::Action,
        trigger: Trigger::Manual,
        connection: connection.id,
        stream: None,
        action: Some(action.name.clone()),
        full: false,
        input: Some(input.text.clone()),
        input_sealed: input.sealed.clone(),
        key: Some(key.clone()),
        input_hash: Some(input.hash().to_owned()),
        ordering: input.ordering.clone(),
        due_at: now,
    };
    if connection.state == windlass_db::ConnectionState::Paused && !wait.is_zero() {
        refuse_paused(&connection)?;
    }
    let (run, made) = api.host.db.action_enqueue(now, &new).await?;
    if !made && !input.is_same(run.input_hash.as_deref()) {
        return Err(key_reused(&run));
    }
    api.host.wake.notify_one();
    let look = || async { find(&api, run.id).await };
    let run = wait::until(&api, wait, look, |run| is_finished(run.state)).await?;
    let output = take_output(&api.host, &run, &sealer).await?;
    Ok(answer(&run, output.as_deref()))
}

async fn find(api: &Api, id: i64) -> Result<Run, Problem> {
    api.host.db.run(id).await?.ok_or_else(|| Problem::missing("run", id))
}

fn declared<'a>(spec: &'a Spec, name: &str) -> Result<&'a Action, Problem> {
    spec.action(name).ok_or_else(|| {
        let names: Vec<&str> = spec.actions.iter().map(|action| action.name.as_str()).collect();
        Problem::missing("action", name).hint(format!("{} has the actions {}", spec.name, names.join(", ")))
    })
}

fn view(action: &Action, config: &Value) -> ActionView {
    ActionView {
        name: action.name.clone(),
        title: action.title.clone(),
        description: action.description.clone(),
        repeat: match action.repeat {
            Repeat::VendorKey => "vendor-key",
            Repeat::Lookup => "lookup",
            Repeat::None => "none",
        },
        ordering: action.ordering.clone(),
        enabled: first_off(config, &action.enabled_by).is_none(),
        enabled_by: action.enabled_by.clone(),
        input: action.input.clone(),
        output: action.output.clone(),
    }
}

fn read_input(
    connector: &Connector,
    action: &Action,
    body: &[u8],
    sealer: &Sealer<'_>,
) -> Result<Input, Problem> {
    let schemas = connector.action_schemas(&action.name);
    let schemas = schemas.ok_or_else(|| Problem::host("an action without its schemas"))?;
    Input::read(action, &schemas.input, body, sealer).map_err(|misfit| {
        let whole = if misfit.pointer.is_empty() { "the input: " } else { "" };
        Problem::unprocessable("action.input", format!("{whole}{}", misfit.message)).at(misfit.pointer)
    })
}

/// The whole output, if something in it is secret: the first who asks gets it.
async fn take_output(host: &Host, run: &Run, sealer: &Sealer<'_>) -> Result<Option<String>, Problem> {
    if run.output_sealed_until.is_none() {
        return Ok(None);
    }
    let now = host.db.now().await?;
    let Some(sealed) = host.db.output_take(now, run.id).await? else { return Ok(None) };
    let opened = sealer.open(Part::Output, &sealed).map_err(Problem::host)?;
    Ok(Some(opened.expose().to_owned()))
}

fn key(headers: &HeaderMap) -> Result<String, Problem> {
    let Some(given) = headers.get("idempotency-key") else {
        return Ok(Alphanumeric.sample_string(&mut rand::rng(), FRESH_KEY_LETTERS));
    };
    let plain = |key: &&str| {
        !key.is_empty() && key.len() <= MOST_KEY_BYTES && key.bytes().all(|b| b.is_ascii_graphic())
    };
    given.to_str().ok().filter(plain).map(str::to_owned).ok_or_else(|| {
        let detail = format!("a key is 1 to {MOST_KEY_BYTES} visible ASCII characters without spaces");
        Problem::bad_request("action.key", detail)
    })
}

fn key_reused(run: &Run) -> Problem {
    let key = run.key.as_deref().unwrap_or_default();
    Problem::conflict(
        "action.key-reused",
        format!("key {key} was given before with another input, in run {}", run.id),
    )
    .hint("give every action its own key, and the same input when you repeat one")
    .with("run", run.id)
}

/// `whole`: the output with what is secret in it, where this caller is the one who gets that.
fn answer(run: &Run, whole: Option<&str>) -> Response {
    let address = format!("/v1/runs/{}", run.id);
    let mut response = match run.state {
        RunState::Succeeded => output(run, whole),
        RunState::Queued | RunState::Running => {
            (StatusCode::ACCEPTED, AppendHeaders([(header::LOCATION, address)]), Json(RunView::new(run)))
                .into_response()
        }
        RunState::Held => unhappy(run, 409, "action.held").into_response(),
        RunState::Cancelled => unhappy(run, 409, "action.cancelled").into_response(),
        RunState::Failed => match run.error.as_ref().map(|error| error.code.as_str()) {
            Some("rejected") => unhappy(run, 422, "action.rejected").into_response(),
            _ => failed(run, whole).into_response(),
        },
    };
    response.headers_mut().insert("windlass-run", HeaderValue::from(run.id));
    response
}

fn output(run: &Run, whole: Option<&str>) -> Response {
    let output = whole.or(run.output.as_deref()).unwrap_or("null").to_owned();
    ([(header::CONTENT_TYPE, "application/json")], output).into_response()
}

/// With `output`, where the vendor has acted and what came of it does not fit its schema.
fn failed(run: &Run, whole: Option<&str>) -> Problem {
    let problem = unhappy(run, 502, "action.failed");
    match whole.or(run.output.as_deref()) {
        None => problem,
        Some(output) => problem.with("output", serde_json::from_str::<Value>(output).unwrap_or_default()),
    }
}

/// `run`, `error_code`, `vendor_code` and `vendor_detail` stand beside the usual members.
fn unhappy(run: &Run, status: u16, code: &'static str) -> Problem {
    let problem = Problem::new(status, code, format!("run {} is cancelled", run.id)).with("run", run.id);
    let Some(error) = &run.error else { return problem };
    let detail = error.detail.as_deref().and_then(|json| serde_json::from_str::<Value>(json).ok());
    let mut problem = Problem::new(status, code, &error.message)
        .with("run", run.id)
        .with("error_code", error.code.as_str())
        .with("vendor_code", error.vendor_code.clone())
        .with("vendor_detail", detail);
    problem.hint = error.hint.clone();
    problem
}
