//! What a component can see of a secret: nothing, even if the vendor echoes it and the component looks at every
//! byte it has.

use serde_json::Value;
use windlass_test_postgres::Database;
use windlass_tests::connection::{create, records};
use windlass_tests::host::{Host, Setup};
use windlass_tests::leaks::{assert_none, assert_none_kept};

use super::vendor::Vendor;

const TOKEN: &str = "Kx7vQ2mZp9RtLw4Y-token-of-the-vendor";

#[test]
fn a_component_that_looks_at_all_its_memory_sees_no_secret_and_neither_does_the_database() {
    let vendor = Vendor::start([127, 0, 0, 1]);
    let database = Database::create();
    let host = Host::start(Setup { database_url: Some(database.url().to_owned()), ..Setup::default() });
    host.install_guest("misbehave");
    let base = format!("base_url={}", vendor.url("echo"));
    let url = format!("url={}/headers", vendor.url("echo"));
    create(&host, "recall", "misbehave", &["misdeed=recall", &base, &url], &[("token", TOKEN)]);
    host.ok(&["sync", "recall", "records"]);
    let stored = records(&host, "recall", "records").concat();
    let seen: Value = serde_json::from_str(&stored).expect("one record");
    for place in ["headers", "answer", "kept"] {
        assert!(seen[place].to_string().contains("[secret]"), "the vendor echoed it: {}", seen[place]);
    }
    let memory = seen["memory"].as_str().expect("text");
    for known in ["recall", &base["base_url=".len()..], "marker-of-the-request", "[secret]"] {
        assert!(memory.contains(known), "memory shows what the component was given, such as {known:?}");
    }
    assert_none(TOKEN, "the component's memory", stored.as_bytes());
    let (_, runs) = host.get("runs?connection=recall");
    let (_, run) = host.get(&format!("runs/{}", runs["items"][0]["id"]));
    assert!(run.to_string().contains("marker-of-the-request"), "the trace holds the request");
    assert_none(TOKEN, "the trace", run.to_string().as_bytes());
    assert_none(TOKEN, "PostgreSQL", &database.dump());
    assert_none_kept(TOKEN, &host);
}
