//! Everything known of one run: its calls, their exchanges with the vendor, intents and log.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;
use serde_json::value::RawValue;
use windlass_db::{CallRow, Intent, IntentState, Run};
use windlass_sandbox::egress::{Exchange, Withheld};

use super::view::{ErrorView, RunView};
use crate::{
    api::{Api, log::LogView, time},
    problem::Problem,
    run::trace::Recording,
};

/// As much of a body as people read. The trace holds the whole.
const MOST_BODY_BYTES: usize = 16 << 10;

/// A run as in lists, and `input`, `ordering`, `calls`, `intents`, `log`.
#[derive(Serialize)]
pub struct RunDetail {
    #[serde(flatten)]
    run: RunView,
    input: Option<Box<RawValue>>,
    ordering: Option<String>,
    calls: Vec<CallView>,
    intents: Vec<IntentView>,
    log: Vec<LogView>,
}

/// `{"id": 3, "attempt": 1, "export": "read", "digest": "…", "started_at": "…", "duration_ms": 120,
/// "cpu_us": 4100, "requests": 1, "memory_bytes": 1200000, "secrets_scrubbed": 0, "error": null,
/// "exchanges": [EXCHANGE]}`; `exchanges` is null when the trace is no longer kept.
#[derive(Serialize)]
struct CallView {
    id: i64,
    attempt: i64,
    export: String,
    digest: String,
    started_at: String,
    duration_ms: i64,
    cpu_us: i64,
    requests: i64,
    memory_bytes: i64,
    secrets_scrubbed: i64,
    error: Option<ErrorView>,
    exchanges: Option<Vec<ExchangeView>>,
}

/// `{"method": "POST", "url": "…", "headers": [["name", "value"]], "body": BODY, "started_at": "…",
/// "duration_ms": 80, "status": 200, "answer_headers": […], "answer_body": BODY, "error": null,
/// "secrets_scrubbed": 0, "unseen": false}`, without credentials. `error` is `{"kind": "timeout",
/// "message": "…"}`. The connector saw nothing of what is `unseen`: a login (without headers and bodies),
/// or an answer after which the host logged in again and sent the request once more.
#[derive(Serialize)]
struct ExchangeView {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: BodyView,
    started_at: String,
    duration_ms: i64,
    status: Option<u16>,
    answer_headers: Vec<(String, String)>,
    answer_body: Option<BodyView>,
    error: Option<ExchangeError>,
    secrets_scrubbed: u32,
    unseen: bool,
}

/// `{"text": "…", "base64": null, "bytes": 812, "cut": false}`; base64 for what is not text. Both are null
/// where the body is not kept, because something in the action is secret.
#[derive(Serialize)]
pub struct BodyView {
    text: Option<String>,
    base64: Option<String>,
    bytes: usize,
    cut: bool,
}

#[derive(Serialize)]
struct ExchangeError {
    kind: windlass_sandbox::egress::HttpErrorKind,
    message: String,
}

/// `{"ordinal": 1, "attempt": 1, "method": "POST", "url": "…", "state": "answered", "at": "…"}`; state is
/// `open`, `not-sent`, `answered` or `settled`.
#[derive(Serialize)]
struct IntentView {
    ordinal: i64,
    attempt: i64,
    method: String,
    url: String,
    state: &'static str,
    at: String,
}

pub(super) async fn detail(api: &Api, run: Run) -> Result<RunDetail, Problem> {
    let db = &api.host.db;
    let mut calls = Vec::new();
    for call in db.calls(run.id).await? {
        calls.push(call_view(api, call).await?);
    }
    Ok(RunDetail {
        input: run.input.clone().and_then(|json| RawValue::from_string(json).ok()),
        ordering: run.ordering.clone(),
        calls,
        intents: db.intents(run.id).await?.into_iter().map(intent_view).collect(),
        log: db.run_log(run.id).await?.into_iter().map(LogView::from).collect(),
        run: RunView::new(&run),
    })
}

async fn call_view(api: &Api, call: CallRow) -> Result<CallView, Problem> {
    let trace = if call.has_trace { api.host.db.trace(call.id).await? } else { None };
    let recording = trace.and_then(|trace| {
        Recording::unpack(&trace)
            .inspect_err(|error| tracing::error!(call = call.id, %error, "unreadable trace"))
            .ok()
    });
    Ok(CallView {
        duration_ms: call.duration_ms(),
        id: call.id,
        attempt: call.attempt,
        export: call.export,
        digest: call.digest,
        started_at: time::text(call.started_at),
        cpu_us: call.cpu_us,
        requests: call.requests,
        memory_bytes: call.memory_bytes,
        secrets_scrubbed: call.secrets_scrubbed,
        error: call.error.as_ref().map(ErrorView::new),
        exchanges: recording.map(|recording| recording.exchanges.into_iter().map(exchange_view).collect()),
    })
}

fn exchange_view(exchange: Exchange) -> ExchangeView {
    let (request, answered) = match exchange.withheld {
        Some(Withheld { request_bytes, answer_bytes }) => (Some(request_bytes), Some(answer_bytes)),
        None => (None, None),
    };
    let (status, answer_headers, answer_body, error) = match exchange.outcome {
        Ok(answer) => (Some(answer.status), answer.headers, Some(body_view(&answer.body, answered)), None),
        Err(error) => {
            (None, Vec::new(), None, Some(ExchangeError { kind: error.kind, message: error.message }))
        }
    };
    ExchangeView {
        method: exchange.method,
        url: exchange.url,
        headers: exchange.headers,
        body: body_view(&exchange.body, request),
        started_at: time::text(exchange.started_at),
        duration_ms: exchange.ended_at - exchange.started_at,
        status,
        answer_headers,
        answer_body,
        error,
        secrets_scrubbed: exchange.scrubbed,
        unseen: exchange.unseen,
    }
}

/// `withheld`: the bytes of a body that is not kept.
fn body_view(body: &[u8], withheld: Option<usize>) -> BodyView {
    match withheld {
        Some(bytes) => BodyView { text: None, base64: None, bytes, cut: bytes > 0 },
        None => BodyView::of(body, MOST_BODY_BYTES),
    }
}

impl BodyView {
    /// At most so many bytes of it.
    pub fn of(body: &[u8], most_bytes: usize) -> BodyView {
        let (bytes, cut) = (body.len(), body.len() > most_bytes);
        match std::str::from_utf8(body) {
            Ok(text) => {
                let shown = &text[..text.floor_char_boundary(most_bytes)];
                BodyView { text: Some(shown.to_owned()), base64: None, bytes, cut }
            }
            Err(_) => {
                let shown = &body[..bytes.min(most_bytes)];
                BodyView { text: None, base64: Some(STANDARD.encode(shown)), bytes, cut }
            }
        }
    }
}

fn intent_view(intent: Intent) -> IntentView {
    IntentView {
        ordinal: intent.ordinal,
        attempt: intent.attempt,
        method: intent.method,
        url: intent.url,
        state: match intent.state {
            IntentState::Open => "open",
            IntentState::NotSent => "not-sent",
            IntentState::Answered => "answered",
            IntentState::Settled => "settled",
        },
        at: time::text(intent.at),
    }
}
