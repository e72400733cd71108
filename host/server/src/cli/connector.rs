//! `windlass connector`.

use std::path::{Path, PathBuf};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use windlass_sandbox::spec::Spec;

use super::{
    Context, Ended, asks,
    client::{Answer, Ask},
    component,
    failure::{Exit, Failure},
    folder, key, oci, output,
    progress::while_slow,
    replay,
    table::{cell, facts, items, short, table},
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
        /// Do not ask, even on a terminal
        #[arg(long)]
        yes: bool,
    },
    /// Return to the former version
    Rollback {
        name: String,
        #[arg(long, value_name = "VERSION")]
        to: Option<String>,
    },
    /// Delete a connector that no connection uses
    Remove { name: String },
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
            Verb::Approve { name, version, yes } => approve_shown(context, &name, version, yes),
            Verb::Rollback { name, to } => {
                let path = ["connectors", &name, "rollback"];
                let answer = context.client.ask(Ask::post(&path).json(&json!({ "to": to })))?;
                active(context, &answer)
            }
            Verb::Remove { name } => {
                context.client.ask(Ask::new("DELETE", &["connectors", &name]))?;
                if !context.json {
                    output::line(&format!("{name} is removed"))?;
                }
                Ok(Exit::Done)
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
    if !context.json {
        note_steps(&outcome);
    }
    if !context.json && outcome.get("signature").is_some_and(Value::is_object) {
        output::note(&output::plain(&signed(&outcome)));
    }
    let warning = cell(&outcome, "/warning");
    if !context.json && !warning.is_empty() {
        output::note(&output::plain(&warning));
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
        return approve(context, &name, &version);
    }
    output::note(&asks::all(&outcome));
    note_replay(&outcome);
    if !context.json && output::can_ask() && output::ask(&format!("Approve {name} {version}?")) {
        return approve(context, &name, &version);
    }
    if context.json {
        output::line(&answer.text)?;
    }
    Err(Failure::wrong_use(format!("{name} {version} is installed and waits for your approval"))
        .hint(format!("`windlass connector approve {name} {version}`, or install with --yes")))
}

