//! Finding the value at a JSON Pointer without building the rest of the document.

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The text of the value at `pointer`, or none if the document has nothing there. An error if the
/// document is not JSON.
pub(crate) fn locate<'a>(document: &'a str, pointer: &str) -> Result<Option<&'a str>, String> {
    let steps = steps(pointer)?;
    let mut parser = serde_json::Deserializer::from_str(document);
    let found = Step(&steps).deserialize(&mut parser).map_err(|e| format!("not JSON: {e}"))?;
    parser.end().map_err(|e| format!("not JSON: {e}"))?;
    Ok(found.map(RawValue::get))
}

/// `/a~1b/0` as its unescaped steps.
fn steps(pointer: &str) -> Result<Vec<String>, String> {
    if pointer.is_empty() {
        return Ok(Vec::new());
    }
    let Some(rest) = pointer.strip_prefix('/') else {
        return Err(format!("`{pointer}` is not a JSON Pointer: it must be empty or begin with /"));
    };
    Ok(rest.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect())
}

struct Step<'s>(&'s [String]);

impl<'de> DeserializeSeed<'de> for Step<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        match self.0 {
            [] => serde::Deserialize::deserialize(deserializer).map(Some),
            _ => deserializer.deserialize_any(self),
        }
    }
}

/// Values that hold nothing: the pointer leads nowhere.
macro_rules! nothing_in {
    ($($visit:ident: $type:ty),*) => {
        $(fn $visit<E: Error>(self, _: $type) -> Result<Self::Value, E> { Ok(None) })*
    };
}

impl<'de> Visitor<'de> for Step<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (step, rest) = (&self.0[0], &self.0[1..]);
        let mut found = None;
        let mut first = true;
        while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            // A number of arbitrary precision shows itself as a map with one private member.
            if first && name.starts_with("$serde_json::private") {
                map.next_value::<IgnoredAny>()?;
                return Ok(None);
            }
            first = false;
            if name == step.as_str() {
                found = map.next_value_seed(Step(rest))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let index = self.0[0].parse::<usize>().ok();
        let mut found = None;
        let mut at = 0;
        loop {
            if Some(at) == index {
                match seq.next_element_seed(Step(&self.0[1..]))? {
                    Some(value) => found = value,
                    None => break,
                }
            } else if seq.next_element::<IgnoredAny>()?.is_none() {
                break;
            }
            at += 1;
        }
        Ok(found)
    }

    nothing_in!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::locate;

    #[track_caller]
    fn check(document: &str, pointer: &str, expected: Option<&str>) {
        assert_eq!(locate(document, pointer).unwrap(), expected);
    }

    #[test]
    fn a_value_is_found_as_the_text_it_came_as() {
        check(r#"{"a": {"b": [1, 21.60, {"c": "é"}]}}"#, "/a/b/1", Some("21.60"));
        check(r#"{"a": {"b": [1, 2, {"c": "é"}]}}"#, "/a/b/2/c", Some(r#""é""#));
        check(r#"{"a~b": {"c/d": 1e400}}"#, "/a~0b/c~1d", Some("1e400"));
        check(" [1] ", "", Some("[1]"));
        check("null", "", Some("null"));
    }

    #[test]
    fn a_pointer_past_the_end_or_into_a_scalar_finds_nothing() {
        check(r#"{"a": 1.5}"#, "/a/b", None);
        check(r#"{"a": "x"}"#, "/b", None);
        check("[1, 2]", "/2", None);
        check("[1, 2]", "/x", None);
        check("true", "/x", None);
    }

    #[test]
    fn what_is_not_json_is_an_error() {
        assert!(locate("{\"a\": 1", "/a").is_err());
        assert!(locate("{} {}", "/a").is_err());
        assert!(locate("{}", "a").unwrap_err().contains("JSON Pointer"));
    }
}
