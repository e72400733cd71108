//! A session's token is on the wire and nowhere else.

use std::fs;

use windlass_tests::member::{EMAIL, PASSWORD, Settings};
use windlass_tests::simulator::{Fault, When};

use super::{NAME, Reader};

#[track_caller]
fn assert_clean(place: &str, bytes: &[u8], secrets: &[String]) {
    for secret in secrets {
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        for form in [secret.as_str(), &hex, &secret[4..24]] {
            let found = bytes.windows(form.len()).any(|window| window == form.as_bytes());
            assert!(!found, "{place} holds {form}");
        }
    }
}

#[test]
fn a_token_that_the_vendor_echoes_is_nowhere_but_on_the_wire() {
    let reader = Reader::open(Settings::default());
    reader.vendor.fault(When::Method("GET /books".into()), Fault::EchoTokenInData);
    assert_eq!(reader.sync().code, 0);
    reader.vendor.forget_tokens();
    assert_eq!(reader.sync().code, 0);
    let secrets = [reader.vendor.tokens(), vec![PASSWORD.into()]].concat();
    assert_eq!(secrets.len(), 3);
    let (_, runs) = reader.host.get("runs");
    for run in runs["items"].as_array().expect("a list of runs") {
        let shown = reader.host.get(&format!("runs/{}", run["id"])).1.to_string();
        assert!(shown.contains("called with [secret]"), "the echo came, and was cut: {shown}");
        assert!(!shown.contains(EMAIL));
        assert_clean("a run", shown.as_bytes(), &secrets);
    }
    for arguments in [["connection", "show", NAME, "--json"], ["limit", "list", NAME, "--json"]] {
        assert_clean("a command", reader.host.ok(&arguments).as_bytes(), &secrets);
    }
    let check_files = || {
        for file in reader.host.files() {
            assert_clean(&file.display().to_string(), &fs::read(&file).unwrap_or_default(), &secrets);
        }
    };
    check_files();
    reader.host.stop();
    check_files();
}
