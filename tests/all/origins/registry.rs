//! Components in a registry, Debian's `docker-registry`.

use std::fs;
use std::path::Path;

use serde_json::Value;
use windlass_tests::host::{Host, Output, Setup};
use windlass_tests::minisign::Publisher;
use windlass_tests::registry::Registry;

use super::{NAME, NEWER, OLDER, copy_of, text};

#[test]
fn a_component_is_pushed_shown_before_it_is_fetched_and_installed_by_its_digest() {
    let host = Host::start(Setup::default());
    let (registry, publisher) = (Registry::start(), Publisher::new());
    let place = format!("oci://{}/connectors/{NAME}:stable", registry.name());
    let run = |config: &Path, arguments: &[&str]| host.cli_with(&[("DOCKER_CONFIG", config)], arguments, b"");
    let allowed = |arguments: &[&str]| run(&registry.docker_config(), arguments);
    let older = copy_of(&host, OLDER);

    // Credentials are those of `docker login`.
    let refused = run(&registry.no_config(), &["connector", "push", text(&older), &place]);
    assert!(refused.code == 1 && refused.stderr.contains("docker login"), "{refused:?}");
    let pushed = json(&allowed(&["connector", "push", text(&older), &place, "--json"]));
    let pinned = pushed["reference"].as_str().expect("what was pushed").to_owned();
    assert!(pinned.contains("@sha256:"), "{pinned}");
    assert_manifest(&registry, &pinned, &pushed["digest"]);
    let again = json(&allowed(&["connector", "push", text(&older), &place, "--json"]));
    assert_eq!(again, pushed, "the same file is the same artifact");

    // What it asks for is known while its code is not even there.
    let layer = registry.blob(pushed["digest"].as_str().expect("a digest"));
    let wasm = fs::read(&layer).expect("the registry keeps it there");
    fs::remove_file(&layer).expect("the registry's file");
    let shown = allowed(&["connector", "show", &place]);
    assert!(
        shown.code == 0 && shown.stdout.contains(&pinned) && shown.stdout.contains("asks for"),
        "{shown:?}"
    );
    let mut other = wasm.clone();
    other.reverse();
    fs::write(&layer, other).expect("the registry's file");
    let refused = allowed(&["connector", "install", &place, "--yes"]);
    assert!(refused.code == 1 && refused.stderr.contains("digest"), "{refused:?}");
    fs::write(&layer, wasm).expect("the registry's file");

    // Nobody gives a word for it but its publisher; the signature goes with it.
    let refused = allowed(&["connector", "install", &place, "--yes"]);
    assert!(refused.code == 1 && refused.stderr.contains("(connector.unsigned)"), "{refused:?}");
    publisher.sign(&older, "pushed");
    let signed = json(&allowed(&["connector", "push", text(&older), &place, "--json"]));
    let signed = signed["reference"].as_str().expect("what was pushed");
    let refused = allowed(&["connector", "install", &place, "--yes"]);
    assert!(refused.code == 1 && refused.stderr.contains("(connector.signer-unknown)"), "{refused:?}");
    host.ok(&["connector", "key", "trust", text(&publisher.public())]);
    let waits = allowed(&["connector", "install", &place]);
    assert!(waits.code == 2 && waits.stderr.contains("waits for your approval"), "{waits:?}");
    let installed = allowed(&["connector", "install", &place, "--yes"]);
    assert!(installed.code == 0 && installed.stderr.contains(&format!("found {signed}")), "{installed:?}");
    let version = &host.json(&["connector", "show", NAME])["versions"][0];
    assert_eq!((&version["source"], &version["signature"]["key"]), (&signed.into(), &publisher.id().into()));

    // The tag goes on; the digest does not.
    let newer = copy_of(&host, NEWER);
    publisher.sign(&newer, "pushed later");
    json(&allowed(&["connector", "push", text(&newer), &place, "--json"]));
    let first = host.json(&["connector", "show", NAME])["active"].clone();
    let installed = allowed(&["connector", "install", signed, "--yes"]);
    assert_eq!((installed.code, &host.json(&["connector", "show", NAME])["active"]), (0, &first));
    let installed = allowed(&["connector", "install", &place]);
    assert_eq!(installed.code, 0, "it asks for nothing more: {installed:?}");
    assert_ne!(host.json(&["connector", "show", NAME])["active"], first);
}

/// The types of the CNCF's layout, as they lie in the registry.
#[track_caller]
fn assert_manifest(registry: &Registry, pinned: &str, digest: &Value) {
    let (_, manifest) = pinned.split_once('@').expect("a digest");
    let read = |digest: &str| -> Value {
        let bytes = fs::read(registry.blob(digest)).expect("the registry keeps it there");
        serde_json::from_slice(&bytes).expect("JSON")
    };
    let manifest = read(manifest);
    assert_eq!(manifest["config"]["mediaType"], "application/vnd.wasm.config.v0+json");
    assert_eq!(manifest["layers"].as_array().map(Vec::len), Some(1));
    assert_eq!(manifest["layers"][0]["mediaType"], "application/wasm");
    let layer = format!("sha256:{}", digest.as_str().expect("a digest"));
    assert_eq!(manifest["layers"][0]["digest"], layer.as_str());
    let config = read(manifest["config"]["digest"].as_str().expect("a digest"));
    assert_eq!((&config["architecture"], &config["os"]), (&"wasm".into(), &"wasip2".into()));
    assert_eq!(config["layerDigests"][0], layer.as_str());
    let exports = config["component"]["exports"].as_array().expect("a list");
    assert!(exports.contains(&"windlass:connector/spec@0.1.0".into()), "{config}");
}

#[track_caller]
fn json(output: &Output) -> Value {
    assert_eq!(output.code, 0, "{output:?}");
    serde_json::from_str(&output.stdout).expect("an answer in JSON")
}
