//! `windlass stream`.

use serde_json::{Value, json};

use super::{
    Context, Ended,
    client::{Answer, Ask},
    table::{cell, facts, items},
};

/// `--every` of a stream that runs by hand only.
const NEVER: &str = "never";

#[derive(clap::Subcommand)]
pub enum Verb {
    /// List the streams of a connection
    List { connection: String },
    /// Show a stream
    Show { connection: String, stream: String },
    /// Change a stream's schedule
    Set {
        connection: String,
        stream: String,
        /// Interval such as 90s, 15m, 2h, 1d, or `never`
        #[arg(long, value_name = "INTERVAL", required_unless_present = "cron", conflicts_with = "cron")]
        every: Option<String>,
        /// Minute, hour, day of month, month, day of week, such as "30 6 * * MON-FRI"
        #[arg(long, value_name = "EXPRESSION")]
        cron: Option<String>,
        /// The time zone whose clock counts, such as Europe/Warsaw [default: UTC]
        #[arg(long, value_name = "ZONE", requires = "cron")]
        zone: Option<String>,
    },
    /// Stop its schedule; runs by hand go on
    Pause { connection: String, stream: String },
    /// Follow its schedule again
    Resume { connection: String, stream: String },
    /// Let the next complete walk delete what it does not meet, however much that is
    AcceptDeletions { connection: String, stream: String },
}

impl Verb {
    pub fn run(self, context: &Context) -> Ended {
        match self {
            Verb::List { connection } => list(context, &connection),
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
        ("records", "/records"),
        ("changes", "/sequence"),
        ("last success", "/last_success_at"),
    ];
    let answer = context.client.ask(Ask::get(&["connections", connection, "streams"]))?;
    context.show(&answer, |list| items(list, &columns, "this connector has no streams"))
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
            ("records", cell(stream, "/records")),
            ("last change", cell(stream, "/sequence")),
            ("last success", cell(stream, "/last_success_at")),
            ("withheld deletions", cell(stream, "/withheld_deletions")),
        ])
    })
}
