//! A run as it stands in answers.

use serde::Serialize;
use serde_json::value::RawValue;
use windlass_db::{Run, RunError, RunState};

use crate::{api::time, connections::turn_on, problem::Problem};

/// ```json
/// {"id": 12, "kind": "sync", "state": "running", "trigger": "manual", "connection": "shop",
///  "stream": "orders", "action": null, "webhook": null, "key": null, "full": false, "attempt": 1, "due_at": "…",
///  "waits_for": {"code": "limit", "message": "limit minute is used up: 100 requests in 60 s", "until": "…"},
///  "cancel_asked": false, "digest": "…", "pages": 3, "records_seen": 300, "records_left": 59700, "records_written": 250,
///  "records_deleted": 0, "schema_mismatches": 0, "schema_pointer": null, "secrets_scrubbed": 0,
///  "output": null, "error": null, "created_at": "…", "started_at": "…", "finished_at": null}
/// ```
/// `records_left` is null unless the connector counts them. `waits_for` is null unless the run is parked. `output` is an action's, as JSON.
#[derive(Serialize)]
pub struct RunView {
    pub id: i64,
    kind: &'static str,
    state: &'static str,
    trigger: &'static str,
    connection: String,
    stream: Option<String>,
    action: Option<String>,
    webhook: Option<String>,
    key: Option<String>,
    full: bool,
    attempt: i64,
    due_at: String,
    waits_for: Option<WaitsFor>,
    cancel_asked: bool,
    digest: Option<String>,
    pages: i64,
    records_seen: i64,
    records_left: Option<i64>,
    records_written: i64,
    records_deleted: i64,
    schema_mismatches: i64,
    schema_pointer: Option<String>,
    secrets_scrubbed: i64,
    output: Option<Box<RawValue>>,
    error: Option<ErrorView>,
    created_at: String,
    started_at: Option<String>,
    finished_at: Option<String>,
}

#[derive(Serialize)]
struct WaitsFor {
    code: String,
    message: String,
    until: String,
}

/// `{"code": "auth", "message": "…", "hint": "…", "blame": "operator", "vendor_code": "…", "detail": {…}}`;
/// blame is `operator`, `vendor`, `connector` or `host`.
#[derive(Serialize)]
pub struct ErrorView {
    code: String,
    message: String,
    hint: Option<String>,
    blame: &'static str,
    vendor_code: Option<String>,
    detail: Option<Box<RawValue>>,
}

impl RunView {
    pub fn new(run: &Run) -> Self {
        let text = |at: Option<i64>| at.map(time::text);
        RunView {
            id: run.id,
            kind: run.kind.as_str(),
            state: run.state.as_str(),
            trigger: run.trigger.as_str(),
            connection: run.connection_name.clone(),
            stream: run.stream_name.clone(),
            action: run.action.clone(),
            webhook: run.webhook_name.clone(),
            key: run.key.clone(),
            full: run.full,
            attempt: run.attempt,
            due_at: time::text(run.due_at),
            waits_for: waits_for(run),
            cancel_asked: run.cancel_asked,
            digest: run.digest.clone(),
            pages: run.pages,
            records_seen: run.records_seen,
            records_left: run.records_left,
            records_written: run.records_written,
            records_deleted: run.records_deleted,
            schema_mismatches: run.schema_mismatches,
            schema_pointer: run.schema_pointer.clone(),
            secrets_scrubbed: run.secrets_scrubbed,
            output: run.output.as_deref().and_then(raw),
            error: run.error.as_ref().map(ErrorView::new),
            created_at: time::text(run.created_at),
            started_at: text(run.started_at),
            finished_at: text(run.finished_at),
        }
    }
}

impl ErrorView {
    pub fn new(error: &RunError) -> Self {
        ErrorView {
            code: error.code.clone(),
            message: error.message.clone(),
            hint: error.hint.clone(),
            blame: error.blame.as_str(),
            vendor_code: error.vendor_code.clone(),
            detail: error.detail.as_deref().and_then(raw),
        }
    }
}

/// No worker will touch it again unless a person asks.
pub fn is_finished(state: RunState) -> bool {
    match state {
        RunState::Queued | RunState::Running => false,
        RunState::Succeeded | RunState::Failed | RunState::Cancelled | RunState::Held => true,
    }
}

/// The configuration switches `what` off.
pub fn switched_off(connection: &str, what: &str, switch: &str) -> Problem {
    Problem::conflict("switched-off", format!("{what} of {connection} is switched off by `{switch}`"))
        .hint(turn_on(connection, switch))
        .with("property", switch)
}

fn waits_for(run: &Run) -> Option<WaitsFor> {
    let snooze = run.snooze.as_ref().filter(|_| run.state == RunState::Queued)?;
    Some(WaitsFor {
        code: snooze.code.clone(),
        message: snooze.message.clone(),
        until: time::text(run.due_at),
    })
}

/// Text that is JSON by the rules of the database; shown as nothing if it is not.
fn raw(json: &str) -> Option<Box<RawValue>> {
    RawValue::from_string(json.to_owned()).ok()
}
