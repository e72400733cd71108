//! `windlass connector`.

use std::path::{Path, PathBuf};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{
    Context, Ended, asks,
    client::{Answer, Ask},
    component,
    failure::{Exit, Failure},
    folder, key, oci, output,
    progress::while_slow,
    replay,
    table::{cell, facts, items, table},
};
use crate::folder::beside;

#[derive(clap::Subcommand)]
pub enum Verb {
    /// Install a component; it becomes active once what it asks for is approved
    Install(Install),
    /// List connectors
    List,
    /// Show a connector: its versions, streams and actions; in a registry: what it asks for
    Show {
        #[arg(value_name = "NAME|oci://…")]
        name: String,
        #[command(flatten)]
        reach: oci::Reach,
    },
    /// Approve what a version asks for and make it active
    Approve {
        name: String,
        /// The version [default: the newest that waits]
        version: Option<String>,
    },
    /// Return to the former version
    Rollback {
        name: String,
        #[arg(long, value_name = "VERSION")]
        to: Option<String>,
    },
    /// Put a component into a registry, with its spec and its signature
    Push(oci::Push),
    /// Keys whose signatures are believed
    #[command(subcommand)]
    Key(key::Verb),
    /// Show or change whose connector a name is
    Publisher(key::Publisher),
}

#[derive(clap::Args)]
pub struct Install {
    #[arg(value_name = "FILE|oci://…")]
    component: String,
    /// Approve what it asks for
    #[arg(long)]
    yes: bool,
    /// Its minisign signature [default: FILE.minisig, if there is one]
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    #[command(flatten)]
    reach: oci::Reach,
}

/// A component on its way to the host.
pub struct Parcel {
    pub wasm: Vec<u8>,
    /// The text of a `.minisig`.
    pub signature: Option<String>,
    /// Where it was fetched from; none for a file.
    pub source: Option<String>,
}

impl Verb {
    pub fn run(self, context: &Context) -> Ended {
        match self {
            Verb::Install(install) => install.run(context),
            Verb::List => list(context),
            Verb::Show { name, reach } if oci::is_reference(&name) => oci::show(context, &name, &reach),
            Verb::Show { name, .. } => show(context, &name),
            Verb::Approve { name, version } => approve(context, &name, version),
            Verb::Rollback { name, to } => {
                let path = ["connectors", &name, "rollback"];
                let answer = context.client.ask(Ask::post(&path).json(&json!({ "to": to })))?;
                active(context, &answer)
            }
            Verb::Push(push) => push.run(context.json),
            Verb::Key(verb) => verb.run(context),
            Verb::Publisher(publisher) => publisher.run(context),
        }
    }
}

impl Install {
    fn run(self, context: &Context) -> Ended {
        if oci::is_reference(&self.component) {
            return oci::install(context, &self.component, &self.reach, self.yes);
        }
        let file = Path::new(&self.component);
        let signature = signature(file, self.signature.as_deref())?;
        let parcel = Parcel { wasm: component::read(file)?, signature, source: None };
        install(context, parcel, &self.component, self.yes, |_| false)
    }
}

/// Hands a component to the host. What it asks for is approved when `yes` says so, when a person has approved
/// it already, or by the person who is asked now.
pub fn install(
    context: &Context,
    parcel: Parcel,
    name: &str,
    yes: bool,
    has_approval: impl FnOnce(&Value) -> bool,
) -> Ended {
    let mut ask = Ask::post(&["connectors"]).query("approve", yes).body(parcel.wasm);
    if let Some(signature) = parcel.signature {
        ask = ask.header("windlass-signature", BASE64_STANDARD.encode(signature));
    }
    if let Some(source) = parcel.source {
        ask = ask.query("source", source);
    }
    let compiling = format!("the host checks and compiles {name}");
    let answer = while_slow(&compiling, || context.client.ask(ask))?;
    let outcome = answer.json()?;
    if !context.json && outcome.get("signature").is_some_and(Value::is_object) {
        output::note(&output::plain(&signed(&outcome)));
    }
    if !cell(&outcome, "/state").starts_with("waits") {
        if !context.json {
            output::line(&asks::news(&outcome))?;
            note_replay(&outcome);
        }
        return active(context, &answer);
    }
    let (name, version) = (cell(&outcome, "/connector"), cell(&outcome, "/version"));
    if has_approval(&outcome) {
        return approve(context, &name, Some(version));
    }
    output::note(&asks::all(&outcome));
    note_replay(&outcome);
    if !context.json && output::can_ask() && output::ask(&format!("Approve {name} {version}?")) {
        return approve(context, &name, Some(version));
    }
    if context.json {
        output::line(&answer.text)?;
    }
    Err(Failure::wrong_use(format!("{name} {version} is installed and waits for your approval"))
        .hint(format!("`windlass connector approve {name} {version}`, or install with --yes")))
}

fn note_replay(outcome: &Value) {
    let told = replay::of_install(outcome);
    if !told.is_empty() {
        output::note(&told);
    }
}

