//! Numbers that stand in the spec or come from the configuration.

use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Amount {
    Number(u32),
    /// `{property}`; [`Amount::property`] takes the braces away.
    Property(String),
}

impl Amount {
    /// The property that the number comes from; none if it stands in the spec.
    pub fn property(&self) -> Option<&str> {
        match self {
            Amount::Number(_) => None,
            Amount::Property(template) => Some(template.trim_matches(['{', '}'])),
        }
    }

    /// The number under a configuration. None when the property it names holds no whole number.
    pub fn value_in(&self, config: &Value) -> Option<u32> {
        match (self, self.property()) {
            (Amount::Number(number), _) => Some(*number),
            (_, Some(property)) => u32::try_from(config.get(property)?.as_u64()?).ok(),
            (_, None) => None,
        }
    }

    /// Whether the configuration says nothing where the number comes from.
    pub(super) fn is_unset(&self, config: &Value) -> bool {
        self.property().is_some_and(|property| config.get(property).is_none_or(Value::is_null))
    }
}

impl Default for Amount {
    fn default() -> Self {
        Amount::Number(0)
    }
}
