//! `windlass connection`.

use serde_json::{Value, json};

use super::{
    Context, Ended,
    client::{Answer, Ask},
    failure::{Exit, Failure},
    options, output, sync,
    table::{cell, facts, items},
    values::{Values, schema, warn},
};

#[derive(clap::Subcommand)]
pub enum Verb {
    /// Make a connection; nothing is asked of the vendor yet
    Create {
        name: String,
        #[arg(long, value_name = "NAME")]
        connector: String,
        #[command(flatten)]
        values: Values,
        /// Read all its streams now
        #[arg(long)]
        sync: bool,
    },
    /// List connections
    List,
    /// Show a connection; secrets by name only
    Show { name: String },
    /// Change a connection
    Set {
        name: String,
        #[command(flatten)]
        values: Values,
        /// Remove a property or a secret
        #[arg(long, value_name = "NAME")]
        unset: Vec<String>,
    },
    /// Ask the vendor whether configuration and credentials work
    Check { name: String },
    /// Start no more runs
    Pause { name: String },
    /// Run again
    Resume { name: String },
    /// What may be chosen for its properties
    Options {
        name: String,
        /// Such as `status`, or `locations.warehouse` for the rows of a list [default: list the properties]
        property: Option<String>,
        /// Only those whose value or label holds this
        #[arg(long, value_name = "TEXT", requires = "property")]
        search: Option<String>,
        /// At most so many [default: all]
        #[arg(long, value_name = "N", requires = "property")]
        limit: Option<u32>,
    },
    /// Delete a connection with its records
    Delete {
        name: String,
        /// Even if actions may or may not have happened
        #[arg(long)]
        force: bool,
        /// Do not ask on a terminal
        #[arg(long)]
        yes: bool,
    },
}

impl Verb {
    pub fn run(self, context: &Context) -> Ended {
        match self {
            Verb::Create { name, connector, values, sync } => {
                create(context, &name, &connector, &values, sync)
            }
            Verb::List => list(context),
            Verb::Show { name } => {
                let answer = context.client.ask(Ask::get(&["connections", &name]))?;
                warn(&answer)?;
                show(context, &answer)
            }
            Verb::Set { name, values, unset } => set(context, &name, &values, &unset),
            Verb::Check { name } => check(context, &name),
            Verb::Options { name, property: None, .. } => options::properties(context, "connections", &name),
            Verb::Options { name, property: Some(property), search, limit } => {
                options::list(context, ("connections", &name), &property, search.as_deref(), limit)
            }
            Verb::Pause { name } => say(context, Ask::post(&["connections", &name, "pause"]), "is paused"),
            Verb::Resume { name } => say(context, Ask::post(&["connections", &name, "resume"]), "is active"),
            Verb::Delete { name, force, yes } => {
                if !yes && output::can_ask() && !output::ask(&format!("Delete {name} with all its records?"))
                {
                    return Err(Failure::new(Exit::Failed, format!("{name} is as it was")));
                }
                context.client.ask(Ask::new("DELETE", &["connections", &name]).query("force", force))?;
                if !context.json {
                    output::line(&format!("{name} is deleted"))?;
                }
                Ok(Exit::Done)
            }
        }
    }
}

fn create(context: &Context, name: &str, connector: &str, values: &Values, sync: bool) -> Ended {
    let schema = schema(context, connector)?;
    let body = json!({
        "name": name,
        "connector": connector,
        "config": values.settings.config(&schema)?,
        "secrets": values.secrets()?,
        "labels": values.settings.labels()?,
    });
    let answer = context.client.ask(Ask::post(&["connections"]).json(&body))?;
    warn(&answer)?;
    match (context.json, sync) {
        (true, _) => output::line(&answer.text)?,
        (false, true) => output::line(&format!("{name} is made"))?,
        (false, false) => {
            output::line(&format!(
                "{name} is made; its first run is one interval away: `windlass sync {name}` starts now"
            ))?;
        }
    }
    if sync { sync::all(context, name) } else { Ok(Exit::Done) }
}

fn set(context: &Context, name: &str, values: &Values, unset: &[String]) -> Ended {
    let connection = context.client.ask(Ask::get(&["connections", name]))?.json()?;
    let schema = schema(context, &cell(&connection, "/connector"))?;
    let mut body =
        json!({ "config": values.settings.config(&schema)?, "secrets": values.secrets()?, "unset": unset });
    if !values.settings.label.is_empty() {
        let mut labels = connection.get("labels").and_then(Value::as_object).cloned().unwrap_or_default();
        labels.extend(values.settings.labels()?);
        body["labels"] = Value::Object(labels);
    }
    let answer = context.client.ask(Ask::new("PATCH", &["connections", name]).json(&body))?;
    warn(&answer)?;
    show(context, &answer)
}

fn list(context: &Context) -> Ended {
    let columns = [
        ("name", "/name"),
        ("connector", "/connector"),
        ("state", "/state"),
        ("checked", "/checked_at"),
        ("error", "/check_error"),
    ];
    let answer = context.client.ask(Ask::get(&["connections"]))?;
    context
        .show(&answer, |list| items(list, &columns, "there is no connection: `windlass connection create`"))
}

fn show(context: &Context, answer: &Answer) -> Ended {
    context.show(answer, |connection| {
        let facts = facts(&[
            ("name", cell(connection, "/name")),
            ("connector", cell(connection, "/connector")),
            ("version", cell(connection, "/version")),
            ("apart", cell(connection, "/apart")),
            ("state", cell(connection, "/state")),
            ("configuration", cell(connection, "/config")),
            ("secrets", cell(connection, "/secrets")),
            ("labels", cell(connection, "/labels")),
            ("made", cell(connection, "/created_at")),
            ("checked", cell(connection, "/checked_at")),
            ("check failed", cell(connection, "/check_error")),
        ]);
        match options::chosen(connection) {
            chosen if chosen.is_empty() => facts,
            chosen => format!("{facts}\n\n{chosen}"),
        }
    })
}

fn check(context: &Context, name: &str) -> Ended {
    let answer = context.client.ask(Ask::post(&["connections", name, "check"]))?;
    warn(&answer)?;
    let checked = answer.json()?;
    let works = checked.get("ok") == Some(&Value::Bool(true));
    if context.json {
        output::line(&answer.text)?;
    } else if works {
        let message = output::plain(&cell(&checked, "/message"));
        output::line(format!("{name} works. {message}").trim_end())?;
    }
    match works {
        true => Ok(Exit::Done),
        false => {
            let (message, code) = (cell(&checked, "/error/message"), cell(&checked, "/error/code"));
            let mut failure = Failure::new(Exit::Failed, format!("{message} ({code})"));
            failure.hint = checked.pointer("/error/hint").and_then(Value::as_str).map(str::to_owned);
            Err(failure)
        }
    }
}

fn say(context: &Context, ask: Ask<'_>, what: &str) -> Ended {
    let answer = context.client.ask(ask)?;
    context.show(&answer, |connection| format!("{} {what}", cell(connection, "/name")))
}
