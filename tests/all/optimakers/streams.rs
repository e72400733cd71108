//! Lists are read whole, as they came, and what is gone goes.

use windlass_tests::cases::check_all;
use windlass_tests::connection;
use windlass_tests::leaks;
use windlass_tests::optimakers::{API_KEY, KeyPlace, Settings};
use windlass_tests::simulator::{Fault, When};

use super::{Erp, NAME};

/// O2, G1
#[test]
fn every_list_is_read_as_it_came() {
    let erp = Erp::open(Settings { page_max: 40, ..Settings::default() });
    erp.host.ok(&["sync", NAME]);
    let counts = ["orders", "products", "statuses", "attributes", "vat-rates", "currencies"]
        .map(|stream| erp.records(stream).len());
    assert_eq!(counts, [3, 250, 4, 7, 5, 3]);
    let sent = erp.vendor.change(|instance| instance.products[&501].to_string());
    assert!(erp.records("products").contains(&sent), "{sent}");
    assert!(sent.contains(r#""price":61.10"#), "a zero at the end stays: {sent}");
    erp.assert_lawful();
}

/// O1: three places, chosen by the secret that is set; none of them shows the key anywhere.
#[test]
fn the_key_goes_where_it_is_expected_and_nowhere_else() {
    let places = [KeyPlace::Bearer, KeyPlace::Header, KeyPlace::Query];
    check_all(&places, 3, |&key_place| {
        let erp = Erp::open(Settings { key_place, ..Settings::default() });
        erp.host.ok(&["sync", NAME, "currencies"]);
        let request = &erp.vendor.requests()[0];
        let in_headers = request.headers.iter().filter(|(_, value)| value.contains(API_KEY)).count();
        let in_query = request.http.matches(API_KEY).count();
        assert_eq!((in_headers, in_query), if key_place == KeyPlace::Query { (0, 1) } else { (1, 0) });
        leaks::assert_none_kept(API_KEY, &erp.host);
    });
}

/// O2: a change and a deletion at the vendor.
#[test]
fn what_changed_is_a_change_and_what_is_gone_goes() {
    let erp = Erp::open(Settings { products: 30, ..Settings::default() });
    erp.host.ok(&["sync", NAME, "products"]);
    erp.vendor.change(|instance| {
        instance.products.get_mut(&502).expect("a product")["name"] = "Kubek".into();
        instance.products.remove(&503);
    });
    // A deletion is believed when two walks have missed the record.
    erp.host.ok(&["sync", NAME, "products"]);
    erp.host.ok(&["sync", NAME, "products"]);
    let changes = connection::changes(&erp.host, NAME, "products");
    let later: Vec<_> =
        changes[30..].iter().map(|change| (change.key.as_str(), change.kind.as_str())).collect();
    assert_eq!(later, [("502", "updated"), ("503", "deleted")]);
    connection::assert_gapless(&changes);
}

#[test]
fn an_answer_that_broke_is_asked_for_again_and_nothing_is_lost() {
    use Fault::*;
    check_all(&[Reset, AnswerLost, ResetMidBody, Html500, TruncatedJson], 3, |fault| {
        let erp = Erp::open(Settings::default());
        erp.vendor.fault(When::Nth("GET products".into(), 2), fault.clone());
        erp.host.ok(&["sync", NAME, "products"]);
        assert_eq!(erp.records("products").len(), 250);
        erp.assert_lawful();
    });
}

/// G2: a wrong key stops the schedule and is told in the vendor's words.
#[test]
fn a_wrong_key_is_told_in_the_vendors_words() {
    let erp = Erp::open(Settings::default());
    let refused = Fault::Refuse { code: "401".into(), message: "the API key is not valid".into() };
    erp.vendor.fault(When::Always, refused);
    let output = erp.sync("orders");
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("the API key is not valid"), "{output:?}");
    let check = erp.host.cli(&["connection", "check", NAME]);
    assert_eq!(check.code, 1, "{check:?}");
}

#[test]
fn a_connection_needs_a_key() {
    let erp = Erp::open(Settings::default());
    let base = format!("base_url={}", erp.vendor.url());
    let output =
        erp.host.cli(&["connection", "create", "other", "--connector", "optimakers", "--set", &base]);
    assert_ne!(output.code, 0, "{output:?}");
    assert!(output.stderr.contains("api_key"), "{output:?}");
}
