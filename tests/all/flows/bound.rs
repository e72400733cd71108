//! What a flow is bound to, and what is refused.

use windlass_tests::host::{Host, Setup, guest};

use super::{Bridge, FLOW};

#[test]
fn a_flow_is_bound_to_connections_that_have_what_it_needs() {
    let bridge = Bridge::unbound();
    let refused = |arguments: &[&str], code: &str| {
        let output = bridge.cli(arguments);
        assert!(output.code == 1 && output.stderr.contains(code), "{arguments:?}: {output:?}");
    };
    let create = ["flow", "create", FLOW, "--flow", "flow-guest"];
    let with =
        |more: &[&'static str]| [&create[..], &["--set", super::from(), "--set", super::to()], more].concat();
    refused(&with(&["--connect", "from=left"]), "flow.connect");
    refused(&with(&["--connect", "from=left", "--connect", "to=nowhere"]), "connection.missing");
    refused(
        &with(&["--connect", "from=left", "--connect", "to=right", "--connect", "odd=left"]),
        "flow.connect",
    );
    refused(&["flow", "create", FLOW, "--flow", "baselinker"], "connection.kind");
    refused(&["connection", "create", "x", "--connector", "flow-guest"], "connection.kind");
    bridge.host.ok(&bridge.create(&[]));
    refused(&bridge.create(&[]), "connection.exists");
    refused(&["connection", "show", FLOW], "connection.missing");
    refused(&["flow", "show", "left"], "flow.missing");
    let output = bridge.cli(&["connection", "delete", "left"]);
    assert!(output.stderr.contains(FLOW), "{output:?}");
    bridge.host.ok(&["flow", "delete", FLOW]);
    bridge.host.ok(&["connection", "delete", "left"]);
}

#[test]
fn a_value_that_does_not_exist_is_named_by_the_check() {
    let bridge = Bridge::unbound();
    bridge.host.ok(&["sync", "right", "order-statuses"]);
    let create = ["flow", "create", FLOW, "--flow", "flow-guest", "--connect", "from=left"];
    let odd = ["--connect", "to=right", "--set", super::from(), "--set", "to_status=4711"];
    bridge.host.ok(&[&create[..], &odd].concat());
    let output = bridge.cli(&["flow", "check", FLOW]);
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stdout.contains("to_status is `4711`"), "{output:?}");
    assert!(output.stdout.contains("not known before order-statuses was synced"), "{output:?}");
}

#[test]
fn a_flow_that_wants_the_network_is_refused_at_install() {
    let host = Host::start(Setup::default());
    let network = guest("flow-guest-network");
    let output = host.cli(&["connector", "install", network.to_str().expect("a path in UTF-8"), "--yes"]);
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("windlass:connector/http@0.1.0: a flow has no network"), "{output:?}");
}
