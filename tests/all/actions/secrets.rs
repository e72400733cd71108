//! Secrets in and out of an action: sealed while they are needed, shown once, and nowhere afterwards.

use serde_json::{Value, json};
use windlass_test_postgres::Database;
use windlass_tests::host::{Host, Output};
use windlass_tests::leaks::{assert_none, assert_none_kept};

use super::vendor::{Turn, Vendor};
use super::{NAME, Place, connect};
use crate::pair::Pair;

/// With letters that are written in several ways.
const PASSWORD: &str = "Grün/hunter2+x y&9";
/// A number of ten digits: by chance it stands nowhere.
const PIN: u32 = 3_141_592_653;
const TOKEN: &str = "tok-5Xq81LmZ03vWbA77";

fn vendor() -> Vendor {
    Vendor::start(json!({ "id": 7, "token": TOKEN }))
}

fn user(then: &str) -> String {
    json!({ "name": "Ann", "password": PASSWORD, "pin": PIN, "then": then }).to_string()
}

impl Place {
    /// Asks for a user as one should: the input is not on the command line.
    fn create(&self, then: &str, key: &str) -> Output {
        let ask = ["act", NAME, "create-user", "--input", "-", "--key", key, "--wait", "30"];
        self.host.cli_given(&ask, user(then).as_bytes())
    }

    /// Nothing that the host shows or keeps holds a secret.
    #[track_caller]
    fn assert_silent(&self) {
        let mut shown = vec![];
        for command in [&["run", "list"][..], &["limit", "list", NAME], &["connection", "show", NAME]] {
            shown.push(self.host.ok(command));
            shown.push(self.host.ok(&[command, &["--json"]].concat()));
        }
        shown.push(self.host.get(&format!("connections/{NAME}/log")).1.to_string());
        for run in self.runs() {
            let id = run["id"].to_string();
            shown.push(self.host.ok(&["run", "show", &id]));
            shown.push(self.host.get(&format!("runs/{id}")).1.to_string());
            shown.push(self.host.get(&format!("runs/{id}?wait=0")).1.to_string());
        }
        for secret in [PASSWORD, TOKEN, &PIN.to_string()] {
            shown.iter().for_each(|text| assert_none(secret, text, text.as_bytes()));
            assert_none_kept(secret, &self.host);
        }
    }
}

fn calls(run: &Value) -> Vec<&Value> {
    run["calls"].as_array().into_iter().flatten().collect()
}

#[test]
fn a_secret_reaches_the_vendor_and_a_secret_output_its_caller_once() {
    let place = Place::with(vendor());
    let output = place.create("return", "one");
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output:?}");
    assert_eq!(output.stdout.trim(), json!({ "id": 7, "token": TOKEN }).to_string());
    let sent = &place.vendor.seen("/users")[0];
    assert_eq!(sent.body, json!({ "name": "Ann", "password": PASSWORD, "pin": PIN }));
    let again = place.create("return", "one");
    assert_eq!(again.stdout.trim(), r#"{"id":7,"token":"[secret]"}"#, "shown once: {again:?}");
    let run = place.run("one");
    let shown = json!({ "name": "Ann", "password": "[secret]", "pin": "[secret]", "then": "return" });
    assert_eq!((&run["input"], &run["output"]), (&shown, &json!({ "id": 7, "token": "[secret]" })));
    place.assert_silent();
    place.host.stop();
    assert_none_kept(PASSWORD, &place.host);
}

