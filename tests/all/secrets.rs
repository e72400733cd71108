//! The vendor's token is on the wire and nowhere else.

use std::fs;

use serde_json::json;
use windlass_tests::baselinker::{Settings, TOKEN};
use windlass_tests::shop::{NAME, Shop};
use windlass_tests::simulator::{Fault, When};

/// The token in the forms in which it could have been written down.
fn forms() -> Vec<Vec<u8>> {
    let hex: String = TOKEN.bytes().map(|byte| format!("{byte:02x}")).collect();
    let percent: String = TOKEN.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let utf_16: Vec<u8> = TOKEN.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut forms = vec![TOKEN.into(), hex.to_uppercase().into(), hex.into(), percent.into(), utf_16];
    // Base64 has three forms, by what stands before; the middle of each does not depend on it.
    forms.extend((0..3).map(|before| base64_middle(&[&vec![b' '; before], TOKEN.as_bytes()].concat())));
    // A part says enough: no run of 20 characters of it, either.
    forms.push(TOKEN.as_bytes()[16..36].to_vec());
    forms
}

/// Base64 of the text without what its neighbours would change.
fn base64_middle(text: &[u8]) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let whole = text.chunks_exact(3).skip(1);
    let letters = whole.flat_map(|three| {
        let bits = three.iter().fold(0_usize, |bits, &byte| bits << 8 | usize::from(byte));
        [18, 12, 6, 0].map(|shift| LETTERS[bits >> shift & 63])
    });
    letters.collect()
}

#[track_caller]
fn assert_clean(place: &str, bytes: &[u8]) {
    for form in forms() {
        let found = bytes.windows(form.len()).any(|window| window == form);
        assert!(!found, "{place} holds the token as {:?}", String::from_utf8_lossy(&form));
    }
}

#[test]
fn a_token_that_the_vendor_echoes_is_nowhere_but_on_the_wire() {
    let shop = Shop::open(Settings::default());
    let order = shop.vendor.order_ids()[0];
    // In an error, in data, in an answer to an action, and in a page that is no JSON.
    shop.vendor.fault(When::Nth("getOrders".into(), 1), Fault::EchoTokenInError);
    shop.vendor.fault(When::Nth("getOrders".into(), 2), Fault::TruncatedJson);
    shop.vendor.fault(When::Method("getOrders".into()), Fault::EchoTokenInData);
    shop.vendor.fault(When::Method("setOrderStatus".into()), Fault::EchoTokenInError);
    let mut said = Vec::new();
    let mut run = |arguments: &[&str]| {
        let output = shop.host.cli(arguments);
        said.push((arguments.join(" "), output.stdout + &output.stderr));
    };
    run(&["sync", NAME, "orders"]);
    let input = json!({"order_id": order, "status_id": 8070}).to_string();
    run(&["act", NAME, "set-order-status", "--input", &input, "--wait", "5"]);
    for stream in ["records", "changes"] {
        run(&[stream, NAME, "orders"]);
        run(&[stream, NAME, "orders", "--json"]);
    }
    for arguments in [["connection", "show", NAME], ["connection", "check", NAME], ["limit", "list", NAME]] {
        run(&arguments);
        run(&[&arguments[..], &["--json"]].concat());
    }
    run(&["connector", "show", "baselinker", "--json"]);
    run(&["run", "list", "--json"]);

    assert!(shop.vendor.requests().iter().all(|request| request.token.as_deref() == Some(TOKEN)));
    let stored = shop.orders();
    assert_eq!(stored.iter().filter(|order| order.contains("called with [secret]")).count(), stored.len());
    for (command, output) in &said {
        assert_clean(&format!("windlass {command}"), output.as_bytes());
    }
    // The traces hold the requests and the answers.
    for run in shop.runs() {
        let shown = shop.run(&run["id"]);
        assert!(shown.to_string().contains("connector.php"), "a run shows its requests: {shown}");
        assert_clean("a run's trace", shown.to_string().as_bytes());
    }
    let (_, log) = shop.host.get(&format!("connections/{NAME}/log"));
    assert_clean("the connection's log", log.to_string().as_bytes());
    // While it runs, with the write-ahead log, and after it has ended.
    assert_files_clean(&shop);
    shop.host.stop();
    assert_files_clean(&shop);
}

#[track_caller]
fn assert_files_clean(shop: &Shop) {
    let files = shop.host.files();
    assert!(files.len() >= 3, "database, admin token and log: {files:?}");
    for file in files {
        let bytes = fs::read(&file).unwrap_or_default();
        assert_clean(&file.display().to_string(), &bytes);
    }
}

#[test]
fn the_search_finds_what_it_searches_for() {
    for text in [TOKEN.to_owned(), format!("a={TOKEN}&b"), format!("x{}", &TOKEN[10..40])] {
        let found =
            forms().iter().any(|form| text.as_bytes().windows(form.len()).any(|window| window == *form));
        assert!(found, "{text}");
    }
}
