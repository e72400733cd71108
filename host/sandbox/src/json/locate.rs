//! Finding values at JSON Pointers without building the rest of the document.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A JSON Pointer: `/a~1b/0` as its unescaped steps.
pub(crate) struct Pointer(Vec<String>);

impl Pointer {
    pub fn parse(pointer: &str) -> Result<Pointer, String> {
        if pointer.is_empty() {
            return Ok(Pointer(Vec::new()));
        }
        let Some(rest) = pointer.strip_prefix('/') else {
            return Err(format!("`{pointer}` is not a JSON Pointer: it must be empty or begin with /"));
        };
        Ok(Pointer(rest.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect()))
    }
}

/// The text of the value at the pointer, or none if the document has nothing there. An error if the
/// document is not JSON.
pub(crate) fn locate<'a>(document: &'a str, pointer: &Pointer) -> Result<Option<&'a str>, String> {
    Ok(locate_each(document, std::slice::from_ref(pointer))?.pop().flatten())
}

/// The same for several pointers, reading the document once.
pub(crate) fn locate_each<'a>(
    document: &'a str,
    pointers: &[Pointer],
) -> Result<Vec<Option<&'a str>>, String> {
    let mut found = vec![None; pointers.len()];
    let wanted = pointers.iter().map(|pointer| pointer.0.as_slice()).enumerate().collect();
    let mut parser = serde_json::Deserializer::from_str(document);
    let read = Level { wanted, found: &mut found }.deserialize(&mut parser);
    read.and_then(|()| parser.end()).map_err(|error| format!("not JSON: {error}"))?;
    Ok(found.into_iter().map(|found| found.map(RawValue::get)).collect())
}

/// One value of the document, and what is wanted of it: the steps that are left, and where the value goes.
struct Level<'p, 'f, 'de> {
    wanted: Vec<(usize, &'p [String])>,
    found: &'f mut [Option<&'de RawValue>],
}

impl<'p, 'f, 'de> Level<'p, 'f, 'de> {
    /// What is wanted of a member or an element; none if nothing is.
    fn below(&mut self, step: impl Fn(&str) -> bool) -> Option<Level<'p, '_, 'de>> {
        let steps = self.wanted.iter().filter_map(|(to, steps)| Some((*to, steps.split_first()?)));
        let wanted: Vec<_> =
            steps.filter(|(_, (first, _))| step(first)).map(|(to, (_, rest))| (to, rest)).collect();
        match wanted.is_empty() {
            true => None,
            false => Some(Level { wanted, found: self.found }),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Level<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> Result<(), D::Error> {
        // Of a name that stands twice the last counts.
        self.wanted.iter().for_each(|(to, _)| self.found[*to] = None);
        if self.wanted.iter().all(|(_, steps)| !steps.is_empty()) {
            return deserializer.deserialize_any(self);
        }
        let whole: &RawValue = serde::Deserialize::deserialize(deserializer)?;
        self.wanted.retain(|(to, steps)| {
            if steps.is_empty() {
                self.found[*to] = Some(whole);
            }
            !steps.is_empty()
        });
        match self.wanted.is_empty() {
            true => Ok(()),
            // Somebody wants something inside of it, too.
            false => self
                .deserialize(&mut serde_json::Deserializer::from_str(whole.get()))
                .map_err(D::Error::custom),
        }
    }
}

/// Values that hold nothing: the pointers lead nowhere.
macro_rules! nothing_in {
    ($($visit:ident: $type:ty),*) => {
        $(fn $visit<E: Error>(self, _: $type) -> Result<(), E> { Ok(()) })*
    };
}

impl<'de> Visitor<'de> for Level<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut first = true;
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            // A number of arbitrary precision shows itself as a map with one private member.
            if first && name.starts_with("$serde_json::private") {
                map.next_value::<IgnoredAny>()?;
                return Ok(());
            }
            first = false;
            match self.below(|step| step == name) {
                Some(level) => map.next_value_seed(level)?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        for at in 0_usize.. {
            let element = match self.below(|step| step.parse() == Ok(at)) {
                Some(level) => seq.next_element_seed(level)?,
                None => seq.next_element::<IgnoredAny>()?.map(drop),
            };
            if element.is_none() {
                break;
            }
        }
        Ok(())
    }

    nothing_in!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Pointer, locate_each};

    fn locate<'a>(document: &'a str, pointer: &str) -> Result<Option<&'a str>, String> {
        super::locate(document, &Pointer::parse(pointer)?)
    }

    #[test]
    fn several_values_are_found_at_once() {
        let document = r#"{"a": {"b": 1, "c": [2, 3]}, "d": "e", "a b": 4}"#;
        let pointers = ["/d", "/a/c/1", "/a", "/x", "", "/a b", "/a/b", "/d"];
        let parsed: Vec<_> = pointers.iter().map(|pointer| Pointer::parse(pointer).unwrap()).collect();
        let expected = pointers.map(|pointer| locate(document, pointer).unwrap());
        assert_eq!(expected[..3], [Some(r#""e""#), Some("3"), Some(r#"{"b": 1, "c": [2, 3]}"#)]);
        assert_eq!(locate_each(document, &parsed).unwrap(), expected);
    }

    #[test]
    fn of_a_name_that_stands_twice_the_last_counts() {
        check(r#"{"a": {"b": 1}, "a": {"b": 2}}"#, "/a/b", Some("2"));
        check(r#"{"a": {"b": 1}, "a": {}}"#, "/a/b", None);
        check(r#"{"a": 1, "a": null}"#, "/a", Some("null"));
    }

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
