//! The secret texts of one run that are known so far, and texts without them.

use std::collections::BTreeSet;

use serde_json::Value;
use windlass_sandbox::egress::{MARK, MIN_SECRET_BYTES_IN_DATA, Scrubber};

/// Looking for more than this would cost more memory than a call may have. Then nothing that could hold
/// one is written down at all.
const MOST_SEARCHED_BYTES: usize = 64 << 10;

#[derive(Debug, Default)]
pub struct SecretTexts {
    texts: BTreeSet<String>,
    bytes: usize,
}

/// Takes the secrets out of what is going to be written down.
pub enum Cleaner {
    /// There is nothing to take out.
    Idle,
    Searching(Box<Scrubber>),
    /// There are too many to look for.
    Blank,
}

impl SecretTexts {
    /// Everything in a secret value.
    pub fn add(&mut self, value: &Value) {
        self.add_from(value, 1);
    }

    /// What in a state could be a secret. Its parts are not declared, so that only those count that are
    /// long enough to be one.
    pub fn add_state(&mut self, state: &str) {
        match serde_json::from_str(state) {
            Ok(value) => self.add_from(&value, MIN_SECRET_BYTES_IN_DATA),
            Err(_) => self.push(state, MIN_SECRET_BYTES_IN_DATA),
        }
    }

    pub fn cleaner(&self) -> Cleaner {
        match self.bytes {
            0 => Cleaner::Idle,
            1..=MOST_SEARCHED_BYTES => {
                Cleaner::Searching(Box::new(Scrubber::of_texts(self.texts.iter().map(String::as_str))))
            }
            _ => Cleaner::Blank,
        }
    }

    fn add_from(&mut self, value: &Value, least: usize) {
        match value {
            Value::String(text) => self.push(text, least),
            Value::Number(number) => self.push(&number.to_string(), least),
            Value::Array(elements) => elements.iter().for_each(|element| self.add_from(element, least)),
            Value::Object(members) => members.iter().for_each(|(name, member)| {
                // The name of a member is a secret only where it looks like one.
                self.push(name, MIN_SECRET_BYTES_IN_DATA);
                self.add_from(member, least);
            }),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn push(&mut self, text: &str, least: usize) {
        if text.len() >= least && text != MARK && self.bytes <= MOST_SEARCHED_BYTES {
            let is_new = self.texts.insert(text.to_owned());
            self.bytes += if is_new { text.len() } else { 0 };
        }
    }
}

impl Cleaner {
    pub fn text(&self, text: &str) -> String {
        match self {
            Cleaner::Idle => text.to_owned(),
            Cleaner::Searching(scrubber) => scrubber.scrub_text(text),
            Cleaner::Blank => MARK.to_owned(),
        }
    }

    /// A JSON text, which stays one.
    pub fn json(&self, json: &str) -> Option<String> {
        let mut value = serde_json::from_str(json).ok()?;
        self.value(&mut value, &|text| self.text(text));
        Some(value.to_string())
    }

    /// Data that a caller relies on: only what is long enough to be no part of other data goes.
    pub fn data(&self, value: &mut Value) {
        let clean = |text: &str| match self {
            Cleaner::Searching(scrubber) => {
                String::from_utf8_lossy(&scrubber.scrub_data(text.as_bytes()).value).into_owned()
            }
            Cleaner::Idle | Cleaner::Blank => self.text(text),
        };
        self.value(value, &clean);
    }

    fn value(&self, value: &mut Value, clean: &impl Fn(&str) -> String) {
        match value {
            _ if matches!(self, Cleaner::Idle) => {}
            Value::String(text) => *text = clean(text),
            Value::Number(number) => {
                let (shown, text) = (clean(&number.to_string()), number.to_string());
                if shown != text {
                    *value = Value::String(shown);
                }
            }
            Value::Array(elements) => elements.iter_mut().for_each(|element| self.value(element, clean)),
            Value::Object(members) => {
                let cleaned = std::mem::take(members).into_iter().map(|(name, mut member)| {
                    self.value(&mut member, clean);
                    (clean(&name), member)
                });
                *members = cleaned.collect();
            }
            Value::Null | Value::Bool(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Cleaner, MARK, MOST_SEARCHED_BYTES, SecretTexts};

    fn cleaner(secret: &Value) -> Cleaner {
        let mut texts = SecretTexts::default();
        texts.add(secret);
        texts.cleaner()
    }

    #[test]
    fn secrets_are_taken_out_of_texts_and_json_stays_json() {
        let cleaner = cleaner(&json!({ "password": "hunter22", "pin": 1234, "codes": ["\"x\""] }));
        assert_eq!(cleaner.text("hunter22 and 1234, not 12345"), "[secret] and [secret], not 12345");
        let detail = r#"{"echo":"p=hunter22","pin":1234,"hunter22":[1],"ok":true,"n":1.50}"#;
        let clean = r#"{"echo":"p=[secret]","pin":"[secret]","[secret]":[1],"ok":true,"n":1.50}"#;
        assert_eq!(cleaner.json(detail).as_deref(), Some(clean));
        assert_eq!(cleaner.json("p=hunter22"), None);
    }

    #[test]
    fn data_loses_only_what_is_long() {
        let mut data = json!({ "echo": "xhunter22", "id": 1234, "long": 123_456 });
        cleaner(&json!(["hunter22", 1234, 123_456])).data(&mut data);
        assert_eq!(data, json!({ "echo": "x[secret]", "id": 1234, "long": "[secret]" }));
    }

    #[test]
    fn a_state_may_hold_secrets_where_it_holds_long_texts() {
        let mut texts = SecretTexts::default();
        texts.add_state(r#"{"step":"two","token":"0123456789ab"}"#);
        assert_eq!(texts.cleaner().text("step two of 0123456789ab"), "step two of [secret]");
        texts.add_state("no JSON, but long");
        assert_eq!(texts.cleaner().text("no JSON, but long!"), "[secret]!");
    }

    #[test]
    fn too_many_secrets_leave_nothing_to_be_written() {
        let many: Vec<String> = (0..=MOST_SEARCHED_BYTES / 10).map(|n| format!("secret-{n:08}")).collect();
        assert_eq!(cleaner(&json!(many)).text("harmless"), MARK);
        assert_eq!(SecretTexts::default().cleaner().text("harmless"), "harmless");
    }
}
