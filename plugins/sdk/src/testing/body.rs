//! Bodies as the host would hold and pick them.

use serde_json::Value;

use crate::http::Container;

/// A row and its key.
pub(super) type Row = (String, Value);

pub(super) fn parse(body: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(body).map_err(|error| format!("the body is not JSON: {error}"))
}

pub(super) fn pick(body: &Value, pointer: &str, container: Container, key: &str) -> Result<Vec<Row>, String> {
    let found = body.pointer(pointer).ok_or_else(|| format!("there is nothing at `{pointer}`"))?;
    match (container, found) {
        (Container::Elements, Value::Array(elements)) => {
            elements.iter().enumerate().map(|(at, row)| keyed(&at.to_string(), row, key)).collect()
        }
        (Container::Members, Value::Object(members)) if key.is_empty() => {
            Ok(members.iter().map(|(name, row)| (name.clone(), row.clone())).collect())
        }
        (Container::Members, Value::Object(members)) => {
            members.iter().map(|(name, row)| keyed(name, row, key)).collect()
        }
        (Container::Members, Value::Array(elements)) if elements.is_empty() => Ok(Vec::new()),
        (Container::Elements, _) => Err(format!("`{pointer}` is no array")),
        (Container::Members, _) => Err(format!("`{pointer}` is no object")),
    }
}

fn keyed(at: &str, row: &Value, key: &str) -> Result<Row, String> {
    let text = match row.pointer(key) {
        Some(Value::String(text)) if !text.is_empty() => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => return Err(format!("row {at} has no key at `{key}`")),
    };
    Ok((text, row.clone()))
}
