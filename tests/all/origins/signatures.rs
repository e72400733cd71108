//! Components signed with the real `minisign`.

use std::fs;

use windlass_tests::host::{Host, Setup};
use windlass_tests::minisign::Publisher;

use super::{NAME, NEWER, OLDER, copy_of, text};

#[test]
fn what_minisign_signs_is_verified_and_the_name_stays_its_publishers() {
    let host = Host::start(Setup::default());
    let (ours, theirs) = (Publisher::new(), Publisher::new());
    host.ok(&["connector", "key", "trust", text(&ours.public())]);
    let older = copy_of(&host, OLDER);
    let install = |file: &str| host.cli(&["connector", "install", file, "--yes"]);

    // The signature is found beside the file, in the form of before and in that of today.
    ours.sign_legacy(&older, "the first one");
    host.ok(&["connector", "install", text(&older), "--yes"]);
    ours.sign(&older, "the first one");
    let installed = install(text(&older));
    assert!(installed.stderr.contains(&format!("signed by {} (the first one)", ours.id())), "{installed:?}");
    let shown = host.json(&["connector", "show", NAME]);
    assert_eq!(shown["publisher"], ours.id());
    assert_eq!(shown["versions"][0]["signature"]["comment"], "the first one");
    assert_eq!(shown["versions"][0]["source"], "upload");
    let keys = host.ok(&["connector", "key", "list"]);
    assert!(keys.contains(ours.id()) && keys.contains(NAME), "{keys}");

    // Changed after it was signed: refused, whoever sends it.
    let newer = copy_of(&host, NEWER);
    ours.sign(&newer, "the second one");
    let signature = fs::read_to_string(newer.with_extension("wasm.minisig")).expect("minisign wrote it");
    let mut changed = fs::read(&newer).expect("the copy can be read");
    changed.extend([0, 2, 1, b'x']);
    let (status, problem) = host.post_component(&changed, Some(&signature));
    assert_eq!((status, &problem["code"]), (422, &"connector.signature".into()), "{problem}");
    let other_comment = signature.replace("the second one", "the other one!");
    let (status, problem) = host.post_component(&fs::read(&newer).expect("a file"), Some(&other_comment));
    assert_eq!((status, &problem["code"]), (422, &"connector.signature".into()), "{problem}");

    // Another publisher's: refused before and after its key is trusted, until a person gives it the name.
    theirs.sign(&newer, "from elsewhere");
    let refused = install(text(&newer));
    assert!(refused.code == 1 && refused.stderr.contains("(connector.publisher)"), "{refused:?}");
    host.ok(&["connector", "key", "trust", text(&theirs.public())]);
    let refused = install(text(&newer));
    let expected = format!(
        "{NAME} belongs to the publisher with the key {}; this is signed by {}",
        ours.id(),
        theirs.id()
    );
    assert!(refused.code == 1 && refused.stderr.contains(&expected), "{refused:?}");
    assert!(host.ok(&["connector", "publisher", NAME]).contains(ours.id()));
    host.ok(&["connector", "publisher", NAME, "--key", theirs.id()]);
    host.ok(&["connector", "install", text(&newer), "--yes"]);
    let shown = host.json(&["connector", "show", NAME]);
    assert_eq!(shown["publisher"], theirs.id());
    assert_eq!(shown["versions"][0]["signature"]["key"], theirs.id());

    // Distrusted: what is installed stays, and nothing of that key is taken any more.
    host.ok(&["connector", "key", "distrust", theirs.id()]);
    let refused = install(text(&newer));
    assert!(refused.code == 1 && refused.stderr.contains("(connector.signer-unknown)"), "{refused:?}");
    assert_eq!(host.json(&["connector", "show", NAME])["active"], shown["active"]);
}

#[test]
fn whoever_installs_is_told_of_an_unknown_signer_and_of_each_step() {
    let (host, theirs) = (Host::start(Setup::default()), Publisher::new());
    let component = copy_of(&host, OLDER);
    theirs.sign(&component, "from a stranger");
    let installed = host.cli(&["connector", "install", text(&component), "--yes"]);
    let expected = format!("it is signed by {}, which is not trusted", theirs.id());
    assert!(installed.code == 0 && installed.stderr.contains(&expected), "{installed:?}");
    let steps: Vec<&str> =
        installed.stderr.lines().take(6).filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(steps, ["signature", "component", "compile", "spec", "asks", "replay"], "{installed:?}");
    assert_eq!(host.json(&["connector", "show", NAME])["publisher"], serde_json::Value::Null);
    // No file of that name, and no key either.
    let missing = host.cli(&["connector", "key", "trust", "nowhere.pub"]);
    assert!(missing.code == 3 && missing.stderr.contains("there is no file nowhere.pub"), "{missing:?}");
}
