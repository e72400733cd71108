//! Reading what vendors send in more than one form: ids as text or number, flags as `"0"` or
//! `true`, `[]` for an empty map. For what a connector reads itself; records stay as they came.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// An id that comes as text or as a number. Equal by its text; sent on in the form it came.
#[derive(Clone, Debug)]
pub struct Id {
    text: String,
    number: bool,
}

impl Id {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl PartialEq for Id {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Id {}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self { text, number: false }),
            Value::Number(number) => Ok(Self { text: number.to_string(), number: true }),
            other => Err(D::Error::custom(format!("an id is text or a number, not {other}"))),
        }
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.text.parse::<serde_json::Number>() {
            Ok(number) if self.number => number.serialize(serializer),
            _ => serializer.serialize_str(&self.text),
        }
    }
}

impl JsonSchema for Id {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Id".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["integer", "string"] })
    }
}

/// The text of a JSON text that holds a scalar; none for null, lists, maps and what is no JSON.
pub fn text(json: &str) -> Option<String> {
    match serde_json::from_str(json).ok()? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The whole number that a JSON text holds, as a number or as text.
pub fn integer(json: &str) -> Option<i64> {
    text(json)?.trim().parse().ok()
}

/// The flag that a JSON text holds: true and false, 1 and 0, each also as text; empty text is no.
pub fn flag(json: &str) -> Option<bool> {
    match text(json)?.trim() {
        "1" | "true" => Some(true),
        "0" | "false" | "" => Some(false),
        _ => None,
    }
}

/// For `#[serde(deserialize_with = "lenient::whole")]`: a whole number that comes as a number or as
/// text.
pub fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let id = Id::deserialize(deserializer)?;
    let number = id.text.trim().parse();
    number.map_err(|_| D::Error::custom(format!("`{id}` is no whole number")))
}

/// For `#[serde(deserialize_with = "lenient::map")]`: a map that comes as `[]` when it is empty.
pub fn map<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let value = match Value::deserialize(deserializer)? {
        Value::Array(elements) if elements.is_empty() => Value::Object(serde_json::Map::new()),
        value => value,
    };
    serde_json::from_value(value).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn ids_are_equal_by_text_and_keep_their_form() {
        let number: Id = serde_json::from_str("5").unwrap();
        let text: Id = serde_json::from_str(r#""5""#).unwrap();
        assert_eq!(number, text);
        assert_eq!(serde_json::to_string(&[number, text]).unwrap(), r#"[5,"5"]"#);
        assert!(serde_json::from_str::<Id>("true").is_err());
    }

    #[test]
    fn scalars_are_read_in_every_form() {
        assert_eq!(
            [integer("5"), integer(r#""5""#), integer(r#""""#), integer("null")],
            [Some(5), Some(5), None, None]
        );
        assert_eq!(
            [flag("true"), flag("0"), flag(r#""1""#), flag(r#""""#), flag("7")],
            [Some(true), Some(false), Some(true), Some(false), None]
        );
    }

    #[test]
    fn an_empty_list_is_an_empty_map() {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(deserialize_with = "map")]
            warnings: BTreeMap<String, String>,
        }
        let read = |json| serde_json::from_str::<Answer>(json).map(|answer| answer.warnings.len());
        assert_eq!(read(r#"{"warnings":[]}"#).unwrap(), 0);
        assert_eq!(read(r#"{"warnings":{"1":"no"}}"#).unwrap(), 1);
        assert!(read(r#"{"warnings":["no"]}"#).is_err());
    }
}
