//! What two readers of one JSON text could read differently.

use std::collections::HashSet;

/// Names that the reader of this host takes for something else than a member.
const RESERVED: &str = "$serde_json::private::";

/// One object or array that is not closed yet.
enum Level {
    Object { names: HashSet<String>, at: String },
    Array { at: usize },
}

/// The JSON Pointer of the first member that readers could understand differently, and why: a name that
/// stands twice means its first value to some readers and its last to others. `json` must be JSON.
pub fn ambiguity(json: &str) -> Option<(String, String)> {
    let mut levels: Vec<Level> = Vec::new();
    let mut name_next = false;
    let mut at = 0;
    while let Some(byte) = json.as_bytes().get(at) {
        match byte {
            b'{' => levels.push(Level::Object { names: HashSet::new(), at: String::new() }),
            b'[' => levels.push(Level::Array { at: 0 }),
            b'}' | b']' => drop(levels.pop()),
            b',' => {
                if let Some(Level::Array { at }) = levels.last_mut() {
                    *at += 1;
                }
            }
            b'"' => {
                let end = string_end(json, at);
                if let Some(Level::Object { names, at: name }) = levels.last_mut().filter(|_| name_next) {
                    *name = serde_json::from_str(&json[at..end]).ok()?;
                    let repeated = !names.insert(name.clone());
                    if let Some(why) = complaint(name, repeated) {
                        return Some((pointer(&levels), why));
                    }
                }
                at = end;
                name_next = false;
                continue;
            }
            _ => {}
        }
        if matches!(byte, b'{' | b',') {
            name_next = matches!(levels.last(), Some(Level::Object { .. }));
        }
        at += 1;
    }
    None
}

fn complaint(name: &str, repeated: bool) -> Option<String> {
    if repeated {
        return Some(format!("`{name}` stands here twice: two readers could read two things"));
    }
    name.starts_with(RESERVED).then(|| format!("`{name}` is not taken as the name of a member"))
}

/// One past the closing quotation mark of the string that begins at `at`.
fn string_end(json: &str, at: usize) -> usize {
    let mut escaped = false;
    let inside = json.bytes().enumerate().skip(at + 1);
    for (place, byte) in inside {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return place + 1,
            _ => {}
        }
    }
    json.len()
}

fn pointer(levels: &[Level]) -> String {
    let step = |level: &Level| match level {
        Level::Object { at, .. } => format!("/{}", at.replace('~', "~0").replace('/', "~1")),
        Level::Array { at } => format!("/{at}"),
    };
    levels.iter().map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::ambiguity;

    #[track_caller]
    fn check(json: &str, expected: Option<&str>) {
        serde_json::from_str::<serde::de::IgnoredAny>(json).unwrap();
        assert_eq!(ambiguity(json).map(|(pointer, _)| pointer).as_deref(), expected, "{json}");
    }

    #[test]
    fn a_name_that_stands_twice_is_found_where_it_stands() {
        check(r#"{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}"#, None);
        check(r#"{"a":1,"b":2,"a":1}"#, Some("/a"));
        check(r#"[0,{"x":[]},{"a/b":{"~":1,"~":2}}]"#, Some("/2/a~1b/~0"));
        check(r#"{"l":[[],[1,{"é":1,"\u00e9":2}]]}"#, Some("/l/1/1/é"));
        check(r#"{"a":{"x":1},"b":{"x":1}, "c" : "a", "d":"{\"a\":1,\"a\":2}"}"#, None);
        check(r#"{"\\":1,"\\\\":2,"\"":3}"#, None);
        check(r#""a""#, None);
        check(" {} ", None);
    }

    #[test]
    fn names_that_this_reader_would_take_for_a_number_are_refused() {
        check(r#"{"a":{"$serde_json::private::Number":"1"}}"#, Some("/a/$serde_json::private::Number"));
        check(r#"{"\u0024serde_json::private::RawValue":"1"}"#, Some("/$serde_json::private::RawValue"));
        check(r#"{"price":{"$serde_json":"1"}}"#, None);
    }
}
