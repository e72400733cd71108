//! The configuration's schema: one flat object, with keywords that mean what they say.

use serde_json::Value;

use super::{
    check::schema,
    check_fields,
    config::is_flagged,
    document::Spec,
    problem::{Problem, member},
};

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

fn is_property_name(name: &str) -> bool {
    let rest = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    name.len() <= 63 && name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.bytes().all(rest)
}
