//! Where secrets are found, and where a mark is refused.

use serde_json::{Value, json};

use super::secret_places;
use crate::spec::{Spec, SpecError};

#[track_caller]
fn finds(schema: Value, value: Value, expected: &[&str]) {
    assert_eq!(secret_places(&schema, &value), expected, "{value}");
}

fn secret() -> Value {
    json!({ "type": "string", "secret": true })
}

#[test]
fn secrets_are_found_in_members_elements_and_the_whole() {
    let schema = json!({ "properties": {
        "user": { "properties": { "pass/word": secret(), "name": {} } },
        "pins": { "items": { "properties": { "pin": secret() } } },
        "pair": { "prefixItems": [{}, secret()], "items": { "properties": { "rest": secret() } } },
    } });
    let value = json!({
        "user": { "pass/word": "a", "name": "b" },
        "pins": [{ "pin": 1 }, {}, { "pin": 2 }],
        "pair": ["open", "hidden", { "rest": "c" }],
        "other": "d",
    });
    let places = ["/pair/1", "/pair/2/rest", "/pins/0/pin", "/pins/2/pin", "/user/pass~1word"];
    finds(schema.clone(), value, &places);
    finds(schema.clone(), json!({ "user": { "pass/word": null }, "pins": "none" }), &[]);
    finds(schema, json!([1, 2]), &[]);
    finds(secret(), json!("whole"), &[""]);
}

#[test]
fn members_without_a_name_in_the_schema_may_be_secret() {
    let schema = json!({ "properties": { "open": {} }, "additionalProperties": secret() });
    finds(schema, json!({ "open": "a", "x": "b", "y": ["c"] }), &["/x", "/y"]);
}

#[test]
fn a_value_that_is_secret_in_one_form_is_secret() {
    let schema = json!({
        "allOf": [{ "properties": { "a": secret() } }],
        "anyOf": [{ "properties": { "b": secret() } }, { "properties": { "b": {} } }],
        "oneOf": [{ "properties": { "c": secret() } }],
        "then": { "properties": { "d": secret() } },
        "dependentSchemas": { "a": { "properties": { "e": secret() } } },
    });
    let all = json!({ "a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6 });
    finds(schema, all, &["/a", "/b", "/c", "/d", "/e"]);
}

#[test]
fn nothing_inside_a_secret_is_named_besides() {
    let schema = json!({ "properties": { "login": {
        "secret": true, "properties": { "password": secret() },
    } }, "allOf": [{ "properties": { "login": { "properties": { "password": secret() } } } }] });
    finds(schema, json!({ "login": { "password": "a" } }), &["/login"]);
}

#[test]
fn references_are_followed_and_a_tree_ends() {
    let schema = json!({
        "$ref": "#/$defs/node",
        "$defs": { "node": { "properties": {
            "key": secret(), "children": { "items": { "$ref": "#/$defs/node" } },
        } } },
    });
    let value = json!({ "key": "a", "children": [{ "key": "b", "children": [{ "key": "c" }] }] });
    finds(schema, value, &["/children/0/children/0/key", "/children/0/key", "/key"]);
    let round = json!({ "$ref": "#", "properties": { "a": secret() } });
    finds(round, json!({ "a": 1 }), &["/a"]);
}

fn parse(action: &Value) -> Result<Spec, SpecError> {
    let mut declared = json!({ "name": "add", "input": {}, "output": {}, "repeat": "none" });
    let members = declared.as_object_mut().unwrap();
    members.extend(action.as_object().unwrap().clone());
    let spec = json!({ "spec": 1, "name": "a", "version": "1.0.0", "title": "A", "actions": [declared] });
    Spec::parse(&spec.to_string())
}

#[track_caller]
fn refuses(action: Value, pointer: &str, part: &str) {
    match parse(&action) {
        Err(SpecError::Invalid(problems)) => assert!(
            problems.iter().any(|problem| problem.pointer == pointer && problem.message.contains(part)),
            "{problems:#?}"
        ),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_mark_that_is_not_read_is_refused_with_its_place() {
    refuses(
        json!({ "input": { "patternProperties": { "^p": secret() } } }),
        "/actions/0/input/patternProperties",
        "not read inside `patternProperties`",
    );
    refuses(
        json!({ "output": { "properties": { "a": { "contains": { "items": secret() } } } } }),
        "/actions/0/output/properties/a/contains",
        "mark a member in `properties`",
    );
    refuses(
        json!({ "input": { "properties": { "a": { "secret": "yes" } } } }),
        "/actions/0/input/properties/a/secret",
        "true or false",
    );
    // A member may have that name.
    parse(&json!({ "input": { "properties": { "secret": { "type": "string" } } } })).unwrap();
    parse(&json!({ "input": { "default": { "secret": true }, "examples": [{ "secret": true }] } })).unwrap();
}

#[test]
fn a_secret_does_not_order_actions() {
    let input = json!({ "properties": {
        "login": { "properties": { "password": secret() } }, "pins": { "items": secret() }, "id": {},
    } });
    let message = "a secret cannot order actions";
    for pointer in ["/login/password", "/login/password/x", "/pins/3"] {
        refuses(json!({ "input": input, "ordering": pointer }), "/actions/0/ordering", message);
    }
    refuses(json!({ "input": secret(), "ordering": "/x" }), "/actions/0/ordering", message);
    parse(&json!({ "input": input, "ordering": "/id" })).unwrap();
}

#[test]
fn an_action_tells_its_secrets() {
    let input = json!({ "properties": { "pins": { "items": { "properties": { "pin": secret() } } } } });
    let spec = parse(&json!({ "input": input, "output": { "properties": { "token": secret() } } })).unwrap();
    let action = spec.action("add").unwrap();
    assert!(action.has_secrets() && action.has_secret_output());
    assert_eq!(action.declared_secrets(), (vec!["/pins/*/pin".to_owned()], vec!["/token".to_owned()]));
    let plain = parse(&json!({})).unwrap();
    assert!(!plain.action("add").unwrap().has_secrets());
}
