//! A decimal number that keeps the digits it was given with: a price, an amount.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Number, Value};

/// Given as a number, or as decimal text where a program's numbers are binary floats; sent as a number.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Decimal(Number);

impl Decimal {
    /// Whether it is written with digits and a point alone. JSON knows `1e2`; XML's decimals do not.
    pub fn is_plain(&self) -> bool {
        !self.0.to_string().contains(['e', 'E'])
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Number(number) => Ok(Self(number)),
            Value::String(text) => text
                .parse()
                .map(Self)
                .map_err(|_| D::Error::custom(format!("`{text}` is no decimal number such as 21.6"))),
            other => Err(D::Error::custom(format!("a number or decimal text is needed, not {other}"))),
        }
    }
}

impl JsonSchema for Decimal {
    fn schema_name() -> Cow<'static, str> {
        "Decimal".into()
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
    fn a_number_keeps_its_digits() {
        for (given, sent) in
            [("21.6", "21.6"), ("32", "32"), (r#""21.60""#, "21.60"), ("0.10", "0.10"), ("32.0", "32.0")]
        {
            let number: Decimal = serde_json::from_str(given).unwrap();
            assert_eq!(serde_json::to_string(&number).unwrap(), sent);
            assert_eq!((number.to_string(), number.is_plain()), (sent.to_owned(), true));
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for given in [r#""21,60""#, r#""""#, "true", "null", r#"" 1""#] {
            assert!(serde_json::from_str::<Decimal>(given).is_err(), "{given}");
        }
    }

    #[test]
    fn an_exponent_is_not_plain() {
        assert!(!serde_json::from_str::<Decimal>("1e2").unwrap().is_plain());
    }
}
