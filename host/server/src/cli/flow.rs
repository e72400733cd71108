//! `windlass flow`.

use serde_json::{Map, Value, json};

use super::{
    Context, Ended,
    client::{Answer, Ask},
    failure::{Exit, Failure},
    options, output,
    table::{cell, facts, items, table},
    value,
    values::{Settings, schema, warn},
};

#[derive(clap::Subcommand)]
pub enum Verb {
    /// Make a flow between connections; it begins at once
    Create {
        name: String,
        #[arg(long, value_name = "NAME")]
        flow: String,
        /// Bind a role to a connection
        #[arg(long = "connect", value_name = "ROLE=CONNECTION")]
        connect: Vec<String>,
        #[command(flatten)]
        settings: Settings,
    },
    /// List flows
    List,
    /// Show a flow, and how far it is
    Show { name: String },
    /// Change a flow; what it held is shown to it again
    Set {
        name: String,
        /// Bind a role to another connection, which it follows from its first record on
        #[arg(long = "connect", value_name = "ROLE=CONNECTION")]
        connect: Vec<String>,
        #[command(flatten)]
        settings: Settings,
        /// Remove a property
        #[arg(long, value_name = "NAME")]
        unset: Vec<String>,
    },
    /// Does it have what it needs, and when did it last do something?
    Check { name: String },
    /// What may be chosen for its properties
    Options {
        name: String,
        /// Such as `status`, or `rates.id` for the rows of a list [default: list the properties]
        property: Option<String>,
        /// Only those whose value or label holds this
        #[arg(long, value_name = "TEXT", requires = "property")]
        search: Option<String>,
        /// At most so many [default: all]
        #[arg(long, value_name = "N", requires = "property")]
        limit: Option<u32>,
    },
    /// Show it nothing more
    Pause { name: String },
    /// Go on where it stopped
    Resume { name: String },
    /// List the changes that it holds, and why
    Held { name: String },
    /// Show it a held change again, or all of them
    Deliver { name: String, id: Option<i64> },
    /// Give up a held change; nothing shows it again
    Drop { name: String, id: i64 },
    /// Delete a flow; what it asked for goes on
    Delete { name: String },
}

impl Verb {
    pub fn run(self, context: &Context) -> Ended {
        match self {
            Verb::Create { name, flow, connect, settings } => {
                create(context, &name, &flow, &connect, &settings)
            }
            Verb::List => list(context),
            Verb::Show { name } => {
                let answer = context.client.ask(Ask::get(&["flows", &name]))?;
                warn(&answer)?;
                show(context, &answer)
            }
            Verb::Set { name, connect, settings, unset } => set(context, &name, &connect, &settings, &unset),
            Verb::Check { name } => check(context, &name),
            Verb::Options { name, property: None, .. } => options::properties(context, "flows", &name),
            Verb::Options { name, property: Some(property), search, limit } => {
                options::list(context, ("flows", &name), &property, search.as_deref(), limit)
            }
            Verb::Pause { name } => say(context, &name, "pause", "is paused"),
            Verb::Resume { name } => say(context, &name, "resume", "is active"),
            Verb::Held { name } => held(context, &name),
            Verb::Deliver { name, id } => deliver(context, &name, id),
            Verb::Drop { name, id } => {
                context.client.ask(Ask::new("DELETE", &["flows", &name, "held", &id.to_string()]))?;
                if !context.json {
                    output::line(&format!("held change {id} of {name} is given up"))?;
                }
                Ok(Exit::Done)
            }
            Verb::Delete { name } => {
                context.client.ask(Ask::new("DELETE", &["flows", &name]))?;
                if !context.json {
                    output::line(&format!("{name} is deleted"))?;
                }
                Ok(Exit::Done)
            }
        }
    }
}

fn create(context: &Context, name: &str, flow: &str, connect: &[String], settings: &Settings) -> Ended {
    let connect = roles(connect)?;
    let config = settings.config(&schema(context, flow)?)?;
    let labels = settings.labels()?;
    let body = json!({ "name": name, "flow": flow, "connect": connect, "config": config, "labels": labels });
    let answer = context.client.ask(Ask::post(&["flows"]).json(&body))?;
    warn(&answer)?;
    match context.json {
        true => output::line(&answer.text)?,
        false => {
            output::line(&format!(
                "{name} is made and begins: `windlass flow check {name}` shows how it goes"
            ))?;
        }
    }
    Ok(Exit::Done)
}

