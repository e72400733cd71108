//! Documents in.

use serde_json::{Value, json};
use windlass_sdk::ErrorKind;

use super::{DAY_SECONDS, document, guide, host, host_with, kept, push, push_of, sync};

#[test]
fn a_document_counts_once_however_often_it_is_pushed() {
    let mut host = host_with(json!({ "keep_days": 3660 }));
    let counts = |added: u32, replaced: u32, unchanged: u32| json!({ "added": added, "replaced": replaced, "unchanged": unchanged });
    assert_eq!(push(&mut host, &[guide()]), counts(1, 0, 0));
    let before = sync(&mut host).records;
    let mut same = guide();
    (same["doc_num"], same["doc_type"]) = (json!("193320"), json!("11"));
    assert_eq!(push(&mut host, &[same.clone()]), counts(0, 0, 1), "a number is the same as text");
    assert_eq!(sync(&mut host).records, before);
    same["lines"][0]["package"] = json!(4);
    assert_eq!(push(&mut host, &[same, document(1, "2023-12-30")]), counts(1, 1, 0));
    assert_eq!(sync(&mut host).records.len(), 2);
    let mut note = guide();
    note["doc_type"] = json!(12);
    assert_eq!(push(&mut host, &[note]), counts(1, 0, 0), "another kind is another document");
    assert_eq!(push_of(&mut host, "556", &[guide()]), counts(1, 0, 0), "and so is another customer's");
    assert_eq!(host.sent().len(), 0, "nothing is asked of anybody");
}

/// What is changed in a good push, and the place that the refusal names.
#[track_caller]
fn check_refused(pointer: &str, value: Value, named: &str) {
    let mut host = host();
    let mut input = json!({ "account_code": "23101", "documents": [document(1, "2023-12-30"), document(2, "2023-12-30")] });
    match input.pointer_mut(pointer) {
        Some(place) => *place = value.clone(),
        None => {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            input.pointer_mut(parent).unwrap()[name] = value.clone();
        }
    }
    let error = host.act("push-documents", "k", &input).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Rejected, "{pointer} {value}");
    assert!(error.message.contains(named), "{pointer} {value}: {error}");
    assert_eq!(kept(""), [] as [&str; 0], "all or none");
}

#[test]
fn what_does_not_fit_is_refused_as_a_whole_with_its_place() {
    let line = "/documents/1/lines/0";
    check_refused("/account_code", json!("99"), "`/account_code` is 99");
    check_refused("/account_code", json!("../x"), "/account_code");
    check_refused("/documents", json!([]), "/documents");
    check_refused("/documents/1/lines", json!([]), "/documents/1/lines");
    check_refused("/documents/1/doc_num", json!(1), "`/documents/1/doc_num` names the same document");
    check_refused("/documents/1/doc_type", json!("1/2"), "/documents/1/doc_type");
    check_refused("/documents/1/document_date", json!("07.12.2020"), "/documents/1/document_date");
    check_refused(
        "/documents/1/document_date",
        json!("2023-02-29"),
        "`/documents/1/document_date` is `2023-02-29`",
    );
    check_refused("/documents/1/document_date", json!("2023-12-30T25:00:00Z"), "/documents/1/document_date");
    check_refused("/documents/1/document_date", json!("2023-11-26"), "`keep_days`");
    check_refused(
        "/documents/1/document_date",
        json!("2042-12-30"),
        "`/documents/1/document_date` is 2042-12-30",
    );
    check_refused("/documents/1/value_date", json!("2023-13-01"), "`/documents/1/value_date`");
    check_refused("/documents/1/supply_date", json!("2023-06-31"), "`/documents/1/supply_date`");
    check_refused("/documents/1/supply_time", json!("24:00"), "/documents/1/supply_time");
    check_refused(
        "/documents/1/remarks",
        json!("a\u{b}"),
        "`/documents/1/remarks` holds the character U+000B",
    );
    check_refused("/documents/1/colour", json!("red"), "colour");
    check_refused(&format!("{line}/item_sku"), json!(""), "/documents/1/lines/0/item_sku");
    check_refused(&format!("{line}/item_sku"), json!("\u{ffff}"), "`/documents/1/lines/0/item_sku` holds");
    check_refused(&format!("{line}/quantity"), json!("1,5"), "/documents/1/lines/0/quantity");
    let exponent: Value = serde_json::from_str("1e2").unwrap();
    check_refused(&format!("{line}/price"), exponent, "`/documents/1/lines/0/price` is 1e");
}

#[test]
fn the_first_and_the_last_day_that_are_taken() {
    for day in ["2023-11-27", "2024-02-05"] {
        let mut host = host();
        assert_eq!(push(&mut host, &[document(1, day)])["added"], 1, "{day}");
    }
}

/// Else it would stand in the file of its former day for good.
#[test]
fn a_document_cannot_leave_a_day_that_is_not_built_any_more() {
    let mut host = host_with(json!({ "keep_days": 2 }));
    push(&mut host, &[document(1, "2023-12-30")]);
    sync(&mut host);
    host.advance_seconds(DAY_SECONDS);
    let input = json!({ "account_code": "23101", "documents": [document(1, "2024-01-01")] });
    let error = host.act("push-documents", "late", &input).unwrap_err();
    assert!(error.message.contains("`/documents/0/doc_num` names a document of 2023-12-30"), "{error}");
    assert_eq!(sync(&mut host).records.len(), 0);
}

#[test]
fn what_is_refused_in_the_middle_leaves_nothing() {
    let mut host = host();
    let input = json!({ "account_code": "23101", "documents": [document(1, "2023-12-30"), document(2, "2020-01-01")] });
    host.act("push-documents", "k", &input).unwrap_err();
    assert_eq!(sync(&mut host).records.len(), 0);
    assert_eq!(push(&mut host, &[document(1, "2023-12-30")])["added"], 1);
}
