//! Uniqueness over the connections of a connector: what the database compares, and how a repeat is told.

use serde_json::Value;
use windlass_db::DbError;
use windlass_sandbox::spec::{Spec, UniqueValue};

use crate::problem::Problem;

/// What the database compares. `config` with defaults.
pub fn unique_values(spec: &Spec, config: &Value) -> Vec<windlass_db::UniqueValue> {
    let compared = |value: UniqueValue| windlass_db::UniqueValue {
        refuses: value.refuses(),
        field: value.field,
        value: value.value,
        pointer: value.pointer,
    };
    spec.values_unique_in_connector(config).into_iter().map(compared).collect()
}

/// A refusal in the words of the rule; other errors as they are.
pub(super) fn refusal(spec: &Spec, config: &Value, error: DbError) -> Problem {
    let DbError::Repeated { pointer, connection, there, .. } = &error else { return error.into() };
    let rule = spec.values_unique_in_connector(config).into_iter().find(|value| value.pointer == *pointer);
    let Some(rule) = rule else { return error.into() };
    let detail = rule.repeated(&format!("in connection {connection} at {there}"));
    let hint = rule.rule.hint.clone().unwrap_or_else(|| {
        format!("give it another value, or take it out there with `windlass connection set {connection}`")
    });
    Problem { detail, ..Problem::from(error) }.hint(hint)
}

/// Sentences about values that stand twice although their rule only warns. `repeated` is what the
/// database found in other connections.
pub(super) fn warnings(spec: &Spec, config: &Value, repeated: &[windlass_db::RepeatedValue]) -> Vec<String> {
    let place = |pointer: &str, sentence: String| format!("{pointer}: {sentence}");
    let here = spec.repeats(config).into_iter().filter(|(value, _)| !value.refuses());
    let here = here.map(|(value, sentence)| place(&value.pointer, sentence));
    let values = spec.values_unique_in_connector(config);
    let elsewhere = repeated.iter().filter_map(|repeated| {
        let value = values.iter().find(|value| value.pointer == repeated.pointer)?;
        let sentence = value.repeated_with_hint(&format!("in connection {}", repeated.other));
        Some(place(&repeated.pointer, sentence))
    });
    here.chain(elsewhere).collect()
}
