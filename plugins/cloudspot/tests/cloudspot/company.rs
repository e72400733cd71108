//! The company's streams.

use serde_json::{Value, json};
use windlass_sdk::testing::{Answer, TestHost};
use windlass_sdk::{Error, ErrorKind};

use crate::{data, expect_get, header, host, refusal};

/// C4: as it was sent, with its numbers; the content type and the slash that Cloudspot wants.
#[test]
fn rows_stay_as_they_came_and_are_keyed_by_their_own_number() {
    let mut host = host();
    let price: Value = serde_json::from_str("21.60").unwrap();
    let rows = json!([
        { "id": 7, "SKU": "A-7", "verkoopprijs_excl": price, "EAN": null, "status": "ZICHTBAAR" },
        { "id": 8, "SKU": "A-8", "verkoopprijs_excl": "3.5", "fotos": [], "new_in_2026": {} },
    ]);
    expect_get(&host, "/artikels/", data(rows.clone()));
    let synced = host.sync("artikels").unwrap();
    assert_eq!(synced.keys(), ["7", "8"]);
    assert_eq!(synced.records[0].1.to_string(), rows[0].to_string());
    assert_eq!(synced.differing, Vec::<String>::new());
    assert_eq!(header(&host.sent()[0], "content-type"), Some("application/json"));
    assert_eq!(header(&host.sent()[0], "x-erp-requestor"), None);

    expect_get(&host, "/klanten/", data(json!([{ "klantennummer": 50001, "is_bedrijf": false }])));
    assert_eq!(host.sync("klanten").unwrap().keys(), ["50001"]);
    let child = json!({ "id": 2, "naam": "Tafels", "children": [] });
    expect_get(&host, "/categories/", data(json!([{ "id": 1, "naam": "Meubels", "children": [child] }])));
    let synced = host.sync("categories").unwrap();
    assert_eq!((synced.keys(), synced.differing.len()), (vec!["1"], 0));
}

/// C4
#[test]
fn data_may_be_one_object_or_an_empty_list() {
    let mut host = host();
    expect_get(&host, "/artikels/", data(json!({ "id": 7, "naam": "Tafel" })));
    assert_eq!(host.sync("artikels").unwrap().keys(), ["7"]);
    expect_get(&host, "/artikels/", data(json!([])));
    assert_eq!(host.sync("artikels").unwrap().keys(), Vec::<&str>::new());
}

/// C4
#[test]
fn an_article_without_an_id_has_its_sku_for_a_key() {
    let mut host = host();
    let rows = json!([{ "id": 7, "SKU": "A-7" }, { "SKU": "A-8" }, { "id": null, "SKU": "A-9" }]);
    expect_get(&host, "/artikels/", data(rows));
    assert_eq!(host.sync("artikels").unwrap().keys(), ["7", "A-8", "A-9"]);
}

fn failure(answer: Answer) -> Error {
    let mut host = host();
    expect_get(&host, "/artikels/", answer);
    host.sync("artikels").unwrap_err()
}

/// G1: only a missing key or what is no JSON fails the page.
#[test]
fn a_row_without_a_key_is_named() {
    let error = failure(data(json!([{ "id": 7 }, { "naam": "Tafel" }])));
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Rejected, "no-key"));
    assert_eq!(error.message, "row 1 of `data` has no id and no SKU");
}

