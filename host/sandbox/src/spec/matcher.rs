//! Which requests a matcher fits, and what follows: safety and cost.
//!
//! A connector may try to dress a request so that we read it otherwise than the vendor does. What we
//! cannot read for sure is therefore *unclear*: never safe, and as dear as it might be.

use serde_json::Value;

use super::{
    document::{Limit, Match, Spec},
    facts::{Body, RequestFacts},
    host_rule::is_under,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    No,
    Unclear,
    Yes,
}

impl Spec {
    /// Whether the request only reads: GET, HEAD, or named in `safe-requests`.
    pub fn is_safe(&self, facts: &RequestFacts<'_>) -> bool {
        matches!(facts.method(), "GET" | "HEAD")
            || self.safe_requests.iter().any(|matches| matches.fit(facts) == Fit::Yes)
    }

    /// What the request costs on every limit it touches.
    pub fn costs(&self, facts: &RequestFacts<'_>) -> Vec<(String, u32)> {
        let costs = self.limits.iter().map(|limit| (limit.name.clone(), limit.cost(facts)));
        costs.filter(|(_, cost)| *cost > 0).collect()
    }
}

impl Limit {
    /// The first count that fits decides; a request that none fits costs 1.
    pub fn cost(&self, facts: &RequestFacts<'_>) -> u32 {
        let mut at_least = 0;
        for count in &self.counts {
            match count.matches.fit(facts) {
                Fit::Yes => return count.cost.max(at_least),
                Fit::Unclear => at_least = count.cost.max(at_least),
                Fit::No => {}
            }
        }
        at_least.max(1)
    }

    /// The most that one request can cost.
    pub fn dearest(&self) -> u32 {
        let decided = self.counts.iter().any(|count| count.matches.fits_everything());
        let unmatched = if decided { 0 } else { 1 };
        self.counts.iter().map(|count| count.cost).fold(unmatched, u32::max)
    }
}

impl Match {
    pub(super) fn fit(&self, facts: &RequestFacts<'_>) -> Fit {
        let certain = [
            self.method
                .as_ref()
                .is_none_or(|methods| methods.iter().any(|m| m.eq_ignore_ascii_case(facts.method()))),
            self.host.as_ref().is_none_or(|host| is_host(host, facts)),
            self.path_prefix.as_ref().is_none_or(|prefix| is_under(facts.url().path(), prefix)),
        ];
        if certain.contains(&false) {
            return Fit::No;
        }
        let form = self.form.iter().flatten().map(|(field, values)| form_fit(facts, field, values));
        let json = self.json.iter().flatten().map(|(pointer, values)| json_fit(facts, pointer, values));
        form.chain(json).min().unwrap_or(Fit::Yes)
    }

    fn fits_everything(&self) -> bool {
        self.method.is_none()
            && self.host.is_none()
            && self.path_prefix.is_none()
            && self.form.as_ref().is_none_or(|fields| fields.is_empty())
            && self.json.as_ref().is_none_or(|pointers| pointers.is_empty())
    }
}

/// `host` or `host:port`.
fn is_host(wanted: &str, facts: &RequestFacts<'_>) -> bool {
    let host = facts.url().host_str().unwrap_or_default();
    wanted.eq_ignore_ascii_case(host)
        || facts
            .url()
            .port_or_known_default()
            .is_some_and(|port| wanted.eq_ignore_ascii_case(&format!("{host}:{port}")))
}

fn form_fit(facts: &RequestFacts<'_>, field: &str, values: &[String]) -> Fit {
    let names_it = |name: &str| plain_name(name) == plain_name(field);
    if facts.url().query_pairs().any(|(name, _)| names_it(&name)) {
        return Fit::Unclear;
    }
    let form = match facts.body() {
        Body::Empty | Body::Json(_) => return Fit::No,
        Body::Unclear => return Fit::Unclear,
        Body::Form(form) => form,
    };
    let mut given = form.iter().filter(|(name, _)| names_it(name));
    match (given.next(), given.next()) {
        (None, _) => Fit::No,
        (Some((name, value)), None) if name == field => is_one_of(value, values),
        _ => Fit::Unclear,
    }
}

fn json_fit(facts: &RequestFacts<'_>, pointer: &str, values: &[String]) -> Fit {
    let body = match facts.body() {
        Body::Empty | Body::Form(_) => return Fit::No,
        Body::Unclear => return Fit::Unclear,
        Body::Json(body) => body,
    };
    match body.pointer(pointer) {
        None | Some(Value::Null | Value::Array(_) | Value::Object(_)) => Fit::No,
        Some(Value::String(text)) => is_one_of(text, values),
        Some(Value::Number(number)) => is_one_of(&number.to_string(), values),
        Some(Value::Bool(flag)) => is_one_of(&flag.to_string(), values),
    }
}

fn is_one_of(value: &str, wanted: &[String]) -> Fit {
    let fits = wanted.iter().any(|wanted| match wanted.strip_suffix('*') {
        Some(prefix) => value.starts_with(prefix),
        None => value == wanted,
    });
    if fits { Fit::Yes } else { Fit::No }
}

/// A field name as lenient servers read it: without outer spaces, subscripts and case.
fn plain_name(name: &str) -> String {
    let end = name.find(['[', '\0']).unwrap_or(name.len());
    name[..end].trim().to_ascii_lowercase()
}
