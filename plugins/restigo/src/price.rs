//! A price: a decimal number that keeps the digits it was given with.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Number, Value};

/// Given as a number, or as decimal text where a program's numbers are binary floats; sent as a number.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Price(Number);

impl<'de> Deserialize<'de> for Price {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Number(number) => Ok(Self(number)),
            Value::String(text) => text
                .parse()
                .map(Self)
                .map_err(|_| D::Error::custom(format!("`{text}` is no decimal number such as 21.6"))),
            other => Err(D::Error::custom(format!("a price is a number or decimal text, not {other}"))),
        }
    }
}

impl JsonSchema for Price {
    fn schema_name() -> Cow<'static, str> {
        "Price".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["number", "string"],
            "minimum": 0,
            "pattern": r"^(0|[1-9][0-9]*)(\.[0-9]+)?$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_keeps_its_digits() {
        for (given, sent) in
            [("21.6", "21.6"), ("32", "32"), (r#""21.60""#, "21.60"), ("0.10", "0.10"), ("32.0", "32.0")]
        {
            let price: Price = serde_json::from_str(given).unwrap();
            assert_eq!(serde_json::to_string(&price).unwrap(), sent);
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for given in [r#""21,60""#, r#""""#, "true", "null", r#"" 1""#] {
            assert!(serde_json::from_str::<Price>(given).is_err(), "{given}");
        }
    }
}
