//! Which requests are unsafe, as the host would judge by the spec.

use serde_json::Value;

use super::{Answer, Sent};
use crate::IntentOutcome;
use crate::http::NoAnswer;

/// GET, HEAD, and what a matcher of the spec's `safe-requests` fits.
pub(super) fn is_safe(matchers: &Value, sent: &Sent) -> bool {
    matches!(sent.method.as_str(), "GET" | "HEAD")
        || matchers.as_array().into_iter().flatten().any(|matcher| fits(matcher, sent))
}

pub(super) fn outcome(answer: &Answer) -> IntentOutcome {
    match &answer.0 {
        Ok(_) => IntentOutcome::Answered,
        Err(NoAnswer::Denied(_) | NoAnswer::LoginRefused(_) | NoAnswer::RateLimited { .. }) => {
            IntentOutcome::NotSent
        }
        Err(_) => IntentOutcome::Open,
    }
}

fn fits(matcher: &Value, sent: &Sent) -> bool {
    let address = sent.url.split_once("://").map_or("", |(_, rest)| rest);
    let (host, path) = address.split_once('/').unwrap_or((address, ""));
    let members = matcher.as_object().into_iter().flatten();
    members.into_iter().all(|(member, rule)| match member.as_str() {
        "method" => one_of(rule, &sent.method),
        "host" => rule.as_str() == Some(host),
        "path-prefix" => format!("/{path}").starts_with(rule.as_str().unwrap_or_default()),
        "form" => all_fields(rule, |field| sent.form(field)),
        "json" => all_fields(rule, |pointer| {
            sent.json().pointer(pointer).and_then(|value| crate::lenient::text(&value.to_string()))
        }),
        _ => false,
    })
}

fn all_fields(rule: &Value, value: impl Fn(&str) -> Option<String>) -> bool {
    let fields = rule.as_object().into_iter().flatten();
    fields.into_iter().all(|(field, values)| value(field).is_some_and(|text| one_of(values, &text)))
}

fn one_of(values: &Value, text: &str) -> bool {
    let values = values.as_array().into_iter().flatten().filter_map(Value::as_str);
    values.into_iter().any(|value| match value.strip_suffix('*') {
        Some(prefix) => text.starts_with(prefix),
        None => text == value,
    })
}
