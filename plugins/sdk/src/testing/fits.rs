//! Values against JSON Schemas, and configurations without their secrets.

use serde_json::{Value, json};

/// Why a value does not fit a schema, with the JSON Pointer of the place.
pub(super) fn check(schema: &Value, value: &Value) -> Result<(), String> {
    differences(&compile(schema), value)
}

/// A schema made ready for many values.
pub(super) fn compile(schema: &Value) -> jsonschema::Validator {
    jsonschema::validator_for(schema).unwrap_or_else(|why| panic!("not a JSON Schema: {why}"))
}

/// As [`check`], with a schema made ready.
pub(super) fn differences(validator: &jsonschema::Validator, value: &Value) -> Result<(), String> {
    validator.validate(value).map_err(|error| format!("{} at `{}`", error, error.instance_path()))
}

/// A configuration with a value for every secret, since a schema may require those.
pub(super) fn with_secrets(schema: &Value, config: &Value) -> Value {
    let mut config = config.clone();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if property["secret"] == json!(true) {
            config[name] = json!("a secret of the test");
        }
    }
    config
}
