//! `windlass stream`.

use serde_json::{Value, json};

use super::{
    Context, Ended,
    client::{Answer, Ask},
    failure::Exit,
    output,
    table::{cell, facts, items},
};

/// `--every` of a stream that runs by hand only.
const NEVER: &str = "never";

#[derive(clap::Subcommand)]
pub enum Verb {
    /// List streams: of a connection, or how those of all connections are
    List { connection: Option<String> },
    /// Show a stream
    Show { connection: String, stream: String },
    /// Change a stream's schedule
    #[command(group(clap::ArgGroup::new("schedule").required(true)))]
    Set {
        connection: String,
        stream: String,
        /// Interval such as 90s, 15m, 2h, 1d, or `never`
        #[arg(long, value_name = "INTERVAL", group = "schedule")]
        every: Option<String>,
        /// Minute, hour, day of month, month, day of week, such as "30 6 * * MON-FRI"
        #[arg(long, value_name = "EXPRESSION", group = "schedule")]
        cron: Option<String>,
        /// The time zone whose clock counts, such as Europe/Warsaw [default: UTC]
        #[arg(long, value_name = "ZONE", requires = "cron")]
        zone: Option<String>,
    },
    /// Stop its schedule; runs by hand go on
    Pause { connection: String, stream: String },
    /// Follow its schedule again
    Resume { connection: String, stream: String },
    /// Delete, now, what the last walk did not meet and withheld, but for what came again since
    AcceptDeletions { connection: String, stream: String },
}

impl Verb {
    pub fn run(self, context: &Context) -> Ended {
        match self {
            Verb::List { connection: Some(connection) } => list(context, &connection),
            Verb::List { connection: None } => list_all(context),
            Verb::Show { connection, stream } => show(
                context,
                &context.client.ask(Ask::get(&["connections", &connection, "streams", &stream]))?,
            ),
            Verb::Set { connection, stream, every, cron, zone } => {
                let body = match every {
                    Some(every) if every == NEVER => json!({ "every": Value::Null }),
                    Some(every) => json!({ "every": every }),
                    None => json!({ "cron": cron, "zone": zone }),
                };
                patch(context, &connection, &stream, body)
            }
            Verb::Pause { connection, stream } => {
                patch(context, &connection, &stream, json!({ "paused": true }))
            }
            Verb::Resume { connection, stream } => {
                patch(context, &connection, &stream, json!({ "paused": false }))
            }
            Verb::AcceptDeletions { connection, stream } => {
                let path = ["connections", &connection, "streams", &stream, "accept-deletions"];
                show(context, &context.client.ask(Ask::post(&path))?)
            }
        }
    }
}

fn list(context: &Context, connection: &str) -> Ended {
    let columns = [
        ("stream", "/name"),
        ("kind", "/kind"),
        ("enabled", "/enabled"),
        ("every", "/every"),
        ("cron", "/cron"),
        ("zone", "/zone"),
        ("next", "/due_at"),
        ("paused", "/paused"),
        ("stopped", "/stopped/code"),
        ("failing", "/failing/code"),
        ("records", "/records"),
        ("changes", "/sequence"),
        ("last success", "/last_success_at"),
    ];
    let answer = context.client.ask(Ask::get(&["connections", connection, "streams"]))?;
    context.show(&answer, |list| items(list, &columns, "this connector has no streams"))
}