/// Who signed it, and what they wrote.
fn signed(outcome: &Value) -> String {
    let (key, comment) = (cell(outcome, "/signature/key"), cell(outcome, "/signature/comment"));
    format!("signed by {key} ({comment})")
}

/// The signature that was named, or that lies beside the component.
pub fn signature(component: &Path, named: Option<&Path>) -> Result<Option<String>, Failure> {
    let beside = beside(component);
    let (file, must_be) = match named {
        Some(named) => (named, true),
        None => (beside.as_path(), false),
    };
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !must_be => Ok(None),
        Err(error) => {
            Err(Failure::new(Exit::Environment, format!("cannot read {}: {error}", file.display())))
        }
    }
}

fn approve(context: &Context, name: &str, version: Option<String>) -> Ended {
    let version = match version {
        Some(version) => version,
        None => newest_that_waits(context, name)?,
    };
    let path = ["connectors", name, "versions", &version, "approve"];
    active(context, &context.client.ask(Ask::post(&path))?)
}

fn newest_that_waits(context: &Context, name: &str) -> Result<String, Failure> {
    let connector = context.client.ask(Ask::get(&["connectors", name]))?.json()?;
    let versions = connector.get("versions").and_then(Value::as_array).into_iter().flatten();
    let waits = |version: &&Value| cell(version, "/state").starts_with("waits");
    let newest = versions.filter(waits).map(|version| cell(version, "/version")).next();
    newest.ok_or_else(|| Failure::new(Exit::Failed, format!("no version of {name} waits for approval")))
}

/// Says which version is active now.
fn active(context: &Context, answer: &Answer) -> Ended {
    if context.json {
        output::line(&answer.text)?;
        return Ok(Exit::Done);
    }
    let outcome = answer.json()?;
    let former = match cell(&outcome, "/former") {
        former if former.is_empty() => String::new(),
        former => format!(" (was {former})"),
    };
    let (name, version) = (cell(&outcome, "/connector"), cell(&outcome, "/version"));
    output::line(&format!("{name} {version} is active{former}"))?;
    Ok(Exit::Done)
}

fn list(context: &Context) -> Ended {
    let answer = context.client.ask(Ask::get(&["connectors"]))?;
    let columns = [("name", "/name"), ("active", "/active"), ("title", "/title"), ("digest", "/digest")];
    let ended = context.show(&answer, |list| {
        items(list, &columns, "no connector is installed: `windlass connector install FILE`")
    })?;
    if !context.json {
        let watched = context.client.ask(Ask::get(&["folder"]))?.json()?;
        for (refusal, hint) in folder::refusals(&watched) {
            output::note(&output::plain(&refusal));
            output::note(&format!("-> {}", output::plain(&hint)));
        }
    }
    Ok(ended)
}

fn show(context: &Context, name: &str) -> Ended {
    let answer = context.client.ask(Ask::get(&["connectors", name]))?;
    context.show(&answer, |connector| {
        let head = facts(&[
            ("name", cell(connector, "/name")),
            ("title", cell(connector, "/title")),
            ("active", cell(connector, "/active")),
            ("publisher", cell(connector, "/publisher")),
            ("about", cell(connector, "/spec/description")),
        ]);
        let listed =
            |pointer: &str| json!({ "items": connector.pointer(pointer).cloned().unwrap_or_default() });
        let versions = [
            ("version", "/version"),
            ("state", "/state"),
            ("active", "/active"),
            ("signed by", "/signature/key"),
            ("comment", "/signature/comment"),
            ("source", "/source"),
            ("digest", "/digest"),
        ];
        let streams = [("stream", "/name"), ("kind", "/kind"), ("every", "/every"), ("title", "/title")];
        let actions = [("action", "/name"), ("repeat", "/repeat"), ("title", "/title")];
        let tables = [
            items(&listed("/versions"), &versions, ""),
            properties(connector),
            items(&listed("/spec/streams"), &streams, ""),
            items(&listed("/spec/actions"), &actions, ""),
        ];
        let tables = tables.into_iter().filter(|table| !table.is_empty());
        std::iter::once(head).chain(tables).collect::<Vec<_>>().join("\n\n")
    })
}

/// What a connection is configured with.
fn properties(connector: &Value) -> String {
    let properties = connector.pointer("/spec/config/properties").and_then(Value::as_object);
    let Some(properties) = properties.filter(|properties| !properties.is_empty()) else {
        return String::new();
    };
    let required = connector.pointer("/spec/config/required").and_then(Value::as_array);
    let is_required =
        |name: &str| required.is_some_and(|names| names.iter().any(|required| required == name));
    let rows = properties.iter().map(|(name, schema)| {
        let kind = if cell(schema, "/secret") == "yes" { "secret".to_owned() } else { cell(schema, "/type") };
        let needed = if is_required(name) { "required" } else { "" };
        vec![name.clone(), kind, needed.to_owned(), cell(schema, "/default"), cell(schema, "/title")]
    });
    table(&["property", "type", "", "default", "title"], rows)
}