/// G2, C5
#[test]
fn anything_but_200_is_an_error_in_the_vendors_words() {
    let check = |answer: Answer, kind: ErrorKind, code: &str, message: &str| {
        let error = failure(answer);
        assert_eq!((error.kind, error.code.as_str(), error.message.as_str()), (kind, code, message));
    };
    let no = "Deze API token mag dit niet inkijken.";
    check(refusal(401, "NOT_AUTHORIZED", no), ErrorKind::Auth, "NOT_AUTHORIZED", no);
    check(refusal(403, "NOT_AUTHORIZED", no), ErrorKind::Auth, "NOT_AUTHORIZED", no);
    check(refusal(400, "INVALID_FORMAT", "Fout."), ErrorKind::Rejected, "INVALID_FORMAT", "Fout.");
    check(Answer::text(500, r#"{"message":"Storing."}"#), ErrorKind::Transient, "http-500", "Storing.");
    let html = Answer::text(500, "<html>Server Error</html>");
    check(html, ErrorKind::Transient, "http-500", "the vendor answered 500");
    check(Answer::text(401, ""), ErrorKind::Auth, "http-401", "the vendor answered 401");
    let created = refusal(201, "OBJECT_CREATED", "Aangemaakt.");
    check(created, ErrorKind::Other, "OBJECT_CREATED", "Aangemaakt.");
    check(Answer::timeout(), ErrorKind::Transient, "timeout", "no answer in time");
    check(data(Value::Null), ErrorKind::Rejected, "no-data", "Cloudspot's answer has no `data`");
    assert_eq!(failure(Answer::text(200, "<html>")).code, "unreadable-answer");
    assert_eq!(failure(Answer::text(200, r#"{"data":[{"id":"#)).code, "unreadable-answer");
    assert_eq!(failure(data(json!("niets"))).code, "no-data");
    let moved = Answer::text(301, "").header("location", "/api/v1/artikels/");
    assert_eq!(failure(moved).kind, ErrorKind::Config);
}

/// A list longer than a page loses and doubles nothing.
#[test]
fn a_long_list_is_walked_by_its_keys() {
    let mut host = host();
    let rows: Value = (1..=12_000).map(|id| json!({ "id": id })).collect();
    for _ in 0..3 {
        expect_get(&host, "/artikels/", data(rows.clone()));
    }
    let synced = host.sync("artikels").unwrap();
    assert_eq!((synced.pages, synced.records.len(), host.records("artikels").len()), (3, 12_000, 12_000));
}

/// The same, of rows that have only a SKU.
#[test]
fn a_long_list_without_ids_is_walked_by_its_keys() {
    let mut host = host();
    let rows: Value = (0..5_001).map(|at| json!({ "SKU": format!("S-{at}") })).collect();
    expect_get(&host, "/artikels/", data(rows.clone()));
    expect_get(&host, "/artikels/", data(rows));
    let synced = host.sync("artikels").unwrap();
    assert_eq!((synced.pages, host.records("artikels").len()), (2, 5_001));
}

#[test]
fn one_row_is_asked_for_by_its_id_and_several_are_found_in_the_list() {
    let mut host = host();
    expect_get(&host, "/artikels/?id=8", data(json!([{ "id": 8 }])));
    assert_eq!(host.read_keys("artikels", &["8"]).unwrap().keys(), ["8"]);
    // What an unknown id is answered was never published: nothing is deleted for it.
    expect_get(&host, "/artikels/?id=9", data(json!([])));
    let none = host.read_keys("artikels", &["9"]).unwrap();
    assert_eq!((none.records.len(), none.deleted.len()), (0, 0));
    expect_get(&host, "/artikels/", data(json!([{ "id": 7 }, { "id": 8 }, { "id": 9 }])));
    assert_eq!(host.read_keys("artikels", &["7", "9"]).unwrap().keys(), ["7", "9"]);
    expect_get(&host, "/klanten/", data(json!({ "klantennummer": 5 })));
    assert_eq!(host.read_keys("klanten", &["5"]).unwrap().keys(), ["5"]);
}

/// G3
#[test]
fn a_slash_at_the_end_of_the_address_is_ignored() {
    let mut host = TestHost::<cloudspot::Cloudspot>::new(
        json!({ "token": true, "base_url": "http://127.0.0.1:9/erp//" }),
    );
    host.expect("GET", "http://127.0.0.1:9/erp/klanten/").answer(data(json!([])));
    host.sync("klanten").unwrap();
}

/// C5: a token that lacks one right is a good token.
#[test]
fn a_check_asks_for_the_smallest_resource_that_the_token_opens() {
    let mut host = host();
    let no = || refusal(401, "NOT_AUTHORIZED", "Mag niet.");
    expect_get(&host, "/categories/", data(json!([])));
    assert_eq!(host.check().unwrap().message.unwrap(), "the company token opens `categories`");
    expect_get(&host, "/categories/", no());
    expect_get(&host, "/klanten/", data(json!([])));
    assert_eq!(host.check().unwrap().message.unwrap(), "the company token opens `klanten`");
    for path in ["/categories/", "/klanten/", "/artikels/"] {
        expect_get(&host, path, no());
    }
    let error = host.check().unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Auth, "Mag niet."));
    expect_get(&host, "/categories/", Answer::text(502, "<html>"));
    assert_eq!(host.check().unwrap_err().kind, ErrorKind::Transient);
}

/// C1: without the company's token its data is refused before any request, and the rest is as it was.
#[test]
fn a_connection_for_users_alone_is_valid() {
    let mut host = TestHost::<cloudspot::Cloudspot>::new(json!({ "application": "TimeApp" }));
    assert!(host.check().unwrap().message.unwrap().starts_with("users can sign in to `timeapp`"));
    let error = host.sync("artikels").unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Config, "no-token"));
    assert_eq!(host.sent().len(), 0);
    drop(host);
    let mut neither = TestHost::<cloudspot::Cloudspot>::new(json!({}));
    assert_eq!(neither.check().unwrap_err().code, "nothing-to-do");
}
