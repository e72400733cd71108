//! Logins: where they are sent, what with, and what becomes of the answer.

use serde_json::Value;

use super::{
    check::open_property,
    check_auth::{header_problem, value_problems},
    document::{Login, LoginRequest, OAuth2, Spec},
    host_rule::{HostRule, address, normalise_address},
    placeholders::names,
    problem::{Problem, member},
};

pub(super) fn check(spec: &Spec, place: &str, login: &Login) -> Vec<Problem> {
    let request = format!("{place}/request");
    let mut problems = target(spec, &format!("{request}/url"), &login.request.url);
    problems.extend(body(spec, &request, &login.request));
    problems.extend(header_problem(&format!("{place}/apply/header"), &login.apply.header));
    let names: Vec<&str> = names(&login.apply.value).collect();
    if names != ["token"] {
        let message = "must hold `{token}` once, and no other name in braces";
        problems.push(Problem::new(format!("{place}/apply/value"), message));
    }
    problems
}

pub(super) fn check_oauth2(spec: &Spec, place: &str, oauth2: &OAuth2) -> Vec<Problem> {
    let missing = oauth2.missing().into_iter();
    let mut problems: Vec<Problem> =
        missing.map(|name| Problem::new(format!("{place}/{name}"), "this grant needs it")).collect();
    problems.extend(target(spec, &format!("{place}/token-url"), &oauth2.token_url));
    let values = [&oauth2.client_id, &oauth2.client_secret, &oauth2.refresh_token, &oauth2.scope];
    problems.extend(values.into_iter().flatten().flat_map(|value| value_problems(spec, place, value)));
    problems
}

/// The address is shown in traces, so it holds no secret; and it is asked for like any other.
fn target(spec: &Spec, pointer: &str, template: &str) -> Vec<Problem> {
    let unfit: Vec<Problem> = names(template).filter_map(|name| open_property(spec, pointer, name)).collect();
    if !unfit.is_empty() {
        return unfit;
    }
    let url = match address(template, |name| sample(template, name)) {
        Ok(address) => normalise_address(&address.unwrap_or_default()),
        Err(message) => Err(message),
    };
    let url = match url {
        Ok(url) => url,
        Err(message) => return vec![Problem::new(pointer, message)],
    };
    let mut hosts =
        spec.hosts.iter().filter_map(|host| HostRule::parse(host, |name| sample(host, name)).ok()?);
    match hosts.any(|host| host.covers(&url)) {
        true => Vec::new(),
        false => vec![Problem::new(pointer, format!("`{template}` stands under none of the spec's `hosts`"))],
    }
}

/// A value that stands for any, another one for each property.
fn sample(template: &str, property: &str) -> Option<String> {
    let property = property.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    match template.starts_with('{') {
        true => Some(format!("https://{property}.invalid")),
        false => Some(property),
    }
}

fn body(spec: &Spec, place: &str, request: &LoginRequest) -> Vec<Problem> {
    let mut problems = Vec::new();
    if request.form.is_some() && request.json.is_some() {
        problems.push(Problem::new(place, "has both `form` and `json`; a request has one body"));
    }
    if !request.method.bytes().all(|b| b.is_ascii_alphabetic()) || request.method.is_empty() {
        let message = format!("`{}` is not a method for requests", request.method);
        problems.push(Problem::new(format!("{place}/method"), message));
    }
    for (name, value) in request.form.iter().flatten() {
        problems.extend(value_problems(spec, &member(&format!("{place}/form"), name), value));
    }
    for (name, value) in request.json.iter().flatten() {
        problems.extend(json_problems(spec, &member(&format!("{place}/json"), name), value));
    }
    problems
}

fn json_problems(spec: &Spec, place: &str, value: &Value) -> Vec<Problem> {
    match value {
        Value::String(text) => value_problems(spec, place, text),
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.flat_map(|(at, item)| json_problems(spec, &format!("{place}/{at}"), item)).collect()
        }
        Value::Object(members) => {
            let members = members.iter();
            members.flat_map(|(name, value)| json_problems(spec, &member(place, name), value)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}
