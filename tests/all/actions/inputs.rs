//! Inputs that are not taken.

use super::{NAME, Place, order};

/// Each is refused with the place and a sentence; the connector and the vendor never hear of it.
#[test]
fn a_bad_input_names_the_field_and_reaches_nobody() {
    let place = Place::open();
    let check = |input: &str, code: i32, expected: &str| {
        let output = place.act("pay", input, "bad");
        assert_eq!((output.code, output.stdout.as_str()), (code, ""), "{input}: {output:?}");
        let line = output.stderr.lines().next().unwrap_or_default();
        assert!(line.starts_with(&format!("error: {expected}")), "{input}: {line}");
        assert!(line.ends_with("(action.input)"), "{input}: {line}");
    };
    check("{\"order\":", 2, "--input: this is not JSON: EOF");
    check("[]", 1, "the input: the value is not of type \"object\"");
    check("{}", 1, "/order: `order` is required and missing");
    check(r#"{"order":7}"#, 1, "/order: the value is not of type \"string\"");
    check(r#"{"order":"A","amount":-1}"#, 1, "/amount: ");
    check(r#"{"order":"A","colour":"red"}"#, 1, "/colour: `colour` is not known here");
    check(r#"{"order":"A","order":"B"}"#, 1, "/order: `order` stands here twice");
    assert!(place.runs().is_empty(), "no run is made of it");
    assert!(place.vendor.seen("/").is_empty());
}

#[test]
fn an_input_comes_from_standard_input_or_a_file() {
    let place = Place::open();
    let ask = ["act", NAME, "pay", "--input", "-", "--key", "one"];
    let output = place.host.cli_given(&ask, order("A").as_bytes());
    assert_eq!((output.code, output.stdout.trim()), (0, r#"{"id":7}"#), "{output:?}");
    let file = place.host.aside_file("input.json", order("B").as_bytes());
    let file = format!("@{}", file.display());
    assert_eq!(place.act("pay", &file, "two").code, 0);
    let orders: Vec<_> = place.vendor.seen("/pay").iter().map(|seen| seen.body["order"].clone()).collect();
    assert_eq!(orders, ["A", "B"]);
    let output = place.host.cli_given(&ask, b"no");
    assert_eq!(output.code, 2, "{output:?}");
}
