//! The place of a secret in a configuration.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// Declares a secret property. An operator sets it, the host stores it encrypted and attaches it to
/// requests as the spec's [`Auth`](crate::spec::Auth) says; it never arrives here, so there is
/// nothing to read in this type.
///
/// Not for actions: a secret of an input or output does arrive, as a plain type with a mark on its field
/// ([`Action::new`](crate::spec::Action::new)).
///
/// `Option<Secret>` declares one that an operator may leave out. A secret user name is marked with
/// `#[schemars(extend("identifier" = true))]`.
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
    /// Serde hands a missing field to a type that asks for an option, so a secret is read from its
    /// absence.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_option(Absent)
    }
}

struct Absent;

impl<'de> de::Visitor<'de> for Absent {
    type Value = Secret;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(
            "no secret: a host never hands one of the configuration to a component; \
             in an action's input, mark a plain field as secret",
        )
    }

    fn visit_none<E: de::Error>(self) -> Result<Secret, E> {
        Ok(Secret)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Secret, E> {
        Ok(Secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Config {
        token: Secret,
        name: String,
    }

    #[test]
    fn a_secret_is_read_from_its_absence() {
        let config: Config = serde_json::from_str(r#"{"name":"a"}"#).unwrap();
        assert_eq!(config, Config { token: Secret, name: "a".into() });
    }

    #[test]
    fn a_secret_that_arrives_is_refused_without_showing_it() {
        let error = serde_json::from_str::<Config>(r#"{"name":"a","token":"t0p"}"#).unwrap_err();
        assert!(
            error.to_string().contains("never hands one") && !error.to_string().contains("t0p"),
            "{error}"
        );
    }
}
