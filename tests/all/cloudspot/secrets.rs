//! Tokens, passwords and PINs are on the wire and with the caller who asked, and nowhere else.

use std::sync::Arc;

use serde_json::{Value, json};
use windlass_test_postgres::Database;
use windlass_tests::cloudspot::{PASSWORD, Settings, Simulator, TOKEN, USERNAME, User};
use windlass_tests::host::{Host, Setup};
use windlass_tests::leaks::{assert_none, assert_none_kept, find};
use windlass_tests::simulator::{Fault, When};

use super::{Erp, NAME};

const SIGN_IN: &str = "POST /auth/signin-external-app/";
const WRONG: &str = "fout-wachtwoord-van-niemand-4c1d";
/// Of ten digits: by chance it stands nowhere.
const PIN: &str = "4711081547";

fn settings() -> Settings {
    let mut user = User::default();
    user.about["pin"] = json!(PIN);
    Settings { users: vec![user], ..Settings::default() }
}

/// An answer in place of the vendor's own.
fn instead(status: u16, body: &Value) -> Fault {
    Fault::Instead { acts: true, status, body: body.to_string() }
}

fn credentials(password: &str) -> Value {
    json!({ "username": USERNAME, "password": password })
}

/// Uses every stream and action, with a vendor that says back whatever it is told. Returns what commands
/// printed, but for the outputs that callers asked for.
fn use_everything(erp: &Erp) -> Vec<String> {
    let mut said = Vec::new();
    erp.vendor.fault(When::Nth("GET /klanten/".into(), 1), Fault::EchoTokenInError);
    erp.vendor.fault(When::Method("GET /artikels/".into()), Fault::EchoTokenInData);
    said.push(erp.host.ok(&["sync", NAME]));
    assert!(erp.records("artikels").iter().all(|row| row.contains("called with [secret]")));

    let signed_in = erp.done("authenticate", &credentials(PASSWORD));
    let token = signed_in["token"].as_str().expect("a token").to_owned();
    let told = json!({ "status": "NOT_AUTHORIZED", "message": format!("{USERNAME} is niet {WRONG}.") });
    erp.vendor.fault(When::Nth(SIGN_IN.into(), 1), instead(401, &told));
    let refused = erp.act("authenticate", &credentials(WRONG));
    assert!(refused.stderr.contains("is niet [secret]."), "{refused:?}");
    said.push(refused.stdout + &refused.stderr);

    erp.vendor.fault(When::Nth("GET /auth/get-permissions/".into(), 1), Fault::EchoTokenInError);
    erp.done("get-permissions", &json!({ "token": token }));
    let about = json!({ "first_name": "Voornaam", "pin": PIN, "note": format!("called with {token}") });
    erp.vendor.fault(When::Nth("GET /auth/get-user/".into(), 1), instead(200, &about));
    let user = erp.done("get-user", &json!({ "token": token }));
    assert_eq!((&user["pin"], user["note"].as_str()), (&json!(PIN), about["note"].as_str()), "once, whole");

    // The vendor signed in, and nobody was told; and a token of nobody.
    erp.vendor.fault(When::Nth(SIGN_IN.into(), 1), Fault::AnswerLost);
    erp.done("authenticate", &credentials(PASSWORD));
    let unknown = erp.act("get-user", &json!({ "token": WRONG }));
    said.push(unknown.stdout + &unknown.stderr);
    said
}

/// What the host shows to anybody who asks.
fn shown(erp: &Erp) -> Vec<String> {
    let commands: [&[&str]; 8] = [
        &["connection", "show", NAME],
        &["connection", "check", NAME],
        &["stream", "list", NAME],
        &["connector", "show", "cloudspot"],
        &["run", "list"],
        &["records", NAME, "artikels"],
        &["records", NAME, "klanten"],
        &["changes", NAME, "artikels"],
    ];
    let mut shown: Vec<_> = commands
        .iter()
        .flat_map(|command| [erp.host.ok(command), erp.host.json(command).to_string()])
        .collect();
    for run in erp.runs() {
        shown.push(erp.host.ok(&["run", "show", &run["id"].to_string()]));
        shown.push(erp.host.get(&format!("runs/{}", run["id"])).1.to_string());
    }
    shown.push(erp.host.get(&format!("connections/{NAME}/log")).1.to_string());
    shown
}

/// All that may stand nowhere.
fn secrets(vendor: &Simulator) -> Vec<String> {
    let tokens = vendor.user_tokens();
    assert_eq!(tokens.len(), 3, "three sign-ins succeeded at the vendor");
    tokens.into_iter().chain([TOKEN, PASSWORD, WRONG, PIN].map(str::to_owned)).collect()
}

/// C3
#[test]
fn nothing_secret_is_shown_or_kept_in_any_file() {
    let erp = Erp::open(settings());
    let said = [use_everything(&erp), shown(&erp)].concat();
    let secrets = secrets(&erp.vendor);
    for secret in &secrets {
        said.iter().for_each(|text| assert_none(secret, text, text.as_bytes()));
        // While it runs, with the write-ahead log.
        assert_none_kept(secret, &erp.host);
    }
    erp.host.stop();
    secrets.iter().for_each(|secret| assert_none_kept(secret, &erp.host));
}

/// The same of every table.
#[test]
fn nothing_secret_is_in_any_table_of_postgresql() {
    let database = Database::create();
    let setup = Setup { database_url: Some(database.url().to_owned()), ..Setup::default() };
    let erp = Erp::open_on(Arc::new(Host::start(setup)), settings());
    let said = [use_everything(&erp), shown(&erp)].concat();
    let dump = database.dump();
    assert!(find("SKU-0007", &dump).is_some(), "the dump holds the records");
    for secret in secrets(&erp.vendor) {
        said.iter().for_each(|text| assert_none(&secret, text, text.as_bytes()));
        assert_none(&secret, "a table", &dump);
        assert_none_kept(&secret, &erp.host);
    }
}
