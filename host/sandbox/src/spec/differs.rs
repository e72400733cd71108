//! Values that may not be the value of another property: a name that a connector needs for itself.

use serde::Deserialize;
use serde_json::Value;

use super::{document::Spec, placeholders::text_of, problem::Problem};

/// The rule of a field.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DiffersFrom {
    /// A property of the configuration that holds one value.
    pub property: String,
    hint: Option<String>,
}

impl Spec {
    /// What the rules refuse in one configuration. `config` with defaults.
    pub(super) fn equal_values(&self, config: &Value) -> Vec<Problem> {
        let ruled = self.fields().filter_map(|field| Some((field, field.differs_from()?)));
        let equal = ruled.flat_map(|(field, rule)| {
            let taken = config.get(&rule.property).filter(|value| !value.is_null()).and_then(text_of);
            let values = field.values(config).into_iter();
            let equal = values.filter(move |(_, value)| taken.is_some() && text_of(value) == taken);
            equal.map(move |(pointer, value)| {
                let hint = rule.hint.as_ref().map(|hint| format!(": {hint}")).unwrap_or_default();
                let value = text_of(value).unwrap_or_default();
                Problem::new(pointer, format!("`{value}` is the value of `{}` too{hint}", rule.property))
            })
        });
        equal.collect()
    }
}
