//! `windlass run`.

use std::path::PathBuf;

use serde_json::{Value, json};
use windlass_db::{RunKind, RunState};

use super::{
    Context, Ended,
    client::{Answer, Ask},
    failure::Exit,
    output, replay,
    table::{cell, facts, items},
    value, words,
};

/// Runs of a list when nobody asks for another number.
const LISTED: u32 = 20;

#[derive(clap::Subcommand)]
pub enum Verb {
    /// List runs, the newest first
    List {
        #[arg(long, value_name = "NAME")]
        connection: Option<String>,
        /// Needs --connection
        #[arg(long, requires = "connection", value_name = "NAME")]
        stream: Option<String>,
        #[arg(long, value_parser = words(RunKind::WORDS))]
        kind: Option<String>,
        #[arg(long, value_parser = words(RunState::WORDS))]
        state: Option<String>,
        #[arg(long, value_name = "N", default_value_t = LISTED)]
        limit: u32,
    },
    /// Show a run: its calls, intents and log
    Show { id: u64 },
    /// Queue a failed or cancelled run again
    Retry { id: u64 },
    /// Make the calls of a run again from their traces, offline, and compare
    Replay {
        id: u64,
        /// Another version of the connector
        #[arg(long, value_name = "FILE")]
        with: Option<PathBuf>,
    },
    /// Stop a run after its present call
    Cancel { id: u64 },
    /// Say what became of a held run
    Resolve {
        id: u64,
        #[command(flatten)]
        resolution: Resolution,
    },
}

#[derive(clap::Args)]
#[group(required = true, multiple = false)]
pub struct Resolution {
    /// It happened; this is its output
    #[arg(long, value_name = "JSON|@FILE|-")]
    done: Option<String>,
    /// It did not happen: send it again
    #[arg(long)]
    send_again: bool,
    /// Forget it
    #[arg(long)]
    drop: bool,
}

impl Verb {
    pub fn run(self, context: &Context) -> Ended {
        match self {
            Verb::List { connection, stream, kind, state, limit } => {
                let given =
                    [("connection", connection), ("stream", stream), ("kind", kind), ("state", state)];
                let filters = given.into_iter().filter_map(|(name, value)| Some((name, value?)));
                let ask = Ask::get(&["runs"]).query("limit", limit);
                list(
                    context,
                    &context.client.ask(filters.fold(ask, |ask, (name, value)| ask.query(name, value)))?,
                )
            }
            Verb::Show { id } => show(context, &context.client.ask(Ask::get(&["runs", &id.to_string()]))?),
            Verb::Retry { id } => change(context, Ask::post(&["runs", &id.to_string(), "retry"])),
            Verb::Replay { id, with } => replay::run(context, id, with.as_deref()),
            Verb::Cancel { id } => change(context, Ask::post(&["runs", &id.to_string(), "cancel"])),
            Verb::Resolve { id, resolution } => {
                let body = match (&resolution.done, resolution.send_again) {
                    // The person's text, not ours: numbers stay as written.
                    (Some(output), _) => {
                        format!("{{\"done\":{}}}", value::json_text("--done", output, "run.output")?)
                    }
                    (None, true) => json!({ "send_again": true }).to_string(),
                    (None, false) => json!({ "drop": true }).to_string(),
                };
                change(context, Ask::post(&["runs", &id.to_string(), "resolve"]).body(body))
            }
        }
    }
}

fn list(context: &Context, answer: &Answer) -> Ended {
    let columns = [
        ("id", "/id"),
        ("kind", "/kind"),
        ("connection", "/connection"),
        ("stream", "/stream"),
        ("action", "/action"),
        ("webhook", "/webhook"),
        ("state", "/state"),
        ("attempt", "/attempt"),
        ("pages", "/pages"),
        ("seen", "/records_seen"),
        ("written", "/records_written"),
        ("waits for", "/waits_for/message"),
        ("until", "/waits_for/until"),
        ("error", "/error/code"),
        ("created", "/created_at"),
    ];
    context.show(answer, |list| items(list, &columns, "there is no such run"))
}

fn change(context: &Context, ask: Ask<'_>) -> Ended {
    let answer = context.client.ask(ask)?;
    if context.json {
        output::line(&answer.text)?;
    } else {
        let run = answer.json()?;
        let state = cell(&run, "/state");
        let asked = state == "running" && cell(&run, "/cancel_asked") == "yes";
        let asked = if asked { ", and asked to stop" } else { "" };
        output::line(&format!("run {} is {state}{asked}", cell(&run, "/id")))?;
        if state == "held" {
            output::line(&format!("{}; {}", cell(&run, "/error/message"), cell(&run, "/error/hint")))?;
        }
    }
    Ok(Exit::Done)
}

fn show(context: &Context, answer: &Answer) -> Ended {
    context.show(answer, |run| {
        let calls = [
            ("call", "/id"),
            ("export", "/export"),
            ("attempt", "/attempt"),
            ("ms", "/duration_ms"),
            ("requests", "/requests"),
            ("digest", "/digest"),
            ("error", "/error/message"),
        ];
        let exchanges = [
            ("call", "/call"),
            ("request", "/method"),
            ("address", "/url"),
            ("status", "/status"),
            ("error", "/error/message"),
            ("ms", "/duration_ms"),
        ];
        let intents =
            [("intent", "/ordinal"), ("request", "/method"), ("address", "/url"), ("state", "/state")];
        let log = [("at", "/at"), ("level", "/level"), ("message", "/message")];
        let listed = |pointer: &str| json!({ "items": run.pointer(pointer).cloned().unwrap_or_default() });
        let tables = [
            head(run),
            items(&listed("/calls"), &calls, ""),
            items(&exchanges_of(run), &exchanges, ""),
            items(&listed("/intents"), &intents, ""),
            items(&listed("/log"), &log, ""),
        ];
        tables.into_iter().filter(|table| !table.is_empty()).collect::<Vec<_>>().join("\n\n")
    })
}

fn exchanges_of(run: &Value) -> Value {
    let calls = run.get("calls").and_then(Value::as_array).into_iter().flatten();
    let exchanges = calls.flat_map(|call| {
        let exchanges = call.get("exchanges").and_then(Value::as_array).into_iter().flatten();
        exchanges.map(|exchange| {
            let mut exchange = exchange.clone();
            exchange["call"] = call.get("id").cloned().unwrap_or_default();
            exchange
        })
    });
    json!({ "items": exchanges.collect::<Vec<_>>() })
}

fn head(run: &Value) -> String {
    let names = [
        ("run", "/id"),
        ("kind", "/kind"),
        ("state", "/state"),
        ("connection", "/connection"),
        ("stream", "/stream"),
        ("action", "/action"),
        ("webhook", "/webhook"),
        ("key", "/key"),
        ("input", "/input"),
        ("output", "/output"),
        ("attempt", "/attempt"),
        ("waits for", "/waits_for/message"),
        ("until", "/waits_for/until"),
        ("due", "/due_at"),
        ("pages", "/pages"),
        ("records seen", "/records_seen"),
        ("written", "/records_written"),
        ("deleted", "/records_deleted"),
        ("unlike the schema", "/schema_mismatches"),
        ("first unlike it at", "/schema_pointer"),
        ("error", "/error/message"),
        ("error code", "/error/code"),
        ("vendor code", "/error/vendor_code"),
        ("who must act", "/error/blame"),
        ("hint", "/error/hint"),
        ("created", "/created_at"),
        ("started", "/started_at"),
        ("finished", "/finished_at"),
    ];
    facts(&names.map(|(name, pointer)| (name, cell(run, pointer))))
}
