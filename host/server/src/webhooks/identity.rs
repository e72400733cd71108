//! What tells a repeat of a delivery, and what keeps deliveries in order.

use serde_json::Value;
use sha2::{Digest, Sha256};
use windlass_db::Repeats;
use windlass_sandbox::spec::Webhook;

use super::Arrived;

/// Longer values are kept by their hash: a database's index takes no longer ones.
const MOST_ORDERING_BYTES: usize = 200;

#[derive(Debug, PartialEq, Eq)]
pub struct Identity {
    pub bytes: Vec<u8>,
    pub repeats: Repeats,
    pub event_id: Option<String>,
    pub ordering: Option<String>,
}

/// By the vendor's event id; without one by method, query and body.
pub fn of(declared: &Webhook, arrived: &Arrived) -> Identity {
    let pointers = (declared.event_id.as_deref(), declared.ordering.as_deref());
    let json = if pointers == (None, None) { None } else { arrived.json() };
    let text = |pointer: Option<&str>| json.as_ref().and_then(|json| text_at(json, pointer?));
    let (event_id, ordering) = (text(pointers.0), text(pointers.1));
    let window = declared.repeat_window_seconds.map(|seconds| i64::from(seconds) * 1_000);
    let (bytes, repeats) = match (&event_id, window) {
        (Some(id), _) => (hash(&[b"event", id.as_bytes()]), Repeats::Always),
        (None, window) => {
            let parts = [b"body", arrived.method.as_bytes(), arrived.query.as_bytes(), &arrived.body];
            (hash(&parts), window.map_or(Repeats::WhileWaiting, Repeats::Within))
        }
    };
    Identity { bytes, repeats, event_id, ordering: ordering.map(bounded) }
}

/// A text or a number; without NUL, which no database takes.
fn text_at(json: &Value, pointer: &str) -> Option<String> {
    match json.pointer(pointer)? {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.replace('\0', "\u{fffd}")),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn bounded(ordering: String) -> String {
    if ordering.len() <= MOST_ORDERING_BYTES {
        return ordering;
    }
    hash(&[ordering.as_bytes()]).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// With their lengths, so that no two lists feed the same bytes.
fn hash(parts: &[&[u8]]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn identity(webhook: Value, body: &str) -> Identity {
        let mut declared = json!({ "name": "orders", "verify": { "kind": "address" } });
        declared.as_object_mut().unwrap().extend(webhook.as_object().cloned().unwrap());
        let declared = serde_json::from_value(declared).unwrap();
        let body = body.to_owned().into();
        of(&declared, &Arrived { method: "POST".into(), query: "a=1".into(), headers: Vec::new(), body })
    }

    #[test]
    fn an_event_id_tells_a_repeat_for_good() {
        let by_id = |body: &str| identity(json!({ "event-id": "/event/id" }), body);
        let (one, other) = (by_id(r#"{"event":{"id":7},"try":1}"#), by_id(r#"{"event":{"id":"7"},"try":2}"#));
        assert_eq!(
            (&one.bytes, one.repeats, one.event_id.as_deref()),
            (&other.bytes, Repeats::Always, Some("7"))
        );
        assert_ne!(one.bytes, by_id(r#"{"event":{"id":8}}"#).bytes);
        let without = by_id(r#"{"event":{"id":""}}"#);
        assert_eq!((without.repeats, without.event_id), (Repeats::WhileWaiting, None));
    }

    #[test]
    fn without_one_an_equal_body_does() {
        let one = identity(json!({}), "x");
        assert_eq!((&one.bytes, one.repeats), (&identity(json!({}), "x").bytes, Repeats::WhileWaiting));
        assert_ne!(one.bytes, identity(json!({}), "y").bytes);
        let within = identity(json!({ "repeat-window-seconds": 60 }), "x");
        assert_eq!((within.bytes, within.repeats), (one.bytes, Repeats::Within(60_000)));
    }

    #[test]
    fn ordering_is_a_value_that_databases_take() {
        let ordering = |body: Value| identity(json!({ "ordering": "/o" }), &body.to_string()).ordering;
        assert_eq!(ordering(json!({ "o": "a\0b" })).as_deref(), Some("a\u{fffd}b"));
        assert_eq!(ordering(json!({ "o": 12.50 })).as_deref(), Some("12.5"));
        assert_eq!(ordering(json!({ "o": null })), None);
        assert_eq!(ordering(json!({ "o": "x".repeat(201) })).unwrap().len(), 64);
    }
}
