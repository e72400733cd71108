//! Every run of a host, made again from its traces.

use serde_json::Value;

use crate::host::Host;

/// Why a call may be without a replay in these tests.
const EXCUSES: [&str; 3] = ["its bodies are no longer kept", "ended from outside", "is secret"];

/// Asserts that every call of every run comes out the same (records and storage by their sums), as far as it can
/// be replayed; and that some of these exports were.
#[track_caller]
pub fn assert_same(host: &Host, exports: &[&str]) {
    let (_, runs) = host.get("runs?limit=200");
    let mut same: Vec<String> = Vec::new();
    for run in runs["items"].as_array().expect("a list of runs") {
        let (status, replay) = host.post(&format!("runs/{}/replay", run["id"]), b"");
        assert_eq!(status, 200, "{replay}");
        for call in replay["calls"].as_array().expect("a list of calls") {
            let why = call["why"].as_str().unwrap_or_default();
            match &call["result"] {
                Value::String(result) if result == "same" => same.push(call["export"].to_string()),
                Value::String(result) if result == "unable" => {
                    assert!(EXCUSES.iter().any(|excuse| why.contains(excuse)), "{call}");
                }
                _ => panic!("run {} differs: {call:#}", run["id"]),
            }
        }
    }
    for export in exports {
        assert!(same.contains(&Value::from(*export).to_string()), "no {export} was replayed: {same:?}");
    }
}
