//! Requests that a test expects, in order.

use serde_json::Value;

use super::{Answer, Sent, script};

/// A request that is expected next; [`answer`](Self::answer) adds it to the script.
#[derive(Debug)]
#[must_use = "an expectation counts only with its answer"]
pub struct Expectation {
    method: String,
    url: String,
    form: Vec<(String, Value)>,
    json: Option<Value>,
}

#[derive(Debug)]
pub(super) struct Expected {
    pub expectation: Expectation,
    pub answer: Answer,
}

impl Expectation {
    pub(super) fn new(method: &str, url: &str) -> Self {
        Self { method: method.into(), url: url.into(), form: Vec::new(), json: None }
    }

    /// A field of the form-encoded body: text, or JSON in a field.
    pub fn form(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.form.push((field.into(), value.into()));
        self
    }

    /// The whole JSON body.
    pub fn json(mut self, body: Value) -> Self {
        self.json = Some(body);
        self
    }

    /// What the vendor answers.
    pub fn answer(self, answer: Answer) {
        script::with(|script| script.expected.push_back(Expected { expectation: self, answer }));
    }

    pub(super) fn check(&self, sent: &Sent) {
        assert_eq!((&sent.method, &sent.url), (&self.method, &self.url), "another request was due");
        for (field, expected) in &self.form {
            match expected {
                Value::String(text) => {
                    assert_eq!(sent.form(field).as_ref(), Some(text), "form field `{field}`");
                }
                json => assert_eq!(&sent.form_json(field), json, "form field `{field}`"),
            }
        }
        if let Some(json) = &self.json {
            assert_eq!(&sent.json(), json, "JSON body");
        }
    }
}
