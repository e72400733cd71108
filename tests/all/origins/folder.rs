//! The watched folder.

use std::fs;
use std::time::Duration;

use serde_json::Value;
use windlass_tests::eventually::eventually;
use windlass_tests::host::{Host, Setup, guest};
use windlass_tests::minisign::Publisher;

use super::{NAME, NEWER, OLDER, text};

/// Three looks and a compile, on a machine that is busy with other tests.
const TAKEN_MAX: Duration = Duration::from_secs(120);
const FILE: &str = "shop.wasm";

#[test]
fn a_signed_file_in_the_folder_is_installed_and_a_changed_one_is_a_new_version() {
    let host = Host::start(Setup::default());
    let publisher = Publisher::new();
    let file = host.watched().join(FILE);
    let put = |name: &str| fs::copy(guest(name), &file).expect("the folder is there");

    put(OLDER);
    let refused = state(&host, "refused");
    assert_eq!(refused["code"], "connector.unsigned", "{refused}");
    let list = host.cli(&["connector", "list"]);
    assert!(list.stderr.contains("shop.wasm in ") && list.stderr.contains("is not signed"), "{list:?}");
    let doctor = host.cli(&["doctor"]);
    assert!(doctor.code == 1 && doctor.stdout.contains("is not signed (connector.unsigned)"), "{doctor:?}");
    assert!(host.log().contains("refused from the watched folder"), "{}", host.log());

    // Signed by somebody, and then by somebody trusted: it waits, as nobody has approved what it asks for.
    publisher.sign(&file, "the first one");
    eventually("the signature is seen", TAKEN_MAX, || {
        (look(&host)["code"] == "connector.signer-unknown").then_some(())
    });
    host.ok(&["connector", "key", "trust", text(&publisher.public())]);
    let waits = state(&host, "waits-for-approval");
    assert_eq!(waits["connector"], NAME);
    host.ok(&["connector", "approve", NAME]);
    let older = host.json(&["connector", "show", NAME]);
    assert_eq!(older["versions"][0]["source"], "folder: shop.wasm");
    assert_eq!(older["publisher"], publisher.id());

    // A new version that asks for nothing more swaps by itself, once its signature is there too.
    put(NEWER);
    eventually("the former signature is refused", TAKEN_MAX, || {
        (look(&host)["code"] == "connector.signature").then_some(())
    });
    publisher.sign(&file, "the second one");
    state(&host, "installed");
    let newer = host.json(&["connector", "show", NAME]);
    assert_ne!(newer["active"], older["active"]);
    assert_eq!(newer["versions"][0]["signature"]["comment"], "the second one");

    // A person goes back, and the host starts again: the file is not taken for new.
    host.ok(&["connector", "rollback", NAME]);
    host.stop();
    host.restart();
    state(&host, "installed");
    assert_eq!(host.json(&["connector", "show", NAME])["active"], older["active"]);

    // A person removes the connector, and the host starts again: the file does not bring it back, and another
    // that cannot even be looked at keeps nothing from being seen.
    host.ok(&["connector", "remove", NAME]);
    host.stop();
    std::os::unix::fs::symlink("a.wasm", host.watched().join("a.wasm")).expect("the folder is there");
    host.restart();
    let files = eventually("both files are judged", TAKEN_MAX, || {
        let (_, folder) = host.get("folder");
        let state = |file: usize| folder["files"][file]["state"].as_str().unwrap_or("arriving").to_owned();
        (state(0) != "arriving" && state(1) != "arriving").then(|| folder["files"].clone())
    });
    assert_eq!(
        (&files[0]["code"], &files[0]["file"]),
        (&"folder.unreadable".into(), &"a.wasm".into()),
        "{files}"
    );
    assert_eq!((&files[1]["state"], &files[1]["connector"]), (&"gone".into(), &NAME.into()), "{files}");
    assert_eq!(host.cli(&["connector", "show", NAME]).code, 1);
}

#[test]
fn with_the_policy_warn_an_unsigned_file_is_taken_and_said_to_be() {
    let variables = vec![("WINDLASS_SIGNATURE_POLICY".to_owned(), "warn".to_owned())];
    let host = Host::start(Setup { variables, ..Setup::default() });
    // What a program writes aside first is left alone.
    fs::copy(guest(OLDER), host.watched().join(".part.wasm")).expect("the folder is there");
    fs::copy(guest(OLDER), host.watched().join(FILE)).expect("the folder is there");
    let waits = state(&host, "waits-for-approval");
    assert_eq!(waits["file"], FILE);
    assert!(host.log().contains("it is not signed"), "{}", host.log());
    assert_eq!(host.json(&["connector", "show", NAME])["versions"][0]["signature"], Value::Null);
}

/// The one file as the host sees it.
fn look(host: &Host) -> Value {
    let (_, folder) = host.get("folder");
    folder["files"][0].clone()
}

/// Waits until the file is in that state.
#[track_caller]
fn state(host: &Host, state: &str) -> Value {
    eventually(&format!("the file is {state}"), TAKEN_MAX, || {
        let file = look(host);
        (file["state"] == state).then_some(file)
    })
}
