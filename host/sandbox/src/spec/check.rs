//! What must hold inside a spec and a schema cannot say.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    amount::Amount,
    check_auth, check_config,
    document::{Limit, Match, Spec},
    host_rule::HostRule,
    limit::is_zone,
    placeholders::names,
    problem::{Problem, member},
    schema::Schema,
    secret_places,
};

/// The version, while its place is still known.
pub(super) fn version(value: &Value) -> Vec<Problem> {
    let text = value.get("version").and_then(Value::as_str).unwrap_or_default();
    match semver::Version::parse(text) {
        Ok(_) => Vec::new(),
        Err(error) => vec![Problem::new(
            "/version",
            format!("`{text}` is not a semantic version such as 1.2.3: {error}"),
        )],
    }
}

/// Every problem, in the order of the spec.
pub(super) fn check(spec: &Spec) -> Vec<Problem> {
    let mut problems = check_config::check(spec);
    problems.extend(hosts(spec));
    problems.extend(check_auth::check(spec));
    for (at, matches) in spec.safe_requests.iter().enumerate() {
        problems.extend(matcher(&format!("/safe-requests/{at}"), matches));
    }
    problems.extend(limits(spec));
    problems.extend(streams_and_actions(spec));
    problems.extend(unique("webhooks", spec.webhooks.iter().map(|webhook| webhook.name.as_str())));
    problems.extend(flow(spec));
    problems
}

/// A property that a template names, if it is there and not a secret.
pub(super) fn open_property(spec: &Spec, pointer: &str, name: &str) -> Option<Problem> {
    if spec.property(name).is_none() {
        return Some(Problem::new(pointer, format!("`{{{name}}}` names no property of `config`")));
    }
    let message = format!("`{name}` is a secret, which cannot stand here: it would be shown");
    spec.is_secret(name).then(|| Problem::new(pointer, message))
}

/// A host template, read with values that stand for any.
pub(super) fn host(spec: &Spec, pointer: &str, template: &str) -> Vec<Problem> {
    let mut problems: Vec<Problem> =
        names(template).filter_map(|name| open_property(spec, pointer, name)).collect();
    let sample = if template.starts_with('{') { "https://host.invalid" } else { "1" };
    let read = HostRule::parse(template, |_| Some(sample.to_owned()));
    problems.extend(read.err().map(|message| Problem::new(pointer, message)));
    problems
}

pub(super) fn unique<'a>(kind: &str, names: impl Iterator<Item = &'a str>) -> Vec<Problem> {
    let mut seen = BTreeSet::new();
    let repeated = names.enumerate().filter(|(_, name)| !seen.insert(*name));
    repeated
        .map(|(at, name)| Problem::new(format!("/{kind}/{at}/name"), format!("`{name}` is used twice")))
        .collect()
}

fn hosts(spec: &Spec) -> Vec<Problem> {
    let templates = spec.hosts.iter().enumerate();
    templates.flat_map(|(at, template)| host(spec, &format!("/hosts/{at}"), template)).collect()
}

fn matcher(place: &str, matches: &Match) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Some(prefix) = matches.path_prefix.as_ref().filter(|prefix| !prefix.starts_with('/')) {
        problems
            .push(Problem::new(format!("{place}/path-prefix"), format!("`{prefix}` must begin with `/`")));
    }
    if let Some(host) = matches.host.as_ref().filter(|host| host.contains(['{', '/'])) {
        let message = format!("`{host}` is not a host name, or a host name with its port");
        problems.push(Problem::new(format!("{place}/host"), message));
    }
    for pointer in
        matches.json.iter().flatten().map(|(pointer, _)| pointer).filter(|text| !text.starts_with('/'))
    {
        let message = format!("`{pointer}` is not a JSON Pointer: it must begin with `/`");
        problems.push(Problem::new(member(&format!("{place}/json"), pointer), message));
    }
    problems
}

fn limits(spec: &Spec) -> Vec<Problem> {
    let mut problems = unique("limits", spec.limits.iter().map(|limit| limit.name.as_str()));
    for (at, limit) in spec.limits.iter().enumerate() {
        let place = format!("/limits/{at}");
        problems.extend(numbers(spec, &place, limit));
        problems.extend(limit.reset_zone.as_ref().and_then(|named| zone(spec, &place, named)));
        for (count, matches) in limit.counts.iter().map(|count| &count.matches).enumerate() {
            problems.extend(matcher(&format!("{place}/counts/{count}/match"), matches));
        }
        for (n, name) in limit.shared_properties.iter().flatten().enumerate() {
            if spec.property(name).is_none() {
                let message = format!("`{name}` is no property of `config`");
                problems.push(Problem::new(format!("{place}/shared-properties/{n}"), message));
            }
        }
    }
    problems
}

