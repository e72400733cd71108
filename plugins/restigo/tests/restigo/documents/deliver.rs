//! R6: files out.

use serde_json::{Value, json};
use windlass_sdk::ErrorKind;
use windlass_sdk::testing::Answer;

use super::{host, host_with};

fn file(name: &str) -> Value {
    json!({ "name": name, "xml": "<Documents/>\nא" })
}

#[test]
fn a_file_is_put_under_its_name_as_it_is() {
    let mut host = host();
    host.expect("PUT", "https://files.example/in/23101-2020-12-07.xml").answer(Answer::text(201, ""));
    let delivered = host.act("deliver-documents", "k", &file("23101-2020-12-07.xml")).unwrap();
    assert_eq!(delivered, json!({ "name": "23101-2020-12-07.xml" }));
    let sent = &host.sent()[0];
    assert_eq!(String::from_utf8(sent.body.clone()).unwrap(), "<Documents/>\nא");
    assert_eq!(sent.headers, [("content-type".to_owned(), "application/xml; charset=utf-8".to_owned())]);
    drop(host);

    let mut host = host_with(json!({ "documents_method": "post" }));
    host.expect("POST", "https://files.example/in/%D7%90-1.xml").answer(Answer::text(200, "ok"));
    host.act("deliver-documents", "k", &file("א-1.xml")).unwrap();
}

#[test]
fn a_repeat_sends_the_same_under_the_same_name() {
    let mut host = host();
    host.expect("PUT", "https://files.example/in/a.xml").answer(Answer::timeout());
    host.expect("PUT", "https://files.example/in/a.xml").answer(Answer::text(200, ""));
    assert_eq!(host.act("deliver-documents", "k", &file("a.xml")).unwrap_err().kind, ErrorKind::Transient);
    host.act("deliver-documents", "k", &file("a.xml")).unwrap();
    assert_eq!(host.sent()[0].body, host.sent()[1].body);
}

#[test]
fn a_refusal_fails_by_its_status() {
    for (status, kind) in [
        (401, ErrorKind::Auth),
        (413, ErrorKind::Rejected),
        (500, ErrorKind::Transient),
        (302, ErrorKind::Config),
    ] {
        let mut host = host();
        host.expect("PUT", "https://files.example/in/a.xml").answer(Answer::text(status, "no"));
        assert_eq!(host.act("deliver-documents", "k", &file("a.xml")).unwrap_err().kind, kind, "{status}");
    }
}

#[test]
fn without_an_address_or_with_a_path_for_a_name_nothing_is_sent() {
    let mut host = windlass_sdk::testing::TestHost::<restigo::Restigo>::new(json!({}));
    let error = host.act("deliver-documents", "k", &file("a.xml")).unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Config, "no-documents-url"));
    drop(host);
    let mut host = self::host();
    for name in ["../a.xml", "a/b", "", ".a", "a?b", "a%2Fb"] {
        let error = host.act("deliver-documents", "k", &file(name)).unwrap_err();
        assert!(error.message.contains("/name"), "{name}: {error}");
    }
}
