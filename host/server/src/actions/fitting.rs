//! JSON texts that people, applications and connectors give, read by a schema.

use serde_json::Value;
use windlass_sandbox::{ambiguity, spec::Schema};

/// Why a JSON text is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Misfit {
    /// JSON Pointer; empty for the whole text.
    pub pointer: String,
    /// A sentence that does not repeat the value.
    pub message: String,
}

/// The value of a text that is JSON, means one thing only, and fits the schema.
pub fn fitting(schema: &Schema, text: &str) -> Result<Value, Misfit> {
    let misfit = |(pointer, message)| Misfit { pointer, message };
    let no_json = |error: serde_json::Error| misfit((String::new(), format!("this is not JSON: {error}")));
    serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(no_json)?;
    if let Some(found) = ambiguity(text) {
        return Err(misfit(found));
    }
    let value = serde_json::from_str(text).map_err(no_json)?;
    match schema.first_mismatch(&value) {
        None => Ok(value),
        Some(found) => Err(misfit(found)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use windlass_sandbox::spec::Schema;

    use super::fitting;

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let schema = Schema::compile(&json!({
            "type": "object", "required": ["id"], "additionalProperties": false,
            "properties": { "id": { "type": "integer" }, "lines": { "items": { "type": "string" } } },
        }));
        let schema = schema.unwrap();
        let check = |text: &str, pointer: &str, part: &str| {
            let misfit = fitting(&schema, text).unwrap_err();
            assert_eq!(misfit.pointer, pointer, "{text}: {misfit}");
            assert!(misfit.message.contains(part), "{misfit}");
        };
        check("{", "", "this is not JSON: EOF");
        check("{} {}", "", "this is not JSON: trailing");
        check("[]", "", "not of type \"object\"");
        check("{}", "/id", "`id` is required and missing");
        check(r#"{"id":"7"}"#, "/id", "not of type \"integer\"");
        check(r#"{"id":7,"lines":["a",1]}"#, "/lines/1", "not of type \"string\"");
        check(r#"{"id":7,"colour":1}"#, "/colour", "`colour` is not known here");
        check(r#"{"id":7,"id":8}"#, "/id", "stands here twice");
        assert_eq!(fitting(&schema, r#"{"id":7}"#).unwrap(), json!({ "id": 7 }));
    }
}
