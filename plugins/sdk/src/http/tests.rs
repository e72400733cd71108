//! Answers and their rows, asked of the test kit.

use serde_json::json;

use super::KeptRows;
use crate::testing::{Answer, TestHost};
use crate::{CheckOutcome, Connector, ErrorKind, Result, Spec, http};

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Shop {
    /// Where its rows are.
    #[serde(default)]
    pointer: String,
}

impl Connector for Shop {
    fn spec() -> Spec {
        Spec::new("shop", "Shop", "1.0.0")
    }

    fn check(&self) -> Result<CheckOutcome> {
        let rows = http::get("https://shop.example").send()?.pick(&self.pointer, "/id")?;
        let keys = |kept: &KeptRows| kept.0.keys().join(" ");
        let (first, rest) = rows.keep_after(None, 2)?;
        assert_eq!((keys(&first).as_str(), rest.as_deref()), ("10 1", Some("10")));
        let (last, rest) = rows.keep_after(Some("10"), 2)?;
        assert_eq!((keys(&last).as_str(), rest), ("3 2", None));
        let (all, rest) = rows.keep_after(None, 4)?;
        assert_eq!((keys(&all).as_str(), rest), ("3 10 1 2", None));
        let (found, missing) = rows.keep_keys(&["1".into(), "4".into()])?;
        assert_eq!((keys(&found).as_str(), missing), ("1", vec!["4".to_owned()]));
        Ok(CheckOutcome::default())
    }
}

#[test]
fn rows_are_kept_by_the_order_of_their_keys_and_stay_in_the_vendors() {
    let mut host = TestHost::<Shop>::new(json!({}));
    let rows = json!([{ "id": 3 }, { "id": 10 }, { "id": 1 }, { "id": 2 }]);
    host.expect("GET", "https://shop.example").answer(Answer::json(rows));
    host.check().unwrap();
}

#[track_caller]
fn check(answer: Answer, expected: (ErrorKind, &str)) {
    let mut host = TestHost::<Shop>::new(json!({ "pointer": "/orders" }));
    host.expect("GET", "https://shop.example").answer(answer);
    let error = host.check().unwrap_err();
    assert_eq!((error.kind, error.code.as_str()), expected, "{}", error.message);
}

#[test]
fn what_is_no_json_is_the_vendors_fault_and_what_is_made_otherwise_the_connectors() {
    let vendors = (ErrorKind::Transient, "unreadable-answer");
    check(Answer::text(200, "<html>"), vendors);
    check(Answer::text(200, r#"{"orders": [{"id": 1}"#), vendors);
    let connectors = (ErrorKind::Other, "unexpected-answer");
    check(Answer::json(json!({ "orders": [{ "number": 1 }] })), connectors);
    check(Answer::json(json!({ "orders": {} })), connectors);
    check(Answer::json(json!([])), connectors);
}