fn set(context: &Context, name: &str, connect: &[String], settings: &Settings, unset: &[String]) -> Ended {
    let flow = context.client.ask(Ask::get(&["flows", name]))?.json()?;
    let config = settings.config(&schema(context, &cell(&flow, "/flow"))?)?;
    let mut body = json!({ "config": config, "unset": unset });
    let connect = roles(connect)?;
    if !connect.is_empty() {
        body["connect"] = Value::Object(connect);
    }
    let labels = settings.labels()?;
    if !labels.is_empty() {
        let mut all = flow.get("labels").and_then(Value::as_object).cloned().unwrap_or_default();
        all.extend(labels);
        body["labels"] = Value::Object(all);
    }
    let answer = context.client.ask(Ask::new("PATCH", &["flows", name]).json(&body))?;
    warn(&answer)?;
    show(context, &answer)
}

fn roles(connect: &[String]) -> Result<Map<String, Value>, Failure> {
    value::object("--connect", connect, |_, connection| Ok(connection.into()))
}

fn list(context: &Context) -> Ended {
    let columns = [
        ("name", "/name"),
        ("flow", "/flow"),
        ("state", "/state"),
        ("connections", "/connect"),
        ("held", "/held"),
    ];
    let answer = context.client.ask(Ask::get(&["flows"]))?;
    context.show(&answer, |list| items(list, &columns, "there is no flow: `windlass flow create`"))
}

fn show(context: &Context, answer: &Answer) -> Ended {
    context.show(answer, |flow| {
        let about = facts(&[
            ("name", cell(flow, "/name")),
            ("flow", cell(flow, "/flow")),
            ("state", cell(flow, "/state")),
            ("connections", cell(flow, "/connect")),
            ("configuration", cell(flow, "/config")),
            ("labels", cell(flow, "/labels")),
            ("made", cell(flow, "/created_at")),
            ("held changes", cell(flow, "/held")),
        ]);
        let columns = ["follows", "role", "position", "behind", "moved"];
        let feeds = flow.get("feeds").and_then(Value::as_array).into_iter().flatten();
        let row = |feed: &Value| {
            ["/stream", "/role", "/position", "/behind", "/moved_at"].map(|at| cell(feed, at)).to_vec()
        };
        format!("{about}\n\n{}", table(&columns, feeds.map(row)))
    })
}

fn check(context: &Context, name: &str) -> Ended {
    let answer = context.client.ask(Ask::post(&["flows", name, "check"]))?;
    let checked = answer.json()?;
    if context.json {
        output::line(&answer.text)?;
    } else {
        for finding in checked.get("findings").and_then(Value::as_array).into_iter().flatten() {
            let mark = if finding.get("breaks") == Some(&Value::Bool(true)) { "error:" } else { "note:" };
            output::line(&format!("{mark} {}", output::plain(&cell(finding, "/message"))))?;
        }
        let columns = ["asked for", "last", "record", "changed", "done", "seconds"];
        let directions = checked.get("directions").and_then(Value::as_array).into_iter().flatten();
        let row = |direction: &Value| {
            let last = cell(direction, "/state");
            let last = if last.is_empty() { "nothing yet".to_owned() } else { last };
            let rest = ["/key", "/changed_at", "/done_at", "/latency_seconds"].map(|at| cell(direction, at));
            [vec![cell(direction, "/what"), last], rest.to_vec()].concat()
        };
        output::line(&table(&columns, directions.map(row)))?;
    }
    match checked.get("ok") == Some(&Value::Bool(true)) {
        true => Ok(Exit::Done),
        false => Ok(Exit::Failed),
    }
}

fn held(context: &Context, name: &str) -> Ended {
    let columns = [
        ("id", "/id"),
        ("role", "/role"),
        ("stream", "/stream"),
        ("record", "/key"),
        ("change", "/kind"),
        ("since", "/held_at"),
        ("why", "/reason"),
    ];
    let answer = context.client.ask(Ask::get(&["flows", name, "held"]))?;
    context.show(&answer, |list| items(list, &columns, "nothing is held"))
}

fn deliver(context: &Context, name: &str, id: Option<i64>) -> Ended {
    let id = id.map(|id| id.to_string());
    let answer = match &id {
        Some(id) => context.client.ask(Ask::post(&["flows", name, "held", id, "deliver"]))?,
        None => context.client.ask(Ask::post(&["flows", name, "held", "deliver"]))?,
    };
    match (context.json, id) {
        (true, _) => output::line(&answer.text)?,
        (false, Some(id)) => output::line(&format!("held change {id} is shown to {name} again"))?,
        (false, None) => {
            let delivered = cell(&answer.json()?, "/delivered");
            output::line(&format!("{delivered} held changes are shown to {name} again"))?;
        }
    }
    Ok(Exit::Done)
}

fn say(context: &Context, name: &str, verb: &str, what: &str) -> Ended {
    let answer = context.client.ask(Ask::post(&["flows", name, verb]))?;
    context.show(&answer, |flow| format!("{} {what}", cell(flow, "/name")))
}
