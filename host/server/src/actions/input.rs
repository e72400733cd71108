//! An action's input, as its run keeps it.

use serde_json::{Value, json};
use windlass_sandbox::{
    compact, content_hash,
    spec::{Action, Schema},
};

use super::{Misfit, Part, SealedInput, Sealer, cut::cut, fitting};

/// An input that fits its schema.
pub struct Input {
    /// For the run: as it was given, numbers and member order too. With secrets: what it means, with a mark in
    /// the place of each.
    pub text: String,
    pub sealed: Option<Vec<u8>>,
    /// The value at the action's `ordering`.
    pub ordering: Option<String>,
    /// As an earlier version of the connector, to which the input was a secret or was none, hashed it too.
    hashes: [String; 2],
}

impl Input {
    /// Reads the body of a request.
    pub fn read(action: &Action, schema: &Schema, body: &[u8], sealer: &Sealer<'_>) -> Result<Input, Misfit> {
        let not_text = |_| Misfit { pointer: String::new(), message: "this is not UTF-8".to_owned() };
        let text = std::str::from_utf8(body).map_err(not_text)?;
        let mut value = fitting(schema, text)?;
        let hash: String = content_hash(&value).iter().map(|byte| format!("{byte:02x}")).collect();
        let secrets = cut(&mut value, &action.input);
        let ordering = action.ordering.as_deref().and_then(|pointer| ordering(&value, pointer));
        let keyed = sealer.keyed(&hash);
        if secrets.is_empty() {
            return Ok(Input { text: compact(text), sealed: None, ordering, hashes: [hash, keyed] });
        }
        let whole = json!(SealedInput { text: compact(text), secrets });
        let sealed = Some(sealer.seal(Part::Input, &whole.to_string()));
        Ok(Input { text: value.to_string(), sealed, ordering, hashes: [keyed, hash] })
    }

    /// Tells a repeated input from another one. Keyed if something in it is secret: a short password could
    /// be guessed by a plain hash.
    pub fn hash(&self) -> &str {
        &self.hashes[0]
    }

    pub fn is_same(&self, hash: Option<&str>) -> bool {
        self.hashes.iter().any(|known| Some(known.as_str()) == hash)
    }
}

fn ordering(input: &Value, pointer: &str) -> Option<String> {
    match input.pointer(pointer)? {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use windlass_sandbox::spec::{Schema, Spec};

    use super::{Input, Part, SealedInput, Sealer};
    use crate::secrets::Keys;

    fn read(input_schema: &Value, body: &str, keys: &Keys) -> Input {
        let action = json!({ "name": "add", "input": input_schema, "output": {}, "repeat": "none", "ordering": "/id" });
        let spec = json!({ "spec": 1, "name": "a", "version": "1.0.0", "title": "A", "actions": [action] });
        let spec = Spec::parse(&spec.to_string()).unwrap();
        let schema = Schema::compile(input_schema).unwrap();
        let sealer = Sealer { keys, connection: 7, action: "add", key: "k/1" };
        Input::read(&spec.actions[0], &schema, body.as_bytes(), &sealer).unwrap()
    }

    #[test]
    fn a_secret_is_sealed_and_everything_else_stays_as_it_was_given() {
        let keys = Keys::of_tests(1);
        let schema = json!({ "properties": { "password": { "secret": true } } });
        let body = r#"{ "price": 1e400, "password": "hunter2", "id": "A" }"#;
        let input = read(&schema, body, &keys);
        assert_eq!(input.text, r#"{"price":1e+400,"password":"[secret]","id":"A"}"#);
        assert_eq!(input.ordering.as_deref(), Some("A"));
        let sealer = Sealer { keys: &keys, connection: 7, action: "add", key: "k/1" };
        let opened = sealer.open(Part::Input, input.sealed.as_deref().unwrap()).unwrap();
        let opened: SealedInput = serde_json::from_str(opened.expose()).unwrap();
        assert_eq!(opened.text, r#"{"price":1e400,"password":"hunter2","id":"A"}"#);
        assert_eq!(opened.secrets, ["hunter2"]);
        let other = Sealer { key: "k/2", ..sealer };
        assert!(other.open(Part::Input, input.sealed.as_deref().unwrap()).is_err(), "of another run");
        let plain = read(&json!({}), body, &keys);
        assert_eq!((plain.text.as_str(), plain.sealed.is_none()), (opened.text.as_str(), true));
    }

    #[test]
    fn the_hash_of_a_secret_input_needs_the_hosts_key() {
        let schema = json!({ "properties": { "pin": { "secret": true } } });
        let (ours, theirs) = (Keys::of_tests(1), Keys::of_tests(2));
        let input = read(&schema, r#"{"pin":1,"id":2}"#, &ours);
        assert!(input.is_same(Some(read(&schema, r#"{"id":2,"pin":1}"#, &ours).hash())));
        assert!(!input.is_same(Some(read(&schema, r#"{"pin":2,"id":2}"#, &ours).hash())));
        assert_ne!(input.hash(), read(&schema, r#"{"pin":1,"id":2}"#, &theirs).hash());
        let before = read(&json!({}), r#"{"pin":1,"id":2}"#, &ours);
        assert_ne!(input.hash(), before.hash());
        assert!(input.is_same(Some(before.hash())) && before.is_same(Some(input.hash())));
        assert!(!input.is_same(None));
    }
}
