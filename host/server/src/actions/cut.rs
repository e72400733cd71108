//! Takes the secret values out of a JSON value.

use serde_json::Value;
use windlass_sandbox::{egress::MARK, spec::secret_places};

/// Takes out what the schema says is secret, and leaves a mark in its place.
pub(super) fn cut(value: &mut Value, schema: &Value) -> Vec<Value> {
    let places = secret_places(schema, value);
    let take = |pointer: String| Some(std::mem::replace(value.pointer_mut(&pointer)?, Value::from(MARK)));
    places.into_iter().filter_map(take).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::cut;

    #[test]
    fn a_mark_takes_the_place_of_a_secret() {
        let mut value =
            serde_json::from_str(r#"{"b":1.50,"pass/word":"x","list":[21.60,{"pin":12}],"a":"y"}"#).unwrap();
        let secret = json!({ "secret": true });
        let pins = json!({ "items": { "properties": { "pin": secret } } });
        let schema = json!({ "properties": { "pass/word": secret, "gone": secret, "list": pins } });
        assert_eq!(cut(&mut value, &schema), [json!(12), json!("x")]);
        let shown = r#"{"b":1.50,"pass/word":"[secret]","list":[21.60,{"pin":"[secret]"}],"a":"y"}"#;
        assert_eq!(value.to_string(), shown);
    }
}
