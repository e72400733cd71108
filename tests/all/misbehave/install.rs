//! Components that are not let in.

use std::fs;

use windlass_tests::host::{Host, Setup, guest};

/// The header of a core module.
const CORE_MODULE: &[u8] = b"\0asm\x01\0\0\0";
/// The header of a component.
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

#[test]
fn what_is_no_connector_is_refused_in_words_and_the_host_goes_on() {
    let host = Host::start(Setup::default());
    let read = |name: &str| fs::read(guest(name)).expect("a guest can be read");
    let whole = read("misbehave");
    let huge = [COMPONENT, &vec![0; 65 << 20][..]].concat();
    check(&host, &read("trap-in-describe"), "the connector cannot describe itself: thread '<unnamed>'");
    check(&host, &read("trap-in-describe"), "this connector traps in describe");
    check(&host, &read("forbidden-import"), "imports wasi:http/client");
    check(&host, CORE_MODULE, "this is a core WebAssembly module, not a component; build it for");
    check(&host, b"GIF89a, and certainly nothing else", "this is not a WebAssembly component");
    check(&host, b"", "this is not a WebAssembly component");
    check(&host, &whole[..4], "this is not a WebAssembly component");
    check(&host, COMPONENT, "does not export windlass:connector/spec");
    check(&host, &whole[..whole.len() / 2], "the component cannot be compiled");
    check(&host, &whole[..whole.len() - 1], "the component cannot be compiled");
    check(&host, &huge, "the body is too large");
    assert!(host.ok(&["connector", "list"]).contains("no connector is installed"));
    host.install_guest("misbehave");
    host.ok(&["connection", "create", "well", "--connector", "misbehave"]);
    host.ok(&["sync", "well", "records"]);
    assert_eq!(host.ok(&["records", "well", "records", "--format", "ndjson"]).lines().count(), 25);
}

/// Installs `wasm`; it must be refused as the component's own fault.
#[track_caller]
fn check(host: &Host, wasm: &[u8], reason: &str) {
    let file = host.aside_file("candidate.wasm", wasm);
    let output = host.cli(&["connector", "install", file.to_str().expect("UTF-8"), "--yes"]);
    assert_eq!((output.code, output.stdout.as_str()), (1, ""), "{output:?}");
    assert!(output.stderr.starts_with("error: ") && output.stderr.contains(reason), "{}", output.stderr);
    assert!(output.stderr.lines().count() < 20, "{}", output.stderr);
}
