//! A connection of any connector, and what it has stored.

use serde_json::Value;

use crate::host::Host;

/// One line of a stream's history.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub sequence: i64,
    pub key: String,
    pub kind: String,
}

/// Creates a connection. `settings` are written as `--set` takes them; `secrets` are names and values.
#[track_caller]
pub fn create(host: &Host, name: &str, connector: &str, settings: &[&str], secrets: &[(&str, &str)]) {
    // A secret's way in is the environment or a file, never the command line.
    let secrets: Vec<_> = secrets
        .iter()
        .map(|(field, secret)| format!("{field}=@{}", host.secret_file(field, secret).display()))
        .collect();
    let mut arguments = vec!["connection", "create", name, "--connector", connector];
    arguments.extend(settings.iter().flat_map(|setting| ["--set", setting]));
    arguments.extend(secrets.iter().flat_map(|secret| ["--secret", secret]));
    host.ok(&arguments);
}

/// A stream's records, as they are stored.
#[track_caller]
pub fn records(host: &Host, connection: &str, stream: &str) -> Vec<String> {
    let stored = host.ok(&["records", connection, stream, "--format", "ndjson"]);
    stored.lines().map(str::to_owned).collect()
}

/// A stream's whole history.
#[track_caller]
pub fn changes(host: &Host, connection: &str, stream: &str) -> Vec<Change> {
    let listed = host.json(&["changes", connection, stream]);
    let lines = listed["items"].as_array().expect("a list of changes");
    let change = |line: &Value| Change {
        sequence: line["sequence"].as_i64().expect("a change has a sequence"),
        key: line["key"].as_str().expect("a change has a key").to_owned(),
        kind: line["kind"].as_str().expect("a change has a kind").to_owned(),
    };
    lines.iter().map(change).collect()
}

/// Asserts that the sequence counts on by one from its first number.
#[track_caller]
pub fn assert_gapless(changes: &[Change]) {
    for pair in changes.windows(2) {
        assert_eq!(pair[0].sequence + 1, pair[1].sequence, "a gap in the sequence: {pair:?}");
    }
}
