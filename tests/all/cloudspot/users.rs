//! Users sign in to an application, with nothing of the company's and nothing kept.

use serde_json::{Value, json};
use windlass_tests::cases::check_all;
use windlass_tests::cloudspot::{
    APPLICATION, PASSWORD, PERMISSIONS, Settings, TOKEN, USERNAME, WRONG_PERMISSIONS,
};
use windlass_tests::simulator::{Fault, Request, When};

use super::{Erp, NAME};

const SIGN_IN: &str = "POST /auth/signin-external-app/";

fn credentials() -> Value {
    json!({ "username": USERNAME, "password": PASSWORD })
}

fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let found = request.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

/// C3: the outputs, and what went over the wire for them.
#[test]
fn a_user_signs_in_and_is_asked_about_by_the_token_alone() {
    let erp = Erp::open(Settings::default());
    let signed_in = erp.done("authenticate", &credentials());
    let token = signed_in["token"].as_str().expect("a token");
    assert_eq!(signed_in, json!({ "token": token, "permissions": PERMISSIONS }));
    assert_eq!(erp.vendor.user_tokens(), [token]);
    let known = json!({ "token": token });
    assert_eq!(erp.done("get-permissions", &known), json!({ "permissions": PERMISSIONS }));
    let user = erp.done("get-user", &known);
    let names = ["first_name", "last_name", "email", "company", "pin", "taal"];
    assert_eq!(
        names.map(|name| user[name].as_str().unwrap_or_default()),
        ["Voornaam", "Achternaam", USERNAME, "Bedrijf", "4711", "nl"]
    );
    let requests = erp.vendor.requests();
    let asked: Vec<_> = requests.iter().map(|request| request.method.as_str()).collect();
    assert_eq!(asked, [SIGN_IN, "GET /auth/get-permissions/", "GET /auth/get-user/"]);
    assert_eq!(requests[0].parameters, credentials());
    // The company's token goes with none of them.
    assert_eq!([0, 1, 2].map(|at| requests[at].token.as_deref()), [None, Some(token), Some(token)]);
    erp.assert_lawful();
}

/// C2: in lower case, whatever was configured; a wrong one is no error, and maps wrong permissions.
#[test]
fn the_application_goes_in_lower_case_and_a_wrong_one_maps_wrong_permissions() {
    for (application, sent, permissions) in
        [("TimeApp", "timeapp", json!(PERMISSIONS)), ("TimeAp", "timeap", json!(WRONG_PERMISSIONS))]
    {
        let erp = Erp::open_with(Settings::default(), &[&format!("application={application}")], &[]);
        assert_eq!(erp.done("authenticate", &credentials())["permissions"], permissions);
        assert_eq!(header(&erp.vendor.requests()[0], "X-ERP-REQUESTOR"), Some(sent));
        erp.assert_lawful();
    }
}

/// C3, C5: an error of the caller, in the vendor's words; asked once, and no schedule stops for it.
#[test]
fn a_wrong_password_and_a_bad_token_are_errors_of_the_caller() {
    check_all(&[400, 401, 403], 3, |&status| {
        let erp = Erp::open(Settings {
            bad_credentials_status: status,
            refused_status: status,
            ..Settings::default()
        });
        let refused = |action: &str, input: Value, code: &str, words: &str| {
            let before = erp.vendor.requests().len();
            let output = erp.act(action, &input);
            assert_eq!((output.code, output.stdout.as_str()), (1, ""), "{output:?}");
            assert!(output.stderr.contains(words), "{output:?}");
            let error = erp.runs()[0]["error"].clone();
            assert_eq!(
                (&error["vendor_code"], &error["code"]),
                (&json!(code), &json!("rejected")),
                "{error}"
            );
            assert_eq!(erp.vendor.requests().len(), before + 1, "it is asked once");
        };
        let wrong = json!({ "username": USERNAME, "password": "fout" });
        refused("authenticate", wrong, "BadCredentials", "Gebruikersnaam of wachtwoord is niet correct.");
        let bad = json!({ "token": "a-token-of-nobody" });
        refused("get-permissions", bad.clone(), "NoValidToken", "Geen geldige token gevonden.");
        refused("get-user", bad, "NoValidToken", "Geen geldige token gevonden.");
        let (_, connection) = erp.host.get(&format!("connections/{NAME}"));
        assert!(connection["stopped"].is_null(), "{connection}");
        erp.host.ok(&["sync", NAME]);
    });
}

