//! G2: success and failure as the vendor means them.

use serde_json::json;
use windlass_sdk::ErrorKind;
use windlass_sdk::testing::Answer;

use crate::{API, host};

#[test]
fn answers_mean_what_their_status_and_their_body_say() {
    let in_body =
        |status: u16| json!({ "status_code": status, "detail": "slovy", "headers": null }).to_string();
    let wrong =
        json!({ "detail": [{ "loc": ["body", "data", 0, "code"], "msg": "field required", "type": "x" }] });
    let cases = [
        (403, json!({ "detail": "Not authenticated" }).to_string(), ErrorKind::Auth, "Not authenticated"),
        (422, wrong.to_string(), ErrorKind::Rejected, "422: body.data.0.code: field required"),
        (200, in_body(500), ErrorKind::Transient, "500: slovy"),
        (200, in_body(403), ErrorKind::Auth, "403: slovy"),
        (200, in_body(406), ErrorKind::Rejected, "406: slovy"),
        (503, "<html>down</html>".to_owned(), ErrorKind::Transient, "503"),
        (404, "<html>nginx</html>".to_owned(), ErrorKind::Rejected, "404"),
        (200, "<html>log in</html>".to_owned(), ErrorKind::Transient, "cannot be read"),
        (200, r#"{"data": {"#.to_owned(), ErrorKind::Transient, "cannot be read"),
        (307, String::new(), ErrorKind::Config, "redirect"),
    ];
    for (status, body, kind, words) in cases {
        let mut host = host();
        host.expect("GET", &format!("{API}/eshop/info")).answer(Answer::text(status, &body));
        let error = host.sync("eshop-info").unwrap_err();
        assert_eq!(error.kind, kind, "{status} {body}: {error}");
        assert!(error.message.contains(words), "{status} {body}: {error}");
    }
}

#[test]
fn a_check_tells_of_both_apis_and_fails_with_the_public_one_alone() {
    let eshop = format!("{API}/eshop/info");
    let settings = "https://balic.brani.cz/api/settings/?calculate_filters=true";
    let info = || Answer::json(json!({ "data": {}, "summary": { "eshop_name": "Čajovna" } }));
    let said = |eshop_answer: Answer, settings_answer: Option<Answer>| {
        let mut host = host();
        host.expect("GET", &eshop).answer(eshop_answer);
        if let Some(answer) = settings_answer {
            host.expect("GET", settings).answer(answer);
        }
        host.check().map(|outcome| outcome.message.unwrap())
    };
    let good = said(info(), Some(Answer::json(json!({})))).unwrap();
    assert_eq!(good, "the public API answers for Čajovna; the application's API takes the user");
    let half = said(Answer::json(json!(null)), Some(Answer::login_refused())).unwrap();
    assert!(half.contains("no e-shop information") && half.contains("cannot be used"), "{half}");
    let refused = Answer::text(403, r#"{"detail":"Not authenticated"}"#);
    assert_eq!(said(refused, None).unwrap_err().kind, ErrorKind::Auth);
}
