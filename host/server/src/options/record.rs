//! An option, as a record tells it.

use serde_json::Value;
use windlass_sandbox::spec::OptionsFrom;

use super::Known;

/// Something that may be chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// What the configuration holds when it is chosen: text or a number, as the record has it.
    pub value: Value,
    pub label: Option<String>,
    pub active: bool,
}

impl Choice {
    /// None if the record has no such value.
    pub fn of(from: &OptionsFrom, record: &str) -> Option<Choice> {
        let record: Value = serde_json::from_str(record).ok()?;
        let value = record.pointer(&from.value).filter(|value| !value.is_null())?.clone();
        let label = from.label.as_ref().and_then(|label| record.pointer(label));
        let label = label.filter(|label| !label.is_null()).map(text);
        let active = from.active.as_ref().and_then(|active| record.pointer(active)).is_none_or(is_active);
        Some(Choice { value, label, active })
    }

    /// Numbers and texts that read alike are the same value.
    pub fn is(&self, value: &Value) -> bool {
        text(&self.value) == text(value)
    }

    /// `wanted` in lower case.
    pub fn holds(&self, wanted: &str) -> bool {
        let has = |text: &str| text.to_lowercase().contains(wanted);
        has(&text(&self.value)) || self.label.as_deref().is_some_and(has)
    }

    pub fn known(&self) -> Known {
        Known::Yes { label: self.label.clone(), active: self.active }
    }
}

/// A value as people read it: text without quotes, everything else as JSON.
pub fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn is_active(mark: &Value) -> bool {
    !matches!(text(mark).as_str(), "0" | "false")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn from() -> OptionsFrom {
        let text = |pointer: &str| Some(pointer.to_owned());
        OptionsFrom {
            stream: "warehouses".into(),
            value: "/id".into(),
            label: text("/warehouse"),
            active: text("/active"),
        }
    }

    #[test]
    fn a_record_is_an_option() {
        let check = |record: Value, expected: Option<(Value, Option<&str>, bool)>| {
            let choice = Choice::of(&from(), &record.to_string());
            let found = choice.map(|choice| (choice.value, choice.label, choice.active));
            assert_eq!(
                found,
                expected.map(|(value, label, active)| (value, label.map(str::to_owned), active))
            );
        };
        check(json!({ "id": 7, "warehouse": "Main", "active": 1 }), Some((json!(7), Some("Main"), true)));
        check(json!({ "id": "7", "warehouse": null }), Some((json!("7"), None, true)));
        for off in [json!(0), json!("0"), json!(false)] {
            check(json!({ "id": 7, "warehouse": 3, "active": off }), Some((json!(7), Some("3"), false)));
        }
        check(json!({ "warehouse": "Main" }), None);
        check(json!({ "id": null }), None);
    }

    #[test]
    fn values_that_read_alike_are_one() {
        let choice = Choice::of(&from(), r#"{"id":7,"warehouse":"Äußeres Lager"}"#).unwrap();
        assert!(choice.is(&json!("7")) && choice.is(&json!(7)) && !choice.is(&json!(70)));
        assert!(choice.holds("äuß") && choice.holds("7") && !choice.holds("main"));
    }
}
