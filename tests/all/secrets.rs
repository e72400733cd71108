//! The vendor's token is on the wire and nowhere else.

use std::path::Path;

use serde_json::json;
use windlass_tests::baselinker::{Settings, Simulator, TOKEN};
use windlass_tests::connection;
use windlass_tests::host::Host;
use windlass_tests::leaks::{assert_none, assert_none_in_traces, assert_none_kept};
use windlass_tests::shop::{NAME, Shop};
use windlass_tests::simulator::{Fault, When};

#[test]
fn a_token_that_the_vendor_echoes_is_nowhere_but_on_the_wire() {
    let shop = Shop::open(Settings::default());
    let order = shop.vendor.order_ids()[0];
    // In an error, in data, in an answer to an action, and in a page that is no JSON.
    shop.vendor.fault(When::Nth("getOrders".into(), 1), Fault::EchoTokenInError);
    shop.vendor.fault(When::Nth("getOrders".into(), 2), Fault::TruncatedJson);
    shop.vendor.fault(When::Method("getOrders".into()), Fault::EchoTokenInData);
    shop.vendor.fault(When::Method("setOrderStatus".into()), Fault::EchoTokenInError);
    let mut said = Vec::new();
    let mut run = |arguments: &[&str]| {
        let output = shop.host.cli(arguments);
        said.push((arguments.join(" "), output.stdout + &output.stderr));
    };
    run(&["sync", NAME, "orders"]);
    let input = json!({"order_id": order, "status_id": 8070}).to_string();
    run(&["act", NAME, "set-order-status", "--input", &input, "--wait", "5"]);
    for stream in ["records", "changes"] {
        run(&[stream, NAME, "orders"]);
        run(&[stream, NAME, "orders", "--json"]);
    }
    for arguments in [["connection", "show", NAME], ["connection", "check", NAME], ["limit", "list", NAME]] {
        run(&arguments);
        run(&[&arguments[..], &["--json"]].concat());
    }
    run(&["connector", "show", "baselinker", "--json"]);
    run(&["run", "list", "--json"]);

    assert!(shop.vendor.requests().iter().all(|request| request.token.as_deref() == Some(TOKEN)));
    let stored = shop.orders();
    assert_eq!(stored.iter().filter(|order| order.contains("called with [secret]")).count(), stored.len());
    for (command, output) in &said {
        assert_none(TOKEN, &format!("windlass {command}"), output.as_bytes());
    }
    // The traces hold the requests and the answers.
    for run in shop.runs() {
        let shown = shop.run(&run["id"]);
        assert!(shown.to_string().contains("connector.php"), "a run shows its requests: {shown}");
        assert_none(TOKEN, "a run's trace", shown.to_string().as_bytes());
    }
    let (_, log) = shop.host.get(&format!("connections/{NAME}/log"));
    assert_none(TOKEN, "the connection's log", log.to_string().as_bytes());
    // While it runs, with the write-ahead log, and after it has ended.
    assert_none_kept(TOKEN, &shop.host);
    shop.host.stop();
    assert_none_kept(TOKEN, &shop.host);
}

/// It is too short to be cut out of data, which the vendor may have good reason to fill with it; but nothing
/// that is looked at later shows it.
#[test]
fn a_short_token_stays_in_data_and_leaves_errors_logs_and_traces() {
    const SHORT: &str = "shorty-9";
    let vendor = Simulator::start(Settings { tokens: vec![SHORT.into()], ..Settings::default() });
    let vendor = vendor.expect("a loopback port");
    let host = Host::with("baselinker");
    connection::create(
        &host,
        NAME,
        "baselinker",
        &[&format!("base_url={}", vendor.url())],
        &[("token", SHORT)],
    );
    vendor.fault(When::Nth("getOrders".into(), 1), Fault::EchoTokenInError);
    vendor.fault(When::Method("getOrders".into()), Fault::EchoTokenInData);
    host.ok(&["sync", NAME, "orders"]);
    assert!(connection::records(&host, NAME, "orders")[0].contains(SHORT), "data stays as it came");
    let (_, runs) = host.get("runs");
    let (_, shown) = host.get(&format!("runs/{}", runs["items"][0]["id"]));
    let failed = &shown["calls"][1]["error"]["message"];
    assert!(failed.to_string().contains("[secret]"), "the error shows where it was: {shown}");
    assert_none(SHORT, "a run", shown.to_string().as_bytes());
    let (_, log) = host.get(&format!("connections/{NAME}/log"));
    assert_none(SHORT, "the connection's log", log.to_string().as_bytes());
    assert_none_in_traces(SHORT, &host);
    let id = runs["items"][0]["id"].to_string();
    let replayed = host.cli(&["run", "replay", &id]);
    assert!(replayed.stdout.contains("something in it is secret"), "{replayed:?}");
}

/// What it cannot read it must not write beside.
#[test]
fn a_host_with_another_key_refuses_to_start() {
    let host = Host::with("baselinker");
    host.stop();
    let key = host.aside_file("other.key", b"YW5vdGhlciB0ZXN0IGtleSBvZiAzMi1ieXRlcyBoZXI=");
    let folder = host.watched();
    let data = folder.parent().and_then(Path::to_str).expect("a data folder");
    let variables = [("WINDLASS_SECRET_KEY_FILE", key.as_path())];
    let refused = host.cli_with(&variables, &["serve", "--data", data, "--listen", "127.0.0.1:0"], b"");
    assert_eq!(refused.code, 3, "{refused:?}");
    let hint = refused.stderr.lines().last().unwrap_or_default();
    assert!(
        refused.stderr.contains("key is not the one") && hint.starts_with("hint: "),
        "{}",
        refused.stderr
    );
    host.restart();
    host.ok(&["doctor"]);
}
