//! What came of a replay, for people: `windlass run replay`, and what an install tells of it.

use std::path::Path;

use serde_json::Value;

use super::{
    Context, Ended,
    client::Ask,
    component,
    failure::{Exit, Failure},
    output::{self, plain},
    progress::while_slow,
    table::cell,
};

/// Differing calls that an install shows; `run replay` shows all of a run.
const SHOWN: usize = 5;

pub fn run(context: &Context, id: u64, with: Option<&Path>) -> Ended {
    let id = id.to_string();
    let path = ["runs", &id, "replay"];
    let wasm = with.map(read).transpose()?.unwrap_or_default();
    let ask = Ask::post(&path).body(wasm);
    let answer = while_slow("the host makes the calls again", || context.client.ask(ask))?;
    let replay = answer.json()?;
    match context.json {
        true => output::line(&answer.text)?,
        false => output::line(&told(&replay))?,
    }
    Ok(match cell(&replay, "/result").as_str() {
        "same" => Exit::Done,
        _ => Exit::Failed,
    })
}

/// Nothing else may pass for a version: an empty file would stand for the one that ran.
fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let wasm = component::read(file)?;
    match wasm.starts_with(b"\0asm") {
        true => Ok(wasm),
        false => {
            let message =
                format!("{}: this is not a WebAssembly component (connector.refused)", file.display());
            Err(Failure::new(Exit::Failed, message)
                .hint("`make plugins` leaves components in target/connectors"))
        }
    }
}

/// What the install of a version found; empty if there is nothing to tell.
pub fn of_install(outcome: &Value) -> String {
    let differs = list(outcome, "/replay/differs");
    if differs.is_empty() {
        return String::new();
    }
    let same = cell(outcome, "/replay/same");
    let count = differs.len();
    let version = format!("{} {}", cell(outcome, "/connector"), cell(outcome, "/version"));
    let mut lines = vec![format!(
        "{version} does otherwise in {} than the version before ({same} are the same):",
        calls(count)
    )];
    for call in differs.iter().take(SHOWN) {
        let (connection, run) = (cell(call, "/connection"), cell(call, "/run"));
        lines.push(format!("{connection}, run {run}, {}", headline(call)));
        lines.extend(differences(call));
    }
    if count > SHOWN {
        lines.push(format!("and {} more", calls(count - SHOWN)));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn told(replay: &Value) -> String {
    let made = list(replay, "/calls");
    let with = match cell(replay, "/with/version") {
        version if version.is_empty() => String::new(),
        version => format!(" with {version}"),
    };
    let count = |result: &str| made.iter().filter(|call| cell(call, "/result") == result).count();
    let counts = [
        (count("same"), "the same"),
        (count("differs"), "different"),
        (count("unable"), "not to be replayed"),
    ];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, what)| format!("{} {what}", calls(count))).collect();
    let counts = if counts.is_empty() { "no call was made".to_owned() } else { counts.join(", ") };
    let mut lines = vec![format!("run {}{with}: {counts}", cell(replay, "/run"))];
    for call in made {
        lines.push(headline(call));
        lines.extend(differences(call));
    }
    lines.join("\n")
}

fn calls(count: usize) -> String {
    if count == 1 { "1 call".to_owned() } else { format!("{count} calls") }
}

fn headline(call: &Value) -> String {
    let came = match cell(call, "/result").as_str() {
        "unable" => format!("cannot be replayed: {}", cell(call, "/why")),
        result => result.to_owned(),
    };
    plain(&format!("call {} {}: {came}", cell(call, "/call"), cell(call, "/export")))
}

/// `  records 17 /status`, and below it what was and what is now.
fn differences(call: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for found in list(call, "/differences") {
        let name = plain(&format!("{} {}", cell(found, "/part"), cell(found, "/name")));
        lines.push(format!("  {}", name.trim_end()));
        for (mark, pointer) in [("-", "/was"), ("+", "/now")] {
            if !found[&pointer[1..]].is_null() {
                lines.push(format!("    {mark} {}", plain(&cell(found, pointer))));
            }
        }
    }
    match cell(call, "/left_off").as_str() {
        "" | "0" => {}
        more => lines.push(format!("  and {more} more")),
    }
    lines
}

fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{of_install, told};

    fn call() -> Value {
        json!({ "call": 4, "export": "read", "result": "differs", "left_off": 2, "differences": [
            { "part": "requests", "name": "1", "was": "GET https://v.example/a", "now": "GET https://v.example/b" },
            { "part": "records", "name": "17 /status", "was": "\"new\"", "now": null },
        ] })
    }

    #[test]
    fn each_call_says_how_it_came_out() {
        let replay = json!({ "run": 5, "with": { "version": "1.1.0" }, "result": "differs", "calls": [
            { "call": 3, "export": "read", "result": "same" },
            call(),
            { "call": 6, "export": "act", "result": "unable", "why": "something is secret" },
        ] });
        let expected = "\
run 5 with 1.1.0: 1 call the same, 1 call different, 1 call not to be replayed
call 3 read: same
call 4 read: differs
  requests 1
    - GET https://v.example/a
    + GET https://v.example/b
  records 17 /status
    - \"new\"
  and 2 more
call 6 act: cannot be replayed: something is secret";
        assert_eq!(told(&replay), expected);
        assert_eq!(told(&json!({ "run": 5, "with": null, "calls": [] })), "run 5: no call was made");
    }

    #[test]
    fn an_install_tells_of_differences_alone() {
        let outcome = |differs: Value| json!({ "connector": "shop", "version": "2.0.0", "replay": { "same": 7, "differs": differs } });
        assert_eq!(of_install(&outcome(json!([]))), "");
        assert_eq!(of_install(&json!({ "replay": null })), "");
        let mut differing = call();
        (differing["connection"], differing["run"]) = ("main".into(), 5.into());
        let text = of_install(&outcome(Value::from(vec![differing; 6])));
        let head = "shop 2.0.0 does otherwise in 6 calls than the version before (7 are the same):";
        assert!(text.starts_with(head), "{text}");
        assert!(text.contains("\nmain, run 5, call 4 read: differs\n  requests 1\n"), "{text}");
        assert!(text.ends_with("and 1 call more\n"), "{text}");
    }
}
