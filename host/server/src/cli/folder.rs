//! What the host says of its watched folder.

use serde_json::Value;

use super::table::cell;

/// A sentence for each file that was refused, and what to do about it.
pub fn refusals(folder: &Value) -> Vec<(String, String)> {
    let files = folder.get("files").and_then(Value::as_array).into_iter().flatten();
    let refused = files.filter(|file| cell(file, "/state") == "refused");
    let told = refused.map(|file| {
        let (name, detail, code) = (cell(file, "/file"), cell(file, "/detail"), cell(file, "/code"));
        (format!("{name} in {} was refused: {detail} ({code})", cell(folder, "/path")), cell(file, "/hint"))
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn only_what_was_refused_is_told() {
        let folder = json!({ "path": "/data/connectors", "files": [
            { "file": "a.wasm", "state": "installed" },
            { "file": "b.wasm", "state": "refused", "detail": "it is not signed", "code": "c", "hint": "sign it" },
        ]});
        let told = "b.wasm in /data/connectors was refused: it is not signed (c)";
        assert_eq!(super::refusals(&folder), [(told.to_owned(), "sign it".to_owned())]);
    }
}
