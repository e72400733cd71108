//! JSON Schemas of Rust types, in the form the spec wants them.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

/// The schema of a value that the component reads.
pub(super) fn of_input<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().for_deserialize();
    of::<T>(settings.with_transform(RecursiveTransform(left_out_is_not_null)))
}

/// The schema of a value that the component writes. What serde writes as null may be null.
pub(super) fn of_output<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    of::<T>(settings)
}

/// The schema of a configuration: one flat object that refuses properties it does not know, so that
/// a misspelt name is found when it is set.
pub(super) fn of_config<T: JsonSchema>() -> Value {
    let mut schema = of_input::<T>();
    if let Some(schema) = schema.as_object_mut() {
        schema.entry("additionalProperties").or_insert(json!(false));
        schema.remove("description");
    }
    schema
}

fn of<T: JsonSchema>(mut settings: SchemaSettings) -> Value {
    settings.inline_subschemas = true;
    settings.meta_schema = None;
    let generator = settings.with_transform(RecursiveTransform(lines_become_paragraphs)).into_generator();
    let mut schema = generator.into_root_schema_for::<T>();
    schema.remove("title");
    schema.to_value()
}

/// An optional property is left out, never null: people set it or they do not.
fn left_out_is_not_null(schema: &mut Schema) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if let Some(Value::Array(cases)) = schema.get_mut("anyOf") {
        cases.retain(|case| case != &json!({ "type": "null" }));
        if let [Value::Object(only)] = cases.as_slice() {
            let only = only.clone();
            schema.remove("anyOf");
            for (name, value) in only {
                schema.insert(name, value);
            }
        }
    }
    if schema.get("default") == Some(&Value::Null) {
        schema.remove("default");
    }
}

/// The lines of a doc comment are where its author's editor broke them; only an empty one means
/// something.
fn lines_become_paragraphs(schema: &mut Schema) {
    if let Some(Value::String(description)) = schema.get_mut("description") {
        let paragraphs = description.split("\n\n").map(|lines| lines.replace('\n', " "));
        *description = paragraphs.collect::<Vec<_>>().join("\n\n");
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::Secret;

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Config {
        /// Under
        /// Account.
        token: Secret,
        password: Option<Secret>,
        #[schemars(extend("options-from" = {"stream": "shops", "value": "/id", "label": "/name"}))]
        shop: Option<u32>,
        #[serde(default = "thirty")]
        days: u8,
        order: Option<Order>,
    }

    #[derive(Deserialize, JsonSchema)]
    #[serde(rename_all = "kebab-case")]
    enum Order {
        Oldest,
        Newest,
    }

    fn thirty() -> u8 {
        30
    }

    #[test]
    fn a_configuration_is_a_flat_object_without_null() {
        let schema = of_config::<Config>();
        assert_eq!(schema["required"], json!(["token"]));
        assert_eq!(schema["additionalProperties"], json!(false));
        let properties = &schema["properties"];
        assert_eq!(
            properties["token"],
            json!({"type": "string", "secret": true, "minLength": 1, "description": "Under Account."})
        );
        assert_eq!(properties["password"]["type"], json!("string"));
        assert_eq!(properties["password"]["secret"], json!(true));
        assert_eq!(properties["shop"]["type"], json!("integer"));
        assert_eq!(properties["shop"]["options-from"]["stream"], json!("shops"));
        assert_eq!(properties["days"]["default"], json!(30));
        assert_eq!(properties["order"], json!({"type": "string", "enum": ["oldest", "newest"]}));
    }

    #[derive(Deserialize, Serialize, JsonSchema)]
    struct Person {
        name: String,
        #[schemars(extend("secret" = true))]
        password: String,
        #[schemars(extend("secret" = true))]
        pin: Option<u32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(extend("secret" = true))]
        login: Option<Login>,
        codes: Vec<Code>,
    }

    #[derive(Deserialize, Serialize, JsonSchema)]
    struct Login {
        user: String,
    }

    #[derive(Deserialize, Serialize, JsonSchema)]
    struct Code {
        #[schemars(extend("secret" = true))]
        code: String,
    }

    #[test]
    fn a_field_of_an_input_or_output_is_marked_as_secret() {
        for schema in [of_input::<Person>(), of_output::<Person>()] {
            let secret = |pointer: &str| &schema.pointer(pointer).unwrap()["secret"];
            for name in ["password", "pin", "login", "codes/items/properties/code"] {
                assert_eq!(secret(&format!("/properties/{name}")), &json!(true), "{name} in {schema}");
            }
            assert_eq!(secret("/properties/name"), &Value::Null);
        }
    }

    #[test]
    fn an_output_may_be_null_where_serde_writes_null() {
        let pin = |schema: Value| schema["properties"]["pin"]["type"].clone();
        assert_eq!(pin(of_input::<Person>()), json!("integer"));
        let output = of_output::<Person>();
        assert_eq!(pin(output.clone()), json!(["integer", "null"]));
        assert_eq!(output["required"], json!(["name", "password", "pin", "codes"]));
    }
}
