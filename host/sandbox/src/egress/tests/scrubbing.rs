//! What is cut out of answers and texts.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde_json::json;

use super::{
    super::{Answer, Exchange, MARK, Scrubber},
    PASSWORD, TOKEN, credentials, spec,
};

fn scrubber() -> Arc<Scrubber> {
    let basic = json!([{ "basic": { "username": "{user}", "password": "{password}" } }]);
    Scrubber::with_basic(&spec(&["https://api.shop.example"], basic), &json!({}), &credentials())
}

#[track_caller]
fn data(text: &str, clean: &str, hits: u32) {
    let scrubbed = scrubber().scrub_data(text.as_bytes());
    assert_eq!((String::from_utf8_lossy(&scrubbed.value).as_ref(), scrubbed.hits), (clean, hits));
}

#[test]
fn a_long_secret_is_cut_out_of_data_in_every_form() {
    data(&format!("a{TOKEN}b{TOKEN}"), "a[secret]b[secret]", 2);
    data("q=tok-3f9a%2F71%2Bc%20e%222&x", "q=[secret]&x", 1);
    data("q=tok-3f9a%2f71%2bc+e%222&x", "q=[secret]&x", 1);
    data("q=tok%2D3f9a%2F71%2Bc%20e%222&x", "q=[secret]&x", 1);
    data(r#"{"t":"tok-3f9a/71+c e\"2"}"#, r#"{"t":"[secret]"}"#, 1);
    data(r#"{"t":"tok-3f9a\/71+c e\"2"}"#, r#"{"t":"[secret]"}"#, 1);
    data("nothing to see", "nothing to see", 0);
}

#[test]
fn a_long_secret_is_cut_out_of_base64_behind_any_user() {
    for user in ["", "a", "ab", "abc", "abcd"] {
        let encoded = STANDARD.encode(format!("{user}:{TOKEN}"));
        let scrubbed = scrubber().scrub_data(encoded.as_bytes());
        let clean = String::from_utf8_lossy(&scrubbed.value).into_owned();
        assert_eq!(scrubbed.hits, 1, "{clean}");
        let rest = clean.replace(MARK, "");
        assert!(rest.len() <= user.len() * 2 + 6, "{clean} keeps too much");
    }
}

#[test]
fn a_short_password_inside_a_basic_credential_is_cut_out_of_data() {
    let pair = STANDARD.encode(format!("warehouse-berlin@shop.example:{PASSWORD}"));
    data(&format!("Basic {pair}"), "Basic [secret]", 1);
}

#[test]
fn short_secrets_and_identifiers_stay_in_data_and_leave_texts_as_whole_words() {
    let sentence = "user warehouse-berlin@shop.example said hunter2, not hunter22 or xhunter2";
    data(sentence, sentence, 0);
    let scrubber = scrubber();
    assert_eq!(scrubber.scrub_text(sentence), "user [secret] said [secret], not hunter22 or xhunter2");
    assert_eq!(scrubber.scrub_text(&format!("token {TOKEN}!")), "token [secret]!");
    assert_eq!(scrubber.scrub_text("warehouse-berlin%40shop.example"), "[secret]");
}

#[test]
fn secrets_are_silent_in_debug_output() {
    let shown = format!("{:?} {:?}", credentials(), scrubber());
    assert!(!shown.contains("tok-") && !shown.contains(PASSWORD), "{shown}");
}

#[test]
fn secrets_of_a_run_are_cut_out_of_texts_wherever_they_stand() {
    let scrubber = Scrubber::of_texts(["hunter22", "pin7", "", "žluť áčko"]);
    let check = |text: &str, clean: &str| assert_eq!(scrubber.scrub_text(text), clean);
    check("xhunter22y", "x[secret]y");
    check("https://a.example/?p=hunter22&q=pin7", "https://a.example/?p=[secret]&q=[secret]");
    check("pin77 stays, pin7 goes", "pin77 stays, [secret] goes");
    check("u=%C5%BElu%C5%A5+%C3%A1%C4%8Dko", "u=[secret]");
    check(&format!("Basic {}", STANDARD.encode("me:hunter22")), "Basic bWU6[secret]I=");
}

/// The guest may have it, and data depends on it; what is looked at later does not.
#[test]
fn a_trace_holds_neither_short_secrets_nor_identifiers() {
    let traced = |text: &str| {
        let body = Bytes::from(text.to_owned());
        let answer = Answer { status: 200, headers: Vec::new(), body: body.clone() };
        let url = format!("https://api.shop.example/users/{text}");
        let headers = vec![("x-user".into(), text.into())];
        let mut exchange = Exchange { headers, ..Exchange::answered(&url, body, answer) };
        let is_cut = exchange.scrub(&scrubber());
        (exchange, is_cut)
    };
    let (exchange, is_cut) = traced("hunter2");
    assert!(is_cut, "what is left is not what the guest was given");
    assert!(!format!("{exchange:?}").contains("hunter2"), "{exchange:?}");
    assert_eq!(exchange.body, MARK);
    let (exchange, is_cut) = traced("hunter22");
    assert!(!is_cut && exchange.body == "hunter22");
}
