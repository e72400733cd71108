//! The configuration's schema: one flat object, with keywords that mean what they say.

use serde_json::Value;

use super::{
    check::schema,
    check_fields,
    config::is_flagged,
    document::Spec,
    problem::{Problem, member},
};

/// What a property may say besides JSON Schema.
const OURS: [&str; 5] = ["differs-from", "identifier", "options-from", "secret", "unique"];

/// The keywords of JSON Schema, of its older drafts too.
#[rustfmt::skip]
const JSON_SCHEMA: [&str; 57] = [
    "$anchor", "$comment", "$defs", "$dynamicAnchor", "$dynamicRef", "$id", "$ref", "$schema",
    "additionalItems", "additionalProperties", "allOf", "anyOf", "const", "contains", "contentEncoding",
    "contentMediaType", "contentSchema", "default", "definitions", "dependencies", "dependentRequired",
    "dependentSchemas", "deprecated", "description", "else", "enum", "examples", "exclusiveMaximum",
    "exclusiveMinimum", "format", "if", "items", "maxContains", "maxItems", "maxLength", "maxProperties",
    "maximum", "minContains", "minItems", "minLength", "minProperties", "minimum", "multipleOf", "not", "oneOf",
    "pattern", "patternProperties", "prefixItems", "properties", "propertyNames", "readOnly", "required", "then",
    "title", "type", "uniqueItems", "writeOnly",
];

pub(super) fn check(spec: &Spec) -> Vec<Problem> {
    let Some(config) = spec.config.as_object().filter(|config| !config.is_empty()) else { return Vec::new() };
    let mut problems = Vec::new();
    if config.get("type") != Some(&Value::from("object")) {
        problems.push(Problem::new(
            "/config/type",
            "the configuration is one flat object: `type` must be `object`",
        ));
    }
    if config.contains_key("$ref") {
        problems.push(Problem::new(
            "/config/$ref",
            "the properties must stand here, so that secrets can be told",
        ));
    }
    for (name, property) in spec.properties() {
        problems.extend(property_problems(name, property));
        misspelt(&member("/config/properties", name), property, &mut problems);
    }
    problems.extend(check_fields::check(spec));
    problems.extend(schema("/config", &spec.config));
    problems
}

fn property_problems(name: &str, property: &Value) -> Vec<Problem> {
    let place = member("/config/properties", name);
    let Some(keywords) = property.as_object() else {
        return vec![Problem::new(place, "must be an object that says what the property holds")];
    };
    let mut problems = Vec::new();
    if !is_property_name(name) {
        let message = "must begin with a letter and go on with letters, digits, `_` and `-`, 63 at most";
        problems.push(Problem::new(&place, message));
    }
    for flag in ["secret", "identifier"] {
        if keywords.get(flag).is_some_and(|value| !value.is_boolean()) {
            problems.push(Problem::new(format!("{place}/{flag}"), "must be true or false"));
        }
    }
    if is_flagged(property, "secret") && keywords.get("type") != Some(&Value::from("string")) {
        problems.push(Problem::new(format!("{place}/type"), "a secret must be of type `string`"));
    }
    if is_flagged(property, "secret") && keywords.contains_key("default") {
        problems.push(Problem::new(
            format!("{place}/default"),
            "a secret cannot have a default: everybody would know it",
        ));
    }
    if is_flagged(property, "identifier") && !is_flagged(property, "secret") {
        problems.push(Problem::new(format!("{place}/identifier"), "`identifier` goes with `secret: true`"));
    }
    problems
}

/// Keywords that nobody enforces. A validator passes over them, and so would the host over a `secert`.
fn misspelt(place: &str, schema: &Value, problems: &mut Vec<Problem>) {
    let Some(keywords) = schema.as_object() else { return };
    let is_known = |word: &str| OURS.contains(&word) || JSON_SCHEMA.contains(&word) || word.starts_with("x-");
    problems.extend(keywords.keys().filter(|word| !is_known(word)).map(|word| {
        let ours = OURS.map(|word| format!("`{word}`")).join(", ");
        let message = format!(
            "is no keyword of JSON Schema and none of ours ({ours}), so that nothing would come of it; a note of \
             your own begins with `x-`"
        );
        Problem::new(member(place, word), message)
    }));
    if let Some(items) = keywords.get("items") {
        misspelt(&member(place, "items"), items, problems);
    }
    for (name, property) in keywords.get("properties").and_then(Value::as_object).into_iter().flatten() {
        misspelt(&member(&member(place, "properties"), name), property, problems);
    }
}

fn is_property_name(name: &str) -> bool {
    let rest = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    name.len() <= 63 && name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.bytes().all(rest)
}
