//! A record's content: its text without white space, and its hash without regard to member order.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// The text with white space outside strings removed; numbers and member order stay.
pub fn compact(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut copied = 0;
    let (mut in_string, mut escaped) = (false, false);
    for (at, byte) in json.bytes().enumerate() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
        } else if byte == b'"' {
            in_string = true;
        } else if byte.is_ascii_whitespace() {
            out.push_str(&json[copied..at]);
            copied = at + 1;
        }
    }
    out.push_str(&json[copied..]);
    out
}

/// SHA-256 of the value with members in the order of their names. Numbers count as they are written:
/// they are never turned into binary floats.
pub fn content_hash(value: &Value) -> [u8; 32] {
    let mut hasher = Sha256::new();
    feed(&mut hasher, value);
    hasher.finalize().into()
}

/// Every value is fed with a tag and its length, so that no two values feed the same bytes.
fn feed(hasher: &mut Sha256, value: &Value) {
    match value {
        Value::Null => hasher.update(b"n"),
        Value::Bool(true) => hasher.update(b"t"),
        Value::Bool(false) => hasher.update(b"f"),
        Value::Number(number) => feed_text(hasher, b'd', number.as_str()),
        Value::String(text) => feed_text(hasher, b's', text),
        Value::Array(elements) => {
            feed_length(hasher, b'a', elements.len());
            elements.iter().for_each(|element| feed(hasher, element));
        }
        Value::Object(members) => {
            feed_length(hasher, b'o', members.len());
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            for (name, member) in sorted {
                feed_text(hasher, b'm', name);
                feed(hasher, member);
            }
        }
    }
}

fn feed_text(hasher: &mut Sha256, tag: u8, text: &str) {
    feed_length(hasher, tag, text.len());
    hasher.update(text.as_bytes());
}

fn feed_length(hasher: &mut Sha256, tag: u8, length: usize) {
    hasher.update([tag]);
    hasher.update((length as u64).to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::{compact, content_hash};

    fn hash(json: &str) -> [u8; 32] {
        content_hash(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn white_space_goes_outside_strings_only() {
        assert_eq!(compact("{ \"a b\" : [ 1.50 ,\n \"x\\\" y\" ] }\t"), r#"{"a b":[1.50,"x\" y"]}"#);
        assert_eq!(compact(r#"{"é":" ü "}"#), r#"{"é":" ü "}"#);
    }

    #[test]
    fn member_order_does_not_count_and_everything_else_does() {
        assert_eq!(hash(r#"{"a":1,"b":{"c":2,"d":3}}"#), hash(r#"{"b":{"d":3,"c":2},"a":1}"#));
        for (one, other) in [
            ("[1,2]", "[2,1]"),
            ("1", "\"1\""),
            ("0.1", "0.10"),
            ("9007199254740993", "9007199254740992"),
            ("{}", "[]"),
            (r#"["ab","c"]"#, r#"["a","bc"]"#),
        ] {
            assert_ne!(hash(one), hash(other), "{one} and {other}");
        }
    }
}
