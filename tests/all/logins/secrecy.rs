//! A session's token is on the wire and nowhere else.

use windlass_tests::leaks::{assert_none, assert_none_kept};
use windlass_tests::member::{EMAIL, PASSWORD, Settings};
use windlass_tests::simulator::{Fault, When};

use super::{NAME, Reader};

#[test]
fn a_token_that_the_vendor_echoes_is_nowhere_but_on_the_wire() {
    let reader = Reader::open(Settings::default());
    reader.vendor.fault(When::Method("GET /books".into()), Fault::EchoTokenInData);
    assert_eq!(reader.sync().code, 0);
    reader.vendor.forget_tokens();
    assert_eq!(reader.sync().code, 0);
    let secrets = [reader.vendor.tokens(), vec![PASSWORD.into()]].concat();
    assert_eq!(secrets.len(), 3);
    let mut shown = Vec::new();
    let (_, runs) = reader.host.get("runs");
    for run in runs["items"].as_array().expect("a list of runs") {
        let run = reader.host.get(&format!("runs/{}", run["id"])).1.to_string();
        assert!(run.contains("called with [secret]"), "the echo came, and was cut: {run}");
        assert!(!run.contains(EMAIL));
        shown.push(run);
    }
    for arguments in [["connection", "show", NAME, "--json"], ["limit", "list", NAME, "--json"]] {
        shown.push(reader.host.ok(&arguments));
    }
    for secret in &secrets {
        shown.iter().for_each(|text| assert_none(secret, "what is shown", text.as_bytes()));
        assert_none_kept(secret, &reader.host);
    }
    reader.host.stop();
    secrets.iter().for_each(|secret| assert_none_kept(secret, &reader.host));
}
