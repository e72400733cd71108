//! Texts that no request could carry, refused while whoever gave them is still there.

use serde_json::Value;
use windlass_sandbox::spec::{Attach, Spec};

use super::Secrets;

/// What is wrong with the texts of a configuration and with secrets on their way in: JSON Pointers into
/// the request's body, each with a sentence. No sentence repeats a secret.
pub(super) fn unusable(spec: &Spec, config: &Value, secrets: &Secrets) -> Vec<(String, String)> {
    let mut problems = Vec::new();
    control_characters("/config", config, &mut problems);
    for (name, value) in config.as_object().into_iter().flatten() {
        let is_named = spec.hosts.iter().any(|template| names(template, name));
        if let Some(wrong) = value.as_str().filter(|_| is_named).and_then(wrong_in_address) {
            problems.push((member("/config", name), format!("`{name}` is part of an address: {wrong}")));
        }
    }
    for (name, value) in secrets.iter() {
        if let Some(wrong) = unsendable(spec, name, value) {
            problems.push((member("/secrets", name), wrong));
        }
    }
    problems
}

fn control_characters(pointer: &str, value: &Value, problems: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) if text.contains(is_unprintable) => {
            let wrong = "the text holds a control character: take it out";
            problems.push((pointer.to_owned(), wrong.to_owned()));
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                control_characters(&format!("{pointer}/{at}"), item, problems);
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                control_characters(&member(pointer, name), value, problems);
            }
        }
        _ => {}
    }
}

/// Line breaks and tabs belong to texts such as certificates.
fn is_unprintable(character: char) -> bool {
    character.is_control() && !matches!(character, '\n' | '\r' | '\t')
}

fn wrong_in_address(text: &str) -> Option<&'static str> {
    if text.trim() != text {
        return Some("take away the white space around it");
    }
    if text.contains(char::is_control) {
        return Some("take out the line break or tab");
    }
    text.contains('#').then_some("take away the `#` and what follows it")
}

/// Whatever a request's body or Basic authentication can carry is fine there.
fn unsendable(spec: &Spec, name: &str, value: &str) -> Option<String> {
    let mut attachments = spec.auth.iter().flat_map(|rule| &rule.attach);
    attachments.find_map(|attachment| {
        let (place, fits) = match attachment {
            Attach::Header { header, value: template } if names(template, name) => {
                (format!("header `{header}`"), value.bytes().all(|byte| matches!(byte, b' '..=b'~')))
            }
            Attach::Query { query, value: template } if names(template, name) => {
                (format!("query parameter `{query}`"), !value.contains(char::is_control))
            }
            _ => return None,
        };
        let wrong = match (fits, value.trim() == value) {
            (true, true) => return None,
            (true, false) => "white space around it",
            (false, _) => "a line break or another character that does not fit there",
        };
        Some(format!("the secret `{name}` is sent in the {place}, and has {wrong}"))
    })
}

fn names(template: &str, property: &str) -> bool {
    template.contains(&format!("{{{property}}}"))
}

fn member(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn places(config: Value, secrets: Value) -> Vec<String> {
        let secret = json!({ "type": "string", "secret": true });
        let spec = json!({
            "spec": 1, "name": "shop", "version": "1.0.0", "title": "Shop",
            "config": { "type": "object", "properties": {
                "base_url": { "type": "string" }, "note": { "type": "string" }, "list": { "type": "array" },
                "token": secret, "key": secret, "password": secret,
            } },
            "hosts": ["{base_url}/api"],
            "auth": [{ "attach": [
                { "header": "x-token", "value": "Bearer {token}" },
                { "query": "key", "value": "{key}" },
                { "basic": { "username": "me", "password": "{password}" } },
            ] }],
        });
        let spec = Spec::parse(&spec.to_string()).unwrap();
        let secrets = Secrets::try_from(secrets).unwrap();
        unusable(&spec, &config, &secrets).into_iter().map(|(pointer, _)| pointer).collect()
    }

    #[test]
    fn a_configuration_holds_no_control_characters() {
        let check = |config: Value, expected: &[&str]| assert_eq!(places(config, json!({})), expected);
        check(json!({ "note": " ä # ", "list": ["a", 1] }), &[]);
        check(json!({ "note": "a\0b" }), &["/config/note"]);
        check(json!({ "list": ["a", { "b/c": "\u{1b}" }] }), &["/config/list/1/b~1c"]);
    }

    #[test]
    fn an_address_stands_alone() {
        let check = |address: &str, expected: &[&str]| {
            assert_eq!(places(json!({ "base_url": address }), json!({})), expected, "{address:?}");
        };
        check("https://shop.example", &[]);
        check(" https://shop.example", &["/config/base_url"]);
        check("https://shop.example\u{a0}", &["/config/base_url"]);
        check("https://shop.example/#top", &["/config/base_url"]);
    }

    #[test]
    fn a_secret_fits_where_it_is_sent() {
        let check = |name: &str, value: &str, fits: bool| {
            let expected = if fits { Vec::new() } else { vec![format!("/secrets/{name}")] };
            assert_eq!(places(json!({}), json!({ name: value })), expected, "{name} {value:?}");
        };
        check("token", "a b~", true);
        for wrong in ["a\n", "a\0b", " a", "a ", "pässword"] {
            check("token", wrong, false);
        }
        check("key", "pässword", true);
        for wrong in ["a\r\nb", "a\0b", " a"] {
            check("key", wrong, false);
        }
        check("password", " pässword ", true);
    }
}
