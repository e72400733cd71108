//! Values that may appear once, in a connection or in all connections of a connector.
//!
//! What stands in one configuration is judged here; over connections the database decides, since two
//! may be made in the same moment.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use super::{document::Spec, fields::Field, placeholders::text_of, problem::Problem};

/// Codes, names and numbers are shorter, and it fits into an index of either database.
const MOST_BYTES: usize = 500;

/// The rule of a field.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Unique {
    pub within: Within,
    #[serde(default)]
    pub on_repeat: OnRepeat,
    pub hint: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Within {
    Connection,
    Connector,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnRepeat {
    #[default]
    Refuse,
    Warn,
}

/// A value under a rule, where it stands in a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UniqueValue {
    /// As [`Field::name`] gives it.
    pub field: String,
    pub pointer: String,
    /// As text: numbers and texts that read alike are the same value.
    pub value: String,
    pub rule: Unique,
}

impl UniqueValue {
    pub fn refuses(&self) -> bool {
        self.rule.on_repeat == OnRepeat::Refuse
    }

    /// A sentence for a repeat, without the hint; `elsewhere` says where else the value stands.
    pub fn repeated(&self, elsewhere: &str) -> String {
        format!("`{}` stands {elsewhere} too, and `{}` may hold a value once", self.value, self.field)
    }

    /// The same with the hint.
    pub fn repeated_with_hint(&self, elsewhere: &str) -> String {
        let hint = self.rule.hint.as_ref().map(|hint| format!(": {hint}")).unwrap_or_default();
        format!("{}{hint}", self.repeated(elsewhere))
    }
}

impl Spec {
    /// Values that other connections of the connector are compared with. `config` with defaults.
    pub fn values_unique_in_connector(&self, config: &Value) -> Vec<UniqueValue> {
        let mut values = self.unique_values(config);
        values.retain(|value| value.rule.within == Within::Connector);
        values
    }

    /// Values that stand a second time in one configuration, with the sentence that says so. `config`
    /// with defaults.
    pub fn repeats(&self, config: &Value) -> Vec<(UniqueValue, String)> {
        let mut first: HashMap<(String, String), String> = HashMap::new();
        let mut repeats = Vec::new();
        for value in self.unique_values(config) {
            let known = first.entry((value.field.clone(), value.value.clone()));
            let place = known.or_insert_with(|| value.pointer.clone());
            if *place != value.pointer {
                let sentence = value.repeated_with_hint(&format!("at {place}"));
                repeats.push((value, sentence));
            }
        }
        repeats
    }

    /// What the rules refuse in one configuration.
    pub(super) fn repeated_values(&self, config: &Value) -> Vec<Problem> {
        let refused = self.repeats(config).into_iter().filter(|(value, _)| value.refuses());
        let refused = refused.map(|(value, sentence)| Problem::new(value.pointer, sentence));
        let values = self.unique_values(config).into_iter();
        let long = values.filter(|value| value.value.len() > MOST_BYTES).map(|value| {
            let message = format!("a value that is compared with others has at most {MOST_BYTES} bytes");
            Problem::new(value.pointer, message)
        });
        refused.chain(long).collect()
    }

    fn unique_values(&self, config: &Value) -> Vec<UniqueValue> {
        let ruled = self.fields().filter_map(|field| Some((field, field.unique()?)));
        ruled.flat_map(|(field, rule)| values(field, &rule, config)).collect()
    }
}

fn values(field: Field<'_>, rule: &Unique, config: &Value) -> Vec<UniqueValue> {
    let value = |(pointer, value): (String, &Value)| UniqueValue {
        field: field.name(),
        pointer,
        value: text_of(value).unwrap_or_else(|| value.to_string()),
        rule: rule.clone(),
    };
    field.values(config).into_iter().map(value).collect()
}
