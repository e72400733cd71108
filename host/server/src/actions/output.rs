//! What an action returned, as its run keeps it.

use serde_json::Value;
use windlass_db::{Millis, Output, SealedOutput};
use windlass_sandbox::{
    compact,
    egress::MARK,
    spec::{Action, Schema},
};

use super::{Misfit, Part, Sealer, SecretTexts, cut::cut, fitting};

/// How long a secret output waits for the caller who asked for it: long enough for a program that was
/// restarted in between, and no longer.
const SECRET_OUTPUT_KEPT_MS: Millis = 10 * 60_000;

/// An output that was looked at.
pub struct Returned {
    pub output: Output,
    /// Why it does not fit the action's schema.
    pub misfit: Option<Misfit>,
}

impl Returned {
    /// `text` is JSON. What is secret in it is added to `texts`, and what is known there already is taken
    /// out of what is shown.
    pub fn read(
        action: &Action,
        schema: &Schema,
        text: &str,
        texts: &mut SecretTexts,
        sealer: &Sealer<'_>,
        now: Millis,
    ) -> Returned {
        let read = fitting(schema, text);
        let mut shown = match &read {
            Ok(value) => value.clone(),
            Err(_) => serde_json::from_str(text).unwrap_or_default(),
        };
        let whole = shown.clone();
        if read.is_err() && action.has_secret_output() {
            // Its secrets could stand anywhere.
            texts.add(&shown);
            shown = Value::from(MARK);
        }
        cut(&mut shown, &action.output).iter().for_each(|secret| texts.add(secret));
        let cleaner = texts.cleaner();
        cleaner.data(&mut shown);
        let output = match shown == whole {
            true => Output::open(compact(text)),
            false => sealed(&shown, text, sealer, now),
        };
        let clean = |misfit: Misfit| Misfit {
            pointer: cleaner.text(&misfit.pointer),
            message: cleaner.text(&misfit.message),
        };
        Returned { output, misfit: read.err().map(clean) }
    }
}

fn sealed(shown: &Value, whole: &str, sealer: &Sealer<'_>, now: Millis) -> Output {
    let bytes = sealer.seal(Part::Output, whole);
    Output {
        json: shown.to_string(),
        sealed: Some(SealedOutput { bytes, until: now + SECRET_OUTPUT_KEPT_MS }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use windlass_sandbox::spec::{Schema, Spec};

    use super::{Part, Returned, SECRET_OUTPUT_KEPT_MS, Sealer, SecretTexts};
    use crate::secrets::Keys;

    fn read(schema: &Value, text: &str, texts: &mut SecretTexts) -> (Returned, Option<String>) {
        let action = json!({ "name": "add", "input": {}, "output": schema, "repeat": "none" });
        let spec = json!({ "spec": 1, "name": "a", "version": "1.0.0", "title": "A", "actions": [action] });
        let spec = Spec::parse(&spec.to_string()).unwrap();
        let keys = Keys::of_tests(1);
        let sealer = Sealer { keys: &keys, connection: 7, action: "add", key: "k" };
        let schema = Schema::compile(schema).unwrap();
        let returned = Returned::read(&spec.actions[0], &schema, text, texts, &sealer, 5);
        let sealed = returned.output.sealed.as_ref();
        assert!(sealed.is_none_or(|sealed| sealed.until == 5 + SECRET_OUTPUT_KEPT_MS));
        let whole =
            sealed.map(|sealed| sealer.open(Part::Output, &sealed.bytes).unwrap().expose().to_owned());
        (returned, whole)
    }

    fn token() -> Value {
        json!({ "required": ["token"], "properties": { "token": { "type": "string", "secret": true } } })
    }

    #[test]
    fn an_output_without_secrets_is_kept_as_it_came() {
        let (returned, whole) = read(&json!({}), r#"{ "price": 21.60 }"#, &mut SecretTexts::default());
        assert_eq!((returned.output.json.as_str(), whole), (r#"{"price":21.60}"#, None));
        assert_eq!(returned.misfit, None);
    }

    #[test]
    fn a_secret_output_is_shown_without_it_and_sealed_whole() {
        let mut texts = SecretTexts::default();
        let text = r#"{"token":"t-123456","note":"use t-123456","n":1.0}"#;
        let (returned, whole) = read(&token(), text, &mut texts);
        assert_eq!(returned.output.json, r#"{"token":"[secret]","note":"use [secret]","n":1.0}"#);
        assert_eq!(whole.as_deref(), Some(text));
        assert_eq!(texts.cleaner().text("got t-123456"), "got [secret]");
    }

    #[test]
    fn a_secret_of_the_input_is_not_shown_in_the_output() {
        let mut texts = SecretTexts::default();
        texts.add(&json!("hunter22"));
        let (returned, whole) = read(&json!({}), r#"{"echo":"hunter22"}"#, &mut texts);
        assert_eq!(returned.output.json, r#"{"echo":"[secret]"}"#);
        assert_eq!(whole.as_deref(), Some(r#"{"echo":"hunter22"}"#));
    }

    #[test]
    fn an_output_that_does_not_fit_says_where_and_hides_what_could_be_secret() {
        let (returned, whole) =
            read(&token(), r#"{"data":{"token":"t-123456"}}"#, &mut SecretTexts::default());
        assert_eq!(returned.misfit.unwrap().pointer, "/token");
        assert_eq!(returned.output.json, r#""[secret]""#);
        assert_eq!(whole.as_deref(), Some(r#"{"data":{"token":"t-123456"}}"#));
        let (returned, whole) =
            read(&json!({ "type": "array" }), r#"{"a":1,"a":2}"#, &mut SecretTexts::default());
        assert!(returned.misfit.unwrap().message.contains("twice"));
        assert_eq!((returned.output.json.as_str(), whole), (r#"{"a":1,"a":2}"#, None));
    }
}