/// One connection after the other: each has its own list.
fn list_all(context: &Context) -> Ended {
    let connections = context.client.ask(Ask::get(&["connections"]))?.json()?;
    let mut all = Vec::new();
    for connection in items_of(&connections) {
        let name = cell(connection, "/name");
        let streams = context.client.ask(Ask::get(&["connections", &name, "streams"]))?.json()?;
        all.extend(items_of(&streams).iter().map(|stream| {
            let mut stream = stream.clone();
            stream["connection"] = name.clone().into();
            stream["state"] = state(connection, &stream).into();
            stream["schedule"] = schedule(&stream).into();
            stream
        }));
    }
    let columns = [
        ("connection", "/connection"),
        ("stream", "/name"),
        ("schedule", "/schedule"),
        ("records", "/records"),
        ("changes", "/sequence"),
        ("state", "/state"),
        ("last success", "/last_success_at"),
    ];
    let all = json!({ "items": all, "next": null });
    output::line(&match context.json {
        true => all.to_string(),
        false => items(&all, &columns, "there is no stream: `windlass connection create`"),
    })?;
    Ok(Exit::Done)
}

/// When a stream runs by itself.
fn schedule(stream: &Value) -> String {
    let (every, cron) = (cell(stream, "/every"), cell(stream, "/cron"));
    match cron.is_empty() {
        true => every,
        false => format!("{cron} ({})", cell(stream, "/zone")),
    }
}

/// How a stream is, in a word: what keeps it from being read comes first.
fn state(connection: &Value, stream: &Value) -> String {
    let stopped = cell(stream, "/stopped/code");
    let failing = cell(stream, "/failing/code");
    let paused = cell(connection, "/state") == "paused" || cell(stream, "/paused") == "yes";
    match () {
        () if cell(stream, "/enabled") != "yes" => "off".to_owned(),
        () if paused => "paused".to_owned(),
        () if !stopped.is_empty() => format!("stopped: {stopped}"),
        () if !failing.is_empty() => format!("failing: {failing}"),
        () if cell(stream, "/last_success_at").is_empty() => "not read yet".to_owned(),
        () => "ok".to_owned(),
    }
}

fn items_of(list: &Value) -> &[Value] {
    list.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn patch(context: &Context, connection: &str, stream: &str, body: Value) -> Ended {
    let path = ["connections", connection, "streams", stream];
    show(context, &context.client.ask(Ask::new("PATCH", &path).json(&body))?)
}

fn show(context: &Context, answer: &Answer) -> Ended {
    context.show(answer, |stream| {
        facts(&[
            ("name", cell(stream, "/name")),
            ("title", cell(stream, "/title")),
            ("kind", cell(stream, "/kind")),
            ("enabled", cell(stream, "/enabled")),
            ("switched off by", cell(stream, "/switched_off_by")),
            ("every", cell(stream, "/every")),
            ("cron", cell(stream, "/cron")),
            ("zone", cell(stream, "/zone")),
            ("next run", cell(stream, "/due_at")),
            ("paused", cell(stream, "/paused")),
            ("stopped by", cell(stream, "/stopped/code")),
            ("because", cell(stream, "/stopped/message")),
            ("failing run", cell(stream, "/failing/run")),
            ("failing with", cell(stream, "/failing/message")),
            ("records", cell(stream, "/records")),
            ("last change", cell(stream, "/sequence")),
            ("last success", cell(stream, "/last_success_at")),
            ("withheld deletions", cell(stream, "/withheld_deletions")),
        ])
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::state;

    #[test]
    fn a_stream_is_as_what_keeps_it_from_being_read() {
        let read = json!({ "enabled": true, "paused": false, "stopped": null, "last_success_at": "12:00" });
        let active = json!({ "state": "active" });
        let with = |change: serde_json::Value| {
            let mut stream = read.clone();
            stream.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            state(&active, &stream)
        };
        assert_eq!(with(json!({})), "ok");
        assert_eq!(with(json!({ "last_success_at": null })), "not read yet");
        assert_eq!(with(json!({ "failing": { "code": "transient" } })), "failing: transient");
        assert_eq!(with(json!({ "stopped": { "code": "auth" } })), "stopped: auth");
        assert_eq!(with(json!({ "stopped": { "code": "auth" }, "paused": true })), "paused");
        assert_eq!(with(json!({ "enabled": false, "paused": true })), "off");
        assert_eq!(state(&json!({ "state": "paused" }), &read), "paused");
    }
}
