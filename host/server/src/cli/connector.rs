//! `windlass connector`.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use windlass_sandbox::MOST_COMPONENT_BYTES;

use super::{
    Context, Ended, asks,
    client::{Answer, Ask},
    failure::{Exit, Failure},
    output,
    progress::while_slow,
    table::{cell, facts, items, table},
};

#[derive(clap::Subcommand)]
pub enum Verb {
    /// Install a component; it becomes active once what it asks for is approved
    Install {
        file: PathBuf,
        /// Approve what it asks for
        #[arg(long)]
        yes: bool,
    },
    /// List connectors
    List,
    /// Show a connector: its versions, streams and actions
    Show { name: String },
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
    /// Delete a connector that no connection uses
    Remove { name: String },
}

impl Verb {
    pub fn run(self, context: &Context) -> Ended {
        match self {
            Verb::Install { file, yes } => install(context, &file, yes),
            Verb::List => list(context),
            Verb::Show { name } => show(context, &name),
            Verb::Approve { name, version } => approve(context, &name, version),
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
        }
    }
}

fn install(context: &Context, file: &Path, yes: bool) -> Ended {
    let wasm = component(file)?;
    let ask = Ask::post(&["connectors"]).query("approve", yes).body(wasm);
    let compiling = format!("the host checks and compiles {}", file.display());
    let answer = while_slow(&compiling, || context.client.ask(ask))?;
    let outcome = answer.json()?;
    if !cell(&outcome, "/state").starts_with("waits") {
        if !context.json {
            output::line(&asks::news(&outcome))?;
        }
        return active(context, &answer);
    }
    let (name, version) = (cell(&outcome, "/connector"), cell(&outcome, "/version"));
    output::note(&asks::all(&outcome));
    if !context.json && output::can_ask() && output::ask(&format!("Approve {name} {version}?")) {
        return approve(context, &name, Some(version));
    }
    if context.json {
        output::line(&answer.text)?;
    }
    Err(Failure::wrong_use(format!("{name} {version} is installed and waits for your approval"))
        .hint(format!("`windlass connector approve {name} {version}`, or install with --yes")))
}

/// The file's bytes; never more than the host takes.
fn component(file: &Path) -> Result<Vec<u8>, Failure> {
    let mut wasm = Vec::new();
    let most = MOST_COMPONENT_BYTES as u64;
    let read = File::open(file).and_then(|opened| opened.take(most + 1).read_to_end(&mut wasm));
    read.map_err(|error| {
        Failure::new(Exit::Environment, format!("cannot read {}: {error}", file.display()))
    })?;
    if wasm.len() <= MOST_COMPONENT_BYTES {
        return Ok(wasm);
    }
    let (file, mib) = (file.display(), most >> 20);
    let message =
        format!("{file}: the body is too large: a component has at most {mib} MiB (request.too-large)");
    Err(Failure::new(Exit::Failed, message).hint("build it for release, and strip its debug sections"))
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
    context.show(&answer, |list| {
        items(list, &columns, "no connector is installed: `windlass connector install FILE`")
    })
}

fn show(context: &Context, name: &str) -> Ended {
    let answer = context.client.ask(Ask::get(&["connectors", name]))?;
    context.show(&answer, |connector| {
        let head = facts(&[
            ("name", cell(connector, "/name")),
            ("title", cell(connector, "/title")),
            ("active", cell(connector, "/active")),
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
            ("digest", "/digest"),
        ];
        let apart =
            [("connection", "/connection"), ("runs", "/version"), ("why", "/why"), ("reason", "/reason")];
        let streams = [("stream", "/name"), ("kind", "/kind"), ("every", "/every"), ("title", "/title")];
        let actions = [("action", "/name"), ("repeat", "/repeat"), ("title", "/title")];
        let tables = [
            items(&listed("/versions"), &versions, ""),
            bad(connector),
            items(&listed("/apart"), &apart, ""),
            properties(connector),
            items(&listed("/spec/streams"), &streams, ""),
            items(&listed("/spec/actions"), &actions, ""),
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Exit, Path, bad, component, standing};

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

    #[test]
    fn a_file_over_the_limit_is_not_sent() {
        let failure = component(Path::new("/dev/zero")).unwrap_err();
        assert_eq!(failure.exit, Exit::Failed);
        assert!(failure.message.contains("64 MiB (request.too-large)"), "{}", failure.message);
        assert_eq!(component(Path::new("/nowhere/at/all")).unwrap_err().exit, Exit::Environment);
    }
}
