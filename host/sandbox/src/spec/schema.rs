//! JSON Schemas of records, inputs, outputs and configurations, compiled once and run often.

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

use super::{problem::Problem, unfold};

/// A pattern's compiled size. The largest useful ones (dates, e-mail addresses) take 100 KiB.
const MAX_PATTERN_BYTES: usize = 1 << 20;

/// More complaints about one value help nobody.
const MAX_PROBLEMS: usize = 50;

/// A compiled schema. Patterns run in linear time and nothing outside of the schema is fetched, so
/// a schema of a stranger cannot hang the host or make it talk.
#[derive(Debug)]
pub struct Schema {
    validator: Validator,
}

/// The schema itself is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SchemaError(pub Problem);

impl Schema {
    /// Reads a JSON Schema, draft 2020-12 unless its `$schema` says otherwise.
    pub fn compile(schema: &Value) -> Result<Schema, SchemaError> {
        unfold::check(schema).map_err(SchemaError)?;
        let patterns =
            PatternOptions::regex().size_limit(MAX_PATTERN_BYTES).dfa_size_limit(MAX_PATTERN_BYTES);
        jsonschema::options()
            .with_pattern_options(patterns)
            .offline()
            .build(schema)
            .map(|validator| Schema { validator })
            .map_err(|error| SchemaError(Problem::from_mismatch(&error)))
    }

    /// The first place that does not fit, as JSON Pointer, and why. The value is not repeated.
    pub fn first_mismatch(&self, value: &Value) -> Option<(String, String)> {
        if self.validator.is_valid(value) {
            return None;
        }
        let problem = Problem::from_mismatch(&self.validator.validate(value).err()?);
        Some((problem.pointer, problem.message))
    }

    /// The places that do not fit.
    pub(crate) fn problems(&self, value: &Value) -> Vec<Problem> {
        self.validator
            .iter_errors(value)
            .take(MAX_PROBLEMS)
            .map(|error| Problem::from_mismatch(&error))
            .collect()
    }
}
