//! The configuration's schema: one flat object, with keywords that mean what they say.

use serde_json::{Map, Value};

use super::{
    check::schema,
    config::is_flagged,
    document::{OptionsFrom, Spec},
    problem::{Problem, member},
};

const KEYWORDS: &[&str] = &["secret", "identifier", "options-from"];

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
        problems.extend(property_problems(spec, name, property));
    }
    problems.extend(schema("/config", &spec.config));
    problems
}

fn property_problems(spec: &Spec, name: &str, property: &Value) -> Vec<Problem> {
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
    problems.extend(options(spec, &place, keywords));
    problems.extend(nested(&place, keywords));
    problems
}

fn is_property_name(name: &str) -> bool {
    let rest = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    name.len() <= 63 && name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.bytes().all(rest)
}

fn options(spec: &Spec, place: &str, keywords: &Map<String, Value>) -> Option<Problem> {
    let pointer = format!("{place}/options-from");
    match serde_json::from_value::<OptionsFrom>(keywords.get("options-from")?.clone()) {
        Err(error) => {
            Some(Problem::new(pointer, format!("must hold `stream`, `value` and perhaps `label`: {error}")))
        }
        Ok(options) if spec.stream(&options.stream).is_none() => {
            Some(Problem::new(pointer, format!("`{}` is no stream of this spec", options.stream)))
        }
        Ok(_) => None,
    }
}

/// A secret deeper down would be stored in the open.
fn nested(place: &str, keywords: &Map<String, Value>) -> Option<Problem> {
    let inner = ["properties", "items", "additionalProperties", "allOf", "anyOf", "oneOf"];
    let found = inner.iter().filter_map(|keyword| keywords.get(*keyword)).find_map(first_keyword)?;
    Some(Problem::new(place, format!("`{found}` works on the top level only: the configuration is flat")))
}

/// As a keyword, and not as the name of a member.
fn is_used(keyword: Option<&Value>) -> bool {
    keyword
        .is_some_and(|value| value == &Value::Bool(true) || value.get("stream").is_some_and(Value::is_string))
}

fn first_keyword(value: &Value) -> Option<&'static str> {
    match value {
        Value::Object(members) => {
            let here = KEYWORDS.iter().copied().find(|keyword| is_used(members.get(*keyword)));
            here.or_else(|| members.values().find_map(first_keyword))
        }
        Value::Array(elements) => elements.iter().find_map(first_keyword),
        _ => None,
    }
}
