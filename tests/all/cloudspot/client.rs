//! The vendor's own published client works against the simulator, and sees what the connector sees: so
//! the simulator is not a vendor of our own making.
//!
//! `client.py` drives it, as a program of its own; `tests/setup.sh cloudspot` installs it.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use windlass_tests::cloudspot::{
    APPLICATION, PASSWORD, PERMISSIONS, Right, Settings, Simulator, TOKEN, USERNAME, WRONG_PERMISSIONS,
};

use super::{Erp, NAME};

/// The newest client.
const NEWEST: &str = "1.1.0";
/// The last one in which users sign in.
const SIGNS_IN: &str = "0.13.0";

/// What a client of that version saw.
#[track_caller]
fn client(version: &str, vendor: &Simulator, command: &str, asked: &Value) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the project's folder");
    let folder = root.join("target/cloudspot-erp-api").join(version);
    assert!(
        folder.join("installed").exists(),
        "{} is missing: run tests/setup.sh cloudspot",
        folder.display()
    );
    let mut program = Command::new("python3");
    program.arg("-B").arg(root.join("tests/all/cloudspot/client.py"));
    program.arg(folder).args([&vendor.base_url(), command]);
    // A proxy of the machine has no business here.
    program.env("NO_PROXY", "*").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = program.spawn().expect("python3 starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(asked.to_string().as_bytes()).expect("the client reads");
    drop(stdin);
    let output = child.wait_with_output().expect("the client's output can be read");
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("the client's driver prints JSON")
}

/// C4: every list, read by the client and by the connector.
#[test]
fn the_client_and_the_connector_see_the_same_company() {
    let forms = [
        Settings::default(),
        Settings {
            single_as_object: true,
            amounts_as_text: true,
            artikels: 1,
            klanten: 1,
            ..Settings::default()
        },
    ];
    for settings in forms {
        let erp = Erp::open(settings);
        erp.host.ok(&["sync", NAME]);
        let records: Value = ["artikels", "categories", "klanten"]
            .into_iter()
            .map(|stream| (stream.to_owned(), json!(erp.records(stream))))
            .collect::<serde_json::Map<_, _>>()
            .into();
        for version in [NEWEST, SIGNS_IN] {
            let listed = client(version, &erp.vendor, "listed", &json!({ "token": TOKEN }));
            let read = client(version, &erp.vendor, "read", &json!({ "records": records }));
            assert_eq!(listed, read, "version {version}");
            let count = |stream: &str| listed[stream]["rows"].as_array().map(Vec::len);
            assert_eq!(count("artikels"), Some(erp.vendor.artikels().len()));
            assert_eq!(count("klanten"), Some(erp.vendor.klanten().len()));
            assert!(listed["artikels"]["rows"][0]["naam"].as_str().is_some_and(|name| name.contains("café")));
        }
        erp.assert_lawful();
    }
}

#[test]
fn the_client_finds_single_rows_by_their_id() {
    let vendor = Simulator::start(Settings::default()).expect("a loopback port");
    for version in [NEWEST, SIGNS_IN] {
        let single = |stream: &str, id: u64| {
            client(version, &vendor, "single", &json!({ "token": TOKEN, "stream": stream, "id": id }))
        };
        let article = single("artikels", 1_003);
        assert_eq!((&article["id"], &article["SKU"]), (&json!(1_003), &json!("SKU-0002")));
        assert_eq!(single("categories", 1)["children"][0]["naam"], "Tafels");
    }
    assert!(vendor.violations().is_empty(), "{:?}", vendor.violations());
}

/// C5: the client is told in the same words as the connector.
#[test]
fn a_missing_right_is_told_to_the_client_in_the_vendors_words() {
    let erp = Erp::open(Settings::default());
    erp.vendor.set_rights(TOKEN, &[Right::Products]);
    let listed = client(NEWEST, &erp.vendor, "listed", &json!({ "token": TOKEN }));
    let words = listed["klanten"]["error"].as_str().expect("a message");
    assert!(listed["artikels"]["rows"].is_array(), "{listed}");
    assert!(erp.sync("klanten").stderr.contains(words), "{words}");
}

/// C2, C3: sign-in, permissions and user, seen by the client and by the actions.
#[test]
fn the_client_and_the_actions_see_the_same_user() {
    let erp = Erp::open(Settings::default());
    let credentials = json!({ "application": "TimeApp", "username": USERNAME, "password": PASSWORD });
    let seen = client(SIGNS_IN, &erp.vendor, "sign-in", &credentials);
    assert_eq!(seen["permissions"], json!(PERMISSIONS));
    assert_eq!(
        (&seen["known"]["permissions"], &seen["known"]["user"]),
        (&seen["permissions"], &seen["user"])
    );
    assert_eq!((&seen["user"]["email"], &seen["user"]["pin"]), (&json!(USERNAME), &json!("4711")));

    let token = json!({ "token": seen["token"] });
    let permissions = erp.done("get-permissions", &token);
    assert_eq!(permissions["permissions"], seen["permissions"]);
    let user = erp.done("get-user", &token);
    for (name, value) in seen["user"].as_object().expect("a user") {
        assert_eq!(&user[name], value, "{name}");
    }
    let signed_in = erp.done("authenticate", &json!({ "username": USERNAME, "password": PASSWORD }));
    let of_ours = json!({ "application": APPLICATION, "token": signed_in["token"] });
    assert_eq!(client(SIGNS_IN, &erp.vendor, "known", &of_ours), seen["known"]);
    erp.assert_lawful();
}

/// C2, C3
#[test]
fn the_client_meets_the_same_refusals_and_wrong_permissions() {
    let vendor = Simulator::start(Settings::default()).expect("a loopback port");
    let sign_in = |application: &str, password: &str| {
        let asked = json!({ "application": application, "username": USERNAME, "password": password });
        client(SIGNS_IN, &vendor, "sign-in", &asked)
    };
    assert_eq!(sign_in(APPLICATION, "wrong"), json!({ "raised": "BadCredentials" }));
    assert_eq!(sign_in("timeap", PASSWORD)["permissions"], json!(WRONG_PERMISSIONS));
    let bad = json!({ "application": APPLICATION, "token": "no-such-token" });
    assert_eq!(client(SIGNS_IN, &vendor, "known", &bad), json!({ "raised": "NoValidToken" }));
    assert!(vendor.violations().is_empty(), "{:?}", vendor.violations());
}
