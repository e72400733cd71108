//! Values of `--set` and `--secret`.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use serde_json::{Map, Value};

use super::{
    failure::{Exit, Failure},
    reference::Reference,
};
use crate::api::MOST_JSON_BYTES;

/// `k=v`, taken apart.
pub fn pair<'a>(flag: &str, text: &'a str) -> Result<(&'a str, &'a str), Failure> {
    let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
    pair.ok_or_else(|| Failure::wrong_use(format!("{flag} {text}: write NAME=VALUE")))
}

/// `NAME=VALUE` arguments as an object. A name that is given twice means two things.
pub fn object(
    flag: &str,
    texts: &[String],
    read: impl Fn(&str, &str) -> Result<Value, Failure>,
) -> Result<Map<String, Value>, Failure> {
    let mut members = Map::new();
    for text in texts {
        let (name, given) = pair(flag, text)?;
        if members.insert(name.to_owned(), read(name, given)?).is_some() {
            return Err(Failure::wrong_use(format!("{flag} {name}=… stands twice")));
        }
    }
    Ok(members)
}

/// A configuration value, read by its property's schema: text as it is, the rest as JSON. Objects and
/// lists may come from a file. A property nobody knows is read as text; the host refuses it by name.
pub fn property(name: &str, given: &str, schema: Option<&Value>) -> Result<Value, Failure> {
    let types = types(schema);
    let has = |wanted: &str| types.contains(&wanted);
    let parsed = || serde_json::from_str::<Value>(given).ok();
    let wrong = |expected: &str| Failure::wrong_use(format!("--set {name}={given}: {name} is {expected}"));
    if has("object") || has("array") {
        let text = match given.strip_prefix('@') {
            Some(path) => file(path)?,
            None => given.to_owned(),
        };
        let value =
            serde_json::from_str::<Value>(&text).ok().filter(|value| value.is_object() || value.is_array());
        return value.ok_or_else(|| wrong("a list or an object: give JSON, or @FILE with it"));
    }
    if has("string") {
        return Ok(Value::from(given));
    }
    if has("boolean") {
        return parsed().filter(Value::is_boolean).ok_or_else(|| wrong("true or false"));
    }
    if has("integer") || has("number") {
        return parsed().filter(Value::is_number).ok_or_else(|| wrong("a number"));
    }
    Ok(Value::from(given))
}

/// A secret from a variable or a file; never from the command line itself.
pub fn secret(name: &str, given: &str) -> Result<String, Failure> {
    let Some(reference) = Reference::parse(given) else {
        return Err(Failure::wrong_use(format!("--secret {name}=…: a secret is not given on the command line"))
            .hint(format!("it would stand in the shell's history and in the list of processes: use --secret {name}=env:VAR or --secret {name}=@FILE")));
    };
    let unread = |why| Failure::new(Exit::Environment, format!("--secret {name}={reference}: {why}"));
    reference.read(Path::new("")).map(|secret| secret.to_string()).map_err(unread)
}

/// JSON given as text, as `@FILE`, or as `-` for standard input; `code` is that of the host for what is
/// not JSON.
pub fn json_text(flag: &str, given: &str, code: &str) -> Result<String, Failure> {
    let text = match given.strip_prefix('@') {
        Some(path) => file(path)?,
        None if given == "-" => standard_input(flag)?,
        None => given.to_owned(),
    };
    match serde_json::from_str::<serde::de::IgnoredAny>(&text) {
        Ok(_) => Ok(text),
        Err(error) => Err(Failure::wrong_use(format!("{flag}: this is not JSON: {error} ({code})"))),
    }
}

/// Whether the text itself stands on the command line, where others can read it.
pub fn is_typed(given: &str) -> bool {
    given != "-" && !given.starts_with('@')
}

pub fn standard_input(flag: &str) -> Result<String, Failure> {
    bounded(std::io::stdin()).map_err(|error| {
        Failure::new(Exit::Environment, format!("{flag} -: cannot read standard input: {error}"))
    })
}

pub fn file(path: &str) -> Result<String, Failure> {
    File::open(path)
        .and_then(bounded)
        .map_err(|error| Failure::new(Exit::Environment, format!("cannot read {path}: {error}")))
}

/// No more than the host would take: a device that never ends must not fill the memory.
fn bounded(from: impl Read) -> io::Result<String> {
    let mut text = String::new();
    from.take(MOST_JSON_BYTES as u64 + 1).read_to_string(&mut text)?;
    match text.len() > MOST_JSON_BYTES {
        true => Err(io::Error::other(format!("it has more than {} MiB", MOST_JSON_BYTES >> 20))),
        false => Ok(text),
    }
}

fn types(schema: Option<&Value>) -> Vec<&str> {
    match schema.and_then(|schema| schema.get("type")) {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Failure, Value, pair, property, secret};

    fn read(kind: Value, given: &str) -> Result<Value, Failure> {
        property("p", given, Some(&json!({ "type": kind })))
    }

    #[test]
    fn a_value_is_read_by_its_schema() {
        let check =
            |kind: Value, given: &str, expected: Value| assert_eq!(read(kind, given).unwrap(), expected);
        check(json!("string"), "123", json!("123"));
        check(json!("string"), "@home", json!("@home"));
        check(json!("boolean"), "true", json!(true));
        check(json!("integer"), "750", json!(750));
        check(json!(["integer", "null"]), "7", json!(7));
        check(json!("array"), r#"[{"a":1}]"#, json!([{ "a": 1 }]));
        assert_eq!(property("p", "x", None).unwrap(), json!("x"));
    }

    #[test]
    fn a_value_of_another_kind_is_refused_in_words() {
        let check = |kind: &str, given: &str, expected: &str| {
            let message = read(json!(kind), given).unwrap_err().message;
            assert!(message.contains(expected), "{message}");
        };
        check("boolean", "yes", "p is true or false");
        check("integer", "many", "p is a number");
        check("object", "7", "a list or an object");
        check("array", "@/nowhere/at/all", "cannot read /nowhere/at/all");
        check("array", "@/dev/zero", "cannot read /dev/zero: it has more than 16 MiB");
    }

    #[test]
    fn a_literal_secret_is_refused_and_not_repeated() {
        let failure = secret("token", "hush").unwrap_err();
        assert!(!failure.message.contains("hush") && failure.hint.unwrap().contains("history"));
        assert!(secret("token", "env:WINDLASS_NO_SUCH_VARIABLE").is_err());
    }

    #[test]
    fn a_pair_has_a_name() {
        assert_eq!(pair("--set", "a=b=c").unwrap(), ("a", "b=c"));
        assert!(pair("--set", "=b").is_err() && pair("--set", "a").is_err());
    }
}