/// Method, address, status and sizes are what a person sees of such a call.
#[test]
fn a_call_with_secrets_leaves_its_lines_and_no_bodies() {
    let place = Place::with(vendor());
    place.create("return", "one");
    let run = place.run("one");
    let exchanges = calls(&run)[0]["exchanges"].as_array().cloned().expect("a trace");
    let first = &exchanges[0];
    assert_eq!((&first["method"], &first["status"]), (&json!("POST"), &json!(200)), "{first}");
    assert_eq!(first["url"], format!("{}/users/[secret]?password=[secret]", place.vendor.url()), "{first}");
    let bytes = json!({ "name": "Ann", "password": PASSWORD, "pin": PIN }).to_string().len();
    let cut = json!({ "text": null, "base64": null, "bytes": bytes, "cut": true });
    assert_eq!(first["body"], cut, "{first}");
    assert!(first["answer_body"]["bytes"].as_u64().is_some_and(|bytes| bytes > 20), "{first}");
    assert!(first["headers"].to_string().contains(r#"["x-password","[secret]"]"#), "{first}");
    assert_eq!(exchanges[1]["url"], format!("{}/confirm/[secret]", place.vendor.url()));
    // Before its answer nobody could know what is secret in an address.
    let origin = format!("{}/[secret]", place.vendor.url());
    let intents = run["intents"].as_array().expect("intents");
    assert!(intents.len() == 2 && intents.iter().all(|intent| intent["url"] == *origin), "{run}");
    assert!(run["log"].to_string().contains("the token is [secret]"), "{run}");
}

#[test]
fn whatever_a_careless_connector_does_with_a_secret_it_is_written_nowhere() {
    let place = Place::with(vendor());
    assert_eq!(place.create("return-later", "later").code, 0);
    assert_eq!(calls(&place.run("later")).len(), 2);
    let refused = json!({ "echo": PASSWORD, "pin": PIN, "why": "too short" });
    place.vendor.next("/users", Turn::Answer(422, refused));
    let ends = [
        ("echoed", place.create("return", "echoed"), "(action.rejected)", "failed"),
        ("fails", place.create("fail", "fails"), "(action.rejected)", "failed"),
        ("panics", place.create("panic", "panics"), "(action.held)", "held"),
    ];
    for (key, output, code, state) in ends {
        assert!(output.code == 1 && output.stderr.contains(code), "{output:?}");
        assert!(output.stderr.contains("[secret]"), "{output:?}");
        [PASSWORD, TOKEN].iter().for_each(|secret| assert_none(secret, key, output.stderr.as_bytes()));
        assert_eq!(place.run(key)["state"], state);
    }
    let detail = &place.run("echoed")["error"]["detail"];
    assert_eq!(*detail, json!({ "echo": "[secret]", "pin": "[secret]", "why": "too short" }));
    place.assert_silent();
}

#[test]
fn a_held_action_keeps_its_secrets_until_it_is_resolved() {
    let place = Place::with(vendor());
    place.vendor.next("/users", Turn::Lost);
    assert_eq!(place.create("return", "held").code, 1);
    place.assert_silent();
    place.host.kill_9();
    place.host.restart();
    place.host.ok(&["run", "resolve", &place.number("held"), "--send-again"]);
    let output = place.create("return", "held");
    assert_eq!(output.stdout.trim(), json!({ "id": 7, "token": TOKEN }).to_string(), "{output:?}");
    let sent: Vec<_> = place.vendor.seen("/users").iter().map(|seen| seen.body["pin"].clone()).collect();
    assert_eq!(sent, [PIN, PIN], "sent again with what it was given");
    place.assert_silent();
}

/// A person may know what the vendor returned: it is shown to the caller who still waits, and to nobody
/// else.
#[test]
fn what_a_person_gives_for_a_secret_output_is_shown_once_too() {
    let place = Place::with(vendor());
    place.vendor.next("/users", Turn::Lost);
    assert_eq!(place.create("return", "held").code, 1);
    let output = json!({ "id": 9, "token": TOKEN }).to_string();
    let resolve = ["run", "resolve", &place.number("held"), "--done", "-"];
    assert_eq!(place.host.cli_given(&resolve, output.as_bytes()).code, 0);
    place.assert_silent();
    assert_eq!(place.create("return", "held").stdout.trim(), output);
    assert_eq!(place.create("return", "held").stdout.trim(), r#"{"id":9,"token":"[secret]"}"#);
}

#[test]
fn an_ended_run_has_no_secrets_to_be_retried_with() {
    let place = Place::with(vendor());
    place.vendor.next("/users", Turn::Answer(422, json!({ "why": "taken" })));
    assert_eq!(place.create("return", "failed").code, 1);
    let output = place.host.cli(&["run", "retry", &place.number("failed")]);
    assert!(output.code == 1 && output.stderr.contains("(run.secrets-erased)"), "{output:?}");
    assert!(output.stderr.contains("under another key"), "{output:?}");
    assert_eq!(place.create("return", "another").code, 0);
}

#[test]
fn another_password_under_the_same_key_is_another_input() {
    let place = Place::with(vendor());
    assert_eq!(place.create("return", "same").code, 0);
    let other = json!({ "name": "Ann", "password": "another", "pin": PIN, "then": "return" }).to_string();
    let (status, problem) = place.host.post_action(NAME, "create-user", "same", &other, 0);
    assert_eq!((status, &problem["code"]), (409, &json!("action.key-reused")), "{problem}");
    assert_eq!(place.vendor.seen("/users").len(), 1);
}

/// Nothing says where in it a secret stands.
#[test]
fn an_output_that_does_not_fit_is_secret_as_a_whole() {
    let place = Place::with(vendor());
    place.vendor.next("/users", Turn::Answer(200, json!({ "id": 7, "data": { "token": TOKEN } })));
    let (status, problem) = place.host.post_action(NAME, "create-user", "misfit", &user("return"), 30);
    assert_eq!((status, &problem["error_code"]), (502, &json!("action.output")), "{problem}");
    assert_eq!(problem["output"]["data"]["token"], TOKEN, "its caller gets it: {problem}");
    let run = place.run("misfit");
    assert_eq!(run["output"], "[secret]", "{run}");
    place.assert_silent();
}

#[test]
fn a_secret_on_the_command_line_is_taken_with_a_warning() {
    let place = Place::with(vendor());
    let output = place.act("create-user", &user("return"), "typed");
    assert_eq!(output.code, 0, "{output:?}");
    assert!(
        output.stderr.starts_with("warning: secrets (/password, /pin) are typed on the command line"),
        "{output:?}"
    );
    assert_none(PASSWORD, "the warning", output.stderr.as_bytes());
}

/// The host that is asked is not the one that works.
#[test]
fn a_secret_output_finds_its_caller_on_another_host() {
    let role = |role: &str| ("WINDLASS_ROLE".to_owned(), role.to_owned());
    let pair = Pair::of(
        Database::create(),
        |mut setup| {
            setup.variables.push(role("api"));
            setup
        },
        |mut setup| {
            setup.variables.push(role("worker"));
            setup
        },
    );
    let vendor = vendor();
    pair.first.install_guest("actor");
    connect(&pair.first, &vendor);
    let ask = |host: &Host| host.post_action(NAME, "create-user", "one", &user("return-later"), 60);
    assert_eq!(ask(&pair.first), (200, json!({ "id": 7, "token": TOKEN })));
    assert_eq!(ask(&pair.first), (200, json!({ "id": 7, "token": "[secret]" })));
    assert_eq!(vendor.seen("/users").len(), 1);
}