/// A token that was good is bad when its user was signed out: nothing is remembered.
#[test]
fn a_token_is_judged_by_the_vendor_every_time() {
    let erp = Erp::open(Settings::default());
    let token = json!({ "token": erp.done("authenticate", &credentials())["token"] });
    erp.done("get-user", &token);
    erp.vendor.sign_all_users_out();
    let output = erp.act("get-user", &token);
    assert!(output.code == 1 && output.stderr.contains("Geen geldige token"), "{output:?}");
}

/// C1: an application alone; the company's token alone.
#[test]
fn either_half_alone_is_a_valid_connection() {
    let users = Erp::open_with(Settings::default(), &[&format!("application={APPLICATION}")], &[]);
    users.done("authenticate", &credentials());
    let checked = users.host.ok(&["connection", "check", NAME]);
    assert!(checked.contains("users can sign in to `timeapp`"), "{checked}");
    let output = users.sync("artikels");
    assert!(output.code == 1 && output.stderr.contains("`token` is not set"), "{output:?}");
    assert_eq!(users.vendor.requests().len(), 1, "the company is not asked without a token");
    users.assert_lawful();

    let company = Erp::open_with(Settings::default(), &[], &[("token", TOKEN)]);
    company.host.ok(&["connection", "check", NAME]);
    company.host.ok(&["sync", NAME]);
    let output = company.act("authenticate", &credentials());
    assert_eq!((output.code, output.stdout.as_str()), (1, ""), "{output:?}");
    assert!(output.stderr.contains("application"), "{output:?}");
    assert_eq!(company.vendor.calls(SIGN_IN).len(), 0, "nobody's password left for nothing");
    company.host.ok(&["sync", NAME]);
    company.assert_lawful();
}

/// G2 and lost answers: signing in twice is signing in once.
#[test]
fn a_sign_in_whose_answer_was_lost_is_made_again() {
    use Fault::*;
    check_all(&[Reset, AnswerLost, ResetMidBody, Html500, TruncatedJson], 3, |fault| {
        let erp = Erp::open(Settings::default());
        erp.vendor.fault(When::Nth(SIGN_IN.into(), 1), fault.clone());
        let signed_in = erp.done("authenticate", &credentials());
        assert_eq!(signed_in["permissions"], json!(PERMISSIONS));
        assert_eq!(erp.vendor.calls(SIGN_IN).len(), 2);
        let newest = erp.vendor.user_tokens().pop();
        assert_eq!(signed_in["token"].as_str(), newest.as_deref());
    });
}

#[test]
fn bad_input_is_rejected_before_the_connector_sees_it() {
    let erp = Erp::open(Settings::default());
    for (action, input, at_fault) in [
        ("authenticate", json!({ "username": USERNAME }), "password"),
        ("authenticate", json!({ "username": 7, "password": PASSWORD }), "username"),
        ("get-user", json!({}), "token"),
        ("get-permissions", json!({ "token": "" }), "token"),
        ("get-permissions", json!({ "token": "two\nlines of one token" }), "token"),
        ("get-user", json!([]), "object"),
    ] {
        let output = erp.act(action, &input);
        assert!(output.code == 1 || output.code == 2, "{input}: {output:?}");
        assert!(output.stderr.contains(at_fault), "{input}: {output:?}");
        assert!(!output.stderr.contains("lines of one token"), "a secret is not shown: {output:?}");
        assert_eq!(output.stdout, "", "{input}");
    }
    assert_eq!(erp.vendor.requests().len(), 0);
    assert!(erp.runs().is_empty(), "no run is made of it");
}
