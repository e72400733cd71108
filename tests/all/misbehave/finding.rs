//! What an operator finds after a sync: how it ended, who must act, what was logged and stored, and
//! what the vendor saw. As text, without what differs from one time to the next.

use std::time::Duration;

use serde_json::Value;
use windlass_tests::eventually::eventually;
use windlass_tests::host::Host;

use super::vendor::Vendor;

/// Three attempts at 10 s of CPU time each, on a machine that does other work too.
const END_MAX: Duration = Duration::from_secs(300);
/// These are tried again for a long time; the first attempt says enough.
const PATIENT: [&str; 2] = ["transient", "other"];
/// As much of a line, and of a message, as people read.
const LINE_MAX: usize = 400;
const MESSAGE_LINES_MAX: usize = 6;

/// Syncs to the end, or until it is known that the run will be tried for long. Returns all that is
/// known of the run.
pub fn sync(host: &Host, connection: &str) -> Value {
    let started = host.cli(&["sync", connection, "records", "--wait", "0", "--json"]);
    let run: Value = serde_json::from_str(&started.stdout).unwrap_or_else(|_| panic!("no run: {started:?}"));
    let id = &run["id"];
    eventually("the run ends", END_MAX, || {
        let (_, run) = host.get(&format!("runs/{id}?wait=10"));
        (is_finished(&run) || is_tried_for_long(&run)).then_some(())
    });
    let (_, run) = host.get(&format!("runs/{id}"));
    if !is_finished(&run) {
        host.ok(&["run", "cancel", &id.to_string()]);
    }
    run
}

/// The finding, a fact on a line.
pub fn describe(host: &Host, connection: &str, run: &Value, vendor: &Vendor) -> String {
    let mut lines = vec![ending(run)];
    lines.extend(error(&run["error"]));
    lines.extend(log(&run["log"]));
    lines.push(records(host, connection));
    lines.push(asked(run, vendor.requests(connection)));
    assert_disarmed(host, &run["id"]);
    let text = steady(&lines.join("\n").replace(&vendor.port(), "PORT"));
    text.lines().map(|line| cut(line) + "\n").collect()
}

fn is_finished(run: &Value) -> bool {
    !matches!(text(run, "state"), "queued" | "running")
}

fn is_tried_for_long(run: &Value) -> bool {
    PATIENT.contains(&text(&run["error"], "code"))
}

fn ending(run: &Value) -> String {
    match is_finished(run) {
        true => format!("{}, attempt {}", text(run, "state"), run["attempt"]),
        false => "is tried again".to_owned(),
    }
}

fn error(error: &Value) -> Vec<String> {
    if error.is_null() {
        return Vec::new();
    }
    let vendor_code = match text(error, "vendor_code") {
        "" => String::new(),
        code => format!(" ({})", escaped(code)),
    };
    let mut lines = vec![format!("{}{vendor_code}, {} must act", text(error, "code"), text(error, "blame"))];
    lines.extend(message(text(error, "message")));
    if !error["hint"].is_null() {
        lines.push(format!("hint: {}", text(error, "hint")));
    }
    lines
}

fn message(message: &str) -> Vec<String> {
    let lines: Vec<_> = message.split('\n').filter(|line| !is_frame_of_others(line)).map(escaped).collect();
    match lines.len() > MESSAGE_LINES_MAX {
        true => vec![
            lines[0].clone(),
            format!("… and {} lines more: {}", lines.len() - 1, lines[lines.len() - 1]),
        ],
        false => lines,
    }
}

/// Which functions of libraries stand in a backtrace depends on the compiler.
fn is_frame_of_others(line: &str) -> bool {
    line.starts_with("  at ") && !line.contains("misbehave")
}

fn log(log: &Value) -> Vec<String> {
    let lines = log.as_array().expect("a run shows its log");
    let told = |line: &Value| format!("{}: {}", text(line, "level"), escaped(text(line, "message")));
    match lines.last() {
        None => Vec::new(),
        Some(last) => vec![format!("log: {} lines; the last: {}", lines.len(), told(last))],
    }
}

fn records(host: &Host, connection: &str) -> String {
    let stored = host.ok(&["records", connection, "records", "--format", "ndjson"]);
    match stored.lines().collect::<Vec<_>>()[..] {
        [only] => format!("stored: {only}"),
        ref all => format!("stored: {} records", all.len()),
    }
}

/// What came at the vendor. A run that is tried again may have sent its next request already.
fn asked(run: &Value, requests: usize) -> String {
    match (is_finished(run), requests) {
        (true, _) | (_, 0) => format!("vendor: {requests} requests"),
        (false, _) => "vendor: was asked".to_owned(),
    }
}

/// A terminal must not obey what a connector wrote.
fn assert_disarmed(host: &Host, run: &Value) {
    let shown = host.ok(&["run", "show", &run.to_string()]);
    let armed = shown.chars().find(|letter| letter.is_control() && !matches!(letter, '\n' | '\t'));
    assert_eq!(armed, None, "{shown:?}");
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_default()
}

fn escaped(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() })
        .collect()
}

fn cut(line: &str) -> String {
    match line.len() > LINE_MAX {
        true => format!("{}… ({} bytes)", &line[..line.floor_char_boundary(LINE_MAX)], line.len()),
        false => line.to_owned(),
    }
}

/// Places in sources, sizes of what a guest just happened to want, and which of its two addresses the
/// machine knows `localhost` by are not the point.
fn steady(text: &str) -> String {
    let text = numbers_after(text, ".rs:");
    let text = numbers_after(&text, "wanted ");
    text.replace("::1 is a loopback", "127.0.0.1 is a loopback").replace(" ::1/128", " 127.0.0.0/8")
}

/// Writes N for what follows a word and is made of digits and colons.
fn numbers_after(text: &str, word: &str) -> String {
    let mut pieces = text.split(word);
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |done, piece| {
        let rest = piece.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == ':');
        let number = if rest.len() < piece.len() { "N" } else { "" };
        format!("{done}{word}{number}{rest}")
    })
}
