//! Where two JSON texts differ.

use serde_json::Value;

/// A place in both, and what stands there; none where there is no such place.
pub type Changed = (String, Option<String>, Option<String>);

/// The places at which the two differ, deepest first in no object more than once. The whole texts where
/// they are not JSON, or differ only in how they are written.
pub fn changed(was: &str, now: &str) -> Vec<Changed> {
    let mut found = Vec::new();
    if let (Ok(was), Ok(now)) = (serde_json::from_str(was), serde_json::from_str(now)) {
        walk("", &was, &now, &mut found);
    }
    if found.is_empty() && was != now {
        found.push((String::new(), Some(was.to_owned()), Some(now.to_owned())));
    }
    found
}

fn walk(place: &str, was: &Value, now: &Value, found: &mut Vec<Changed>) {
    match (was, now) {
        (Value::Object(before), Value::Object(after)) => {
            for (name, was) in before {
                member(place, name, Some(was), after.get(name), found);
            }
            for (name, now) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
                member(place, name, None, Some(now), found);
            }
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            for (index, (was, now)) in before.iter().zip(after).enumerate() {
                walk(&format!("{place}/{index}"), was, now, found);
            }
        }
        _ if was != now => found.push((place.to_owned(), Some(was.to_string()), Some(now.to_string()))),
        _ => {}
    }
}

fn member(place: &str, name: &str, was: Option<&Value>, now: Option<&Value>, found: &mut Vec<Changed>) {
    let place = format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"));
    match (was, now) {
        (Some(was), Some(now)) => walk(&place, was, now, found),
        (was, now) => found.push((place, was.map(Value::to_string), now.map(Value::to_string))),
    }
}

#[cfg(test)]
mod tests {
    use super::changed;

    fn check(was: &str, now: &str, expected: &[(&str, Option<&str>, Option<&str>)]) {
        let text = |text: Option<&str>| text.map(str::to_owned);
        let expected: Vec<_> =
            expected.iter().map(|(place, was, now)| ((*place).to_owned(), text(*was), text(*now))).collect();
        assert_eq!(changed(was, now), expected, "{was} and {now}");
    }

    #[test]
    fn members_that_differ_are_named_by_their_place() {
        check(r#"{"a":1}"#, r#"{"a":1}"#, &[]);
        check(r#"{"a":1.0,"b":2}"#, r#"{"a":1.00,"b":2}"#, &[("/a", Some("1.0"), Some("1.00"))]);
        check(r#"{"a":{"b/c":[1,2]}}"#, r#"{"a":{"b/c":[1,3]}}"#, &[("/a/b~1c/1", Some("2"), Some("3"))]);
        check(r#"{"a":1}"#, r#"{"b":1}"#, &[("/a", Some("1"), None), ("/b", None, Some("1"))]);
        check(r#"{"a":[1]}"#, r#"{"a":[1,2]}"#, &[("/a", Some("[1]"), Some("[1,2]"))]);
        check(r#"{"a":null}"#, r#"{}"#, &[("/a", Some("null"), None)]);
    }

    #[test]
    fn what_differs_only_in_its_text_is_shown_whole() {
        let (was, now) = (r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#);
        check(was, now, &[("", Some(was), Some(now))]);
        check("no JSON", "[]", &[("", Some("no JSON"), Some("[]"))]);
    }
}
