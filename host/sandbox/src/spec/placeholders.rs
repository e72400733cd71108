//! `{property}` in hosts, credentials and limits.

use serde_json::Value;

/// The names between braces, in order.
pub(crate) fn names(template: &str) -> impl Iterator<Item = &str> {
    parts(template).filter_map(|part| match part {
        Part::Name(name) => Some(name),
        Part::Text(_) => None,
    })
}

/// The template with every name replaced. None when one of them has no value.
pub(crate) fn expand(template: &str, value_of: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut text = String::with_capacity(template.len());
    for part in parts(template) {
        match part {
            Part::Text(literal) => text.push_str(literal),
            Part::Name(name) => text.push_str(&value_of(name)?),
        }
    }
    Some(text)
}

/// A configuration value as it stands in a URL or header. None for what has no such form.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

enum Part<'a> {
    Text(&'a str),
    Name(&'a str),
}

/// Braces that do not enclose a name are text.
fn parts(template: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = template;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some(inner) = rest.strip_prefix('{')
            && let Some(end) = inner.find(['{', '}'])
            && end > 0
            && inner.as_bytes()[end] == b'}'
        {
            rest = &inner[end + 1..];
            return Some(Part::Name(&inner[..end]));
        }
        let end = rest.char_indices().skip(1).find(|(_, c)| *c == '{').map_or(rest.len(), |(at, _)| at);
        let (text, after) = rest.split_at(end);
        rest = after;
        Some(Part::Text(text))
    })
}
