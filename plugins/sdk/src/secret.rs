//! The place of a secret in a configuration.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Declares a secret property. An operator sets it, the host stores it encrypted and attaches it to
/// requests as the spec's [`Auth`](crate::spec::Auth) says; it never arrives here, so there is
/// nothing to read in this type.
///
/// Not for actions: a secret of an input or output does arrive, as a plain type with a mark on its field:
/// `#[schemars(extend("secret" = true))]`.
///
/// `Option<Secret>` declares one that an operator may leave out, and is `Some` when it is set. A secret
/// user name is marked with `#[schemars(extend("identifier" = true))]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Secret;

impl JsonSchema for Secret {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Secret".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "secret": true, "minLength": 1 })
    }
}

impl<'de> Deserialize<'de> for Secret {
    /// Where a secret is set, the host says `true`. Serde hands a missing field to a type that asks for an
    /// option, so one that is required is read from its absence, too.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Option::<Value>::deserialize(deserializer)? {
            None | Some(Value::Bool(true)) => Ok(Secret),
            Some(_) => Err(D::Error::custom(
                "a secret arrived, and a host never hands one of the configuration to a component; in an \
                 action's input, mark a plain field as secret",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Config {
        token: Secret,
        password: Option<Secret>,
    }

    fn read(json: &str) -> Result<Config, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn a_secret_is_read_from_its_absence_and_an_optional_one_from_its_mark() {
        let check = |json: &str, password: Option<Secret>| {
            assert_eq!(read(json).unwrap(), Config { token: Secret, password }, "{json}");
        };
        check("{}", None);
        check(r#"{"token":true}"#, None);
        check(r#"{"token":true,"password":true}"#, Some(Secret));
    }

    #[test]
    fn a_secret_that_arrives_is_refused_without_showing_it() {
        for json in [r#"{"token":"t0p"}"#, r#"{"password":"t0p"}"#, r#"{"token":false}"#] {
            let error = read(json).unwrap_err();
            assert!(error.contains("never hands one") && !error.contains("t0p"), "{error}");
        }
    }
}