/// What it has passed.
fn note_steps(outcome: &Value) {
    for step in outcome.get("steps").and_then(Value::as_array).into_iter().flatten() {
        let line = format!("{:9}  {}", cell(step, "/step"), cell(step, "/says"));
        output::note(&output::dim(&output::plain(&line)));
    }
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

/// Shows what is approved, and asks whoever sits before it.
fn approve_shown(context: &Context, name: &str, version: Option<String>, yes: bool) -> Ended {
    let version = match version {
        Some(version) => version,
        None => newest_that_waits(context, name)?,
    };
    if !context.json {
        let shown = context.client.ask(Ask::get(&["connectors", name, "versions", &version]))?.json()?;
        let spec = Spec::parse(&shown["spec"].to_string());
        let spec = spec.map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
        output::note(&asks::all(&asks::of(context, &spec)?));
        if !yes && output::can_ask() && !output::ask(&format!("Approve {name} {version}?")) {
            return Err(Failure::wrong_use(format!("{name} {version} waits for approval as before")));
        }
    }
    approve(context, name, &version)
}

fn approve(context: &Context, name: &str, version: &str) -> Ended {
    let path = ["connectors", name, "versions", version, "approve"];
    active(context, &context.client.ask(Ask::post(&path))?)
}

fn newest_that_waits(context: &Context, name: &str) -> Result<String, Failure> {
    let connector = context.client.ask(Ask::get(&["connectors", name]))?.json()?;
    let versions = connector.get("versions").and_then(Value::as_array).into_iter().flatten();
    let waits = |version: &&Value| cell(version, "/state").starts_with("waits");
    let newest = versions.filter(waits).map(|version| cell(version, "/version")).next();
    newest.ok_or_else(|| Failure::new(Exit::Failed, format!("no version of {name} waits for approval")))
}

/// Says which version is active now, and for whom.
fn active(context: &Context, answer: &Answer) -> Ended {
    if context.json {
        output::line(&answer.text)?;
        return Ok(Exit::Done);
    }
    output::line(&standing(&answer.json()?))?;
    Ok(Exit::Done)
}

fn standing(outcome: &Value) -> String {
    let former = match (cell(outcome, "/former"), cell(outcome, "/state").as_str()) {
        (former, _) if former.is_empty() => String::new(),
        (former, "first") => format!(" (the others run {former})"),
        (former, _) => format!(" (was {former})"),
    };
    let mut lines = vec![format!("{} {}{former}", cell(outcome, "/connector"), cell(outcome, "/says"))];
    let of = |member: &str| outcome.get(member).and_then(Value::as_array).cloned().unwrap_or_default();
    lines.extend(of("unfit").iter().map(|unfit| {
        let (connection, reason) = (cell(unfit, "/connection"), cell(unfit, "/reason"));
        format!("{connection} stays on the version it runs, since it does not fit: {reason}")
    }));
    lines.extend(
        of("late")
            .iter()
            .map(|late| format!("host {} has not loaded it: {}", cell(late, "/host"), cell(late, "/why"))),
    );
    lines.join("\n")
}

fn list(context: &Context) -> Ended {
    let answer = context.client.ask(Ask::get(&["connectors"]))?;
    let columns = [
        ("name", "/name"),
        ("active", "/active"),
        ("title", "/title"),
        ("last", "/activation/version"),
        ("stage", "/activation/stage"),
        ("digest", "/digest"),
    ];
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
            ("stage", cell(connector, "/activation/says")),
            ("about", cell(connector, "/spec/description")),
        ]);
        let listed =
            |pointer: &str| json!({ "items": connector.pointer(pointer).cloned().unwrap_or_default() });
        let versions = [
            ("version", "/version"),
            ("state", "/state"),
            ("active", "/active"),
            ("bad since", "/bad_at"),
            ("signed by", "/signature/key"),
            ("comment", "/signature/comment"),
            ("source", "/source"),
            ("digest", "/digest"),
        ];
        let apart =
            [("connection", "/connection"), ("runs", "/version"), ("why", "/why"), ("reason", "/reason")];
        let streams = [("stream", "/name"), ("kind", "/kind"), ("every", "/every"), ("title", "/title")];
        let tables = [
            items(&listed("/versions"), &versions, ""),
            bad(connector),
            items(&listed("/apart"), &apart, ""),
            properties(connector),
            items(&listed("/spec/streams"), &streams, ""),
            actions(connector),
            roles(connector),
        ];
        let tables = tables.into_iter().filter(|table| !table.is_empty());
        std::iter::once(head).chain(tables).collect::<Vec<_>>().join("\n\n")
    })
}

/// The call that made each bad version bad.
fn bad(connector: &Value) -> String {
    let versions = connector.get("versions").and_then(Value::as_array).into_iter().flatten();
    let shown = versions.filter(|version| version["evidence"].is_object()).map(|version| {
        let of = |member: &str| cell(version, &format!("/evidence/{member}"));
        // The message holds the backtrace: its lines are shown as such.
        let message: Vec<String> =
            of("message").lines().map(|line| format!("  {}", output::plain(line))).collect();
        format!(
            "{} is bad: {} in `{}` of {}, call {} of run {}\n{}",
            cell(version, "/version"),
            of("code"),
            of("export"),
            of("connection"),
            of("call"),
            of("run"),
            message.join("\n")
        )
    });
    shown.collect::<Vec<_>>().join("\n\n")
}

