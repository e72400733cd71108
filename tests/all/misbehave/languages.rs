//! Connectors in other languages than Rust.

use serde_json::{Value, json};
use windlass_tests::host::{Host, Setup};

use super::vendor::Vendor;

/// One test, because compiling the two takes most of a minute.
#[test]
fn connectors_in_javascript_and_python_sync_and_see_an_empty_world() {
    let vendor = Vendor::start([127, 0, 0, 1]);
    let host = Host::start(Setup::default());
    for language in ["javascript", "python"] {
        host.install_guest(language);
        let base = format!("base_url={}/ok", vendor.url(language));
        host.ok(&["connection", "create", language, "--connector", language, "--set", &base]);
        host.ok(&["sync", language, "answers"]);
        // Again: nothing of the first call is left, and nothing has changed.
        host.ok(&["sync", language, "answers"]);
        let stored = host.ok(&["records", language, "answers", "--format", "ndjson"]);
        let record: Value = serde_json::from_str(&stored).expect("one record");
        assert_eq!((&record["status"], &record["body"]), (&json!(200), &json!("{\"n\":1}")), "{language}");
        assert_eq!(record["world"], empty_world(language), "{language}");
        assert_eq!(vendor.requests(language), 2, "{language}");
        assert_eq!(host.json(&["changes", language, "answers"])["items"].as_array().map(Vec::len), Some(1));
    }
}

/// What a guest that looks around finds.
fn empty_world(language: &str) -> Value {
    match language {
        "python" => json!({"variables": {}, "arguments": [], "root": "FileNotFoundError"}),
        _ => json!({"process": "undefined", "require": "undefined"}),
    }
}