fn numbers(spec: &Spec, place: &str, limit: &Limit) -> Vec<Problem> {
    if let (Amount::Number(max), Amount::Number(leave)) = (&limit.max, &limit.leave_to_others) {
        let too_small = spec.too_small(limit, *max, *leave, limit.keep_in(*max));
        let too_small = too_small.map(|why| format!("{why}: lower `max-requests` or `cost`"));
        return too_small.map(|message| Problem::new(format!("{place}/max"), message)).into_iter().collect();
    }
    let amounts = [("max", &limit.max), ("leave-to-others", &limit.leave_to_others)];
    let properties = amounts.into_iter().filter_map(|(member, amount)| Some((member, amount.property()?)));
    properties
        .filter_map(|(member, name)| {
            let pointer = format!("{place}/{member}");
            open_property(spec, &pointer, name).or_else(|| {
                let is_integer = spec.property(name)?.get("type") == Some(&Value::from("integer"));
                let message = || format!("`{name}` is not a property of type integer");
                (!is_integer).then(|| Problem::new(pointer, message()))
            })
        })
        .collect()
}

fn zone(spec: &Spec, place: &str, zone: &str) -> Option<Problem> {
    let pointer = format!("{place}/reset-zone");
    match names(zone).next() {
        Some(name) => open_property(spec, &pointer, name),
        None => (!is_zone(zone)).then(|| Problem::new(pointer, format!("`{zone}` is not a time zone"))),
    }
}

fn streams_and_actions(spec: &Spec) -> Vec<Problem> {
    let mut problems = unique("streams", spec.streams.iter().map(|stream| stream.name.as_str()));
    for (at, stream) in spec.streams.iter().enumerate() {
        problems.extend(schema(&format!("/streams/{at}/schema"), &stream.schema));
        problems.extend(enabled_by(spec, &format!("/streams/{at}"), &stream.enabled_by));
    }
    problems.extend(unique("actions", spec.actions.iter().map(|action| action.name.as_str())));
    for (at, action) in spec.actions.iter().enumerate() {
        let schemas = [("input", &action.input), ("output", &action.output)];
        let wrong = schemas.map(|(name, value)| schema(&format!("/actions/{at}/{name}"), value));
        if wrong.iter().all(Option::is_none) {
            problems.extend(secret_places::check(&format!("/actions/{at}"), action));
        }
        problems.extend(wrong.into_iter().flatten());
        problems.extend(enabled_by(spec, &format!("/actions/{at}"), &action.enabled_by));
    }
    problems
}

pub(super) fn schema(pointer: &str, schema: &Value) -> Option<Problem> {
    let problem = Schema::compile(schema).err()?.0;
    Some(Problem::new(
        format!("{pointer}{}", problem.pointer),
        format!("not a JSON Schema: {}", problem.message),
    ))
}

fn enabled_by(spec: &Spec, place: &str, switches: &[String]) -> Vec<Problem> {
    let is_boolean = |name: &str| {
        spec.property(name).is_some_and(|schema| schema.get("type") == Some(&Value::from("boolean")))
    };
    let wrong = switches.iter().filter(|name| !is_boolean(name));
    let problem = |name| {
        Problem::new(format!("{place}/enabled-by"), format!("`{name}` is not a boolean property of `config`"))
    };
    wrong.map(problem).collect()
}

/// A flow has no network, and is not a connector at the same time.
fn flow(spec: &Spec) -> Vec<Problem> {
    if !spec.is_flow() {
        return Vec::new();
    }
    let parts = [
        ("/hosts", spec.hosts.len()),
        ("/auth", spec.auth.len()),
        ("/limits", spec.limits.len()),
        ("/streams", spec.streams.len()),
        ("/actions", spec.actions.len()),
        ("/webhooks", spec.webhooks.len()),
    ];
    let present = parts.iter().filter(|(_, len)| *len > 0);
    present
        .map(|(pointer, _)| Problem::new(*pointer, "a flow (a spec with `roles`) cannot have this"))
        .collect()
}