/// Actions with the names of what they take; what may be left out stands in brackets.
fn actions(connector: &Value) -> String {
    let actions = connector.pointer("/spec/actions").and_then(Value::as_array);
    let Some(actions) = actions.filter(|actions| !actions.is_empty()) else { return String::new() };
    let rows = actions.iter().map(|action| {
        let is_required = |name: &str| is_required(&action["input"], name);
        let properties = action.pointer("/input/properties").and_then(Value::as_object);
        let names = properties.into_iter().flat_map(|properties| properties.keys());
        let takes: Vec<String> =
            names.map(|name| if is_required(name) { name.clone() } else { format!("[{name}]") }).collect();
        let of = |member: &str| cell(action, &format!("/{member}"));
        vec![of("name"), of("repeat"), of("title"), short(takes.join(" "))]
    });
    table(&["action", "repeat", "title", "takes"], rows)
}

/// What a flow is bound to.
fn roles(connector: &Value) -> String {
    let roles = connector.pointer("/spec/roles").and_then(Value::as_object);
    let Some(roles) = roles.filter(|roles| !roles.is_empty()) else { return String::new() };
    let rows = roles.iter().map(|(name, role)| {
        vec![name.clone(), cell(role, "/connector"), cell(role, "/follows"), cell(role, "/asks")]
    });
    table(&["role", "connector", "follows", "asks for"], rows)
}

/// Whether a schema wants the property.
fn is_required(schema: &Value, name: &str) -> bool {
    let required = schema.get("required").and_then(Value::as_array);
    required.is_some_and(|names| names.iter().any(|required| required == name))
}

/// What a connection is configured with.
fn properties(connector: &Value) -> String {
    let properties = connector.pointer("/spec/config/properties").and_then(Value::as_object);
    let Some(properties) = properties.filter(|properties| !properties.is_empty()) else {
        return String::new();
    };
    let rows = properties.iter().map(|(name, schema)| {
        let kind = if cell(schema, "/secret") == "yes" { "secret".to_owned() } else { cell(schema, "/type") };
        let needed = if is_required(&connector["spec"]["config"], name) { "required" } else { "" };
        vec![name.clone(), kind, needed.to_owned(), short(cell(schema, "/default")), cell(schema, "/title")]
    });
    table(&["property", "type", "", "default", "title"], rows)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{actions, bad, standing};

    #[test]
    fn an_outcome_says_for_whom_a_version_is_active() {
        let first = json!({
            "connector": "shop", "state": "first", "former": "1.0.0",
            "says": "1.1.0 is active for a first; for all after 20 good calls or 10m",
            "unfit": [{ "connection": "b", "reason": "/token: it is missing" }],
            "late": [{ "host": "h1", "why": "out of memory" }],
        });
        let expected = "\
shop 1.1.0 is active for a first; for all after 20 good calls or 10m (the others run 1.0.0)
b stays on the version it runs, since it does not fit: /token: it is missing
host h1 has not loaded it: out of memory";
        assert_eq!(standing(&first), expected);
        let active =
            json!({ "connector": "shop", "state": "active", "former": "1.0.0", "says": "1.1.0 is active" });
        assert_eq!(standing(&active), "shop 1.1.0 is active (was 1.0.0)");
    }

    #[test]
    fn an_action_is_shown_with_what_it_takes() {
        let input = json!({ "properties": { "order": {}, "note": {} }, "required": ["order"] });
        let action = json!({ "name": "ship", "repeat": "safe", "title": "Ship an order", "input": input });
        let shown = actions(&json!({ "spec": { "actions": [action] } }));
        assert_eq!(
            shown,
            "ACTION  REPEAT  TITLE          TAKES\nship    safe    Ship an order  order [note]"
        );
        assert_eq!(actions(&json!({ "spec": {} })), "");
    }

    #[test]
    fn a_bad_version_is_shown_with_the_call_that_showed_it() {
        let evidence = json!({ "connection": "a", "run": 7, "call": 31, "export": "read", "code": "call.trap",
            "message": "it panicked\n  at shop::read" });
        let versions = json!({ "versions": [
            { "version": "1.1.0", "evidence": evidence }, { "version": "1.0.0", "evidence": null },
        ] });
        let expected = "\
1.1.0 is bad: call.trap in `read` of a, call 31 of run 7
  it panicked
    at shop::read";
        assert_eq!(bad(&versions), expected);
    }
}
