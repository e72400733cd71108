//! Tables for people.

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;

use super::output::plain;

/// A longer cell of a list pushes all others off the screen; the whole text is in what shows one, and in
/// `--json`.
const WIDEST: usize = 200;

/// Columns without lines between them, as wide as their content.
pub fn table(headers: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(headers.iter().map(|header| header.to_uppercase()));
    for row in rows {
        table.add_row(row.iter().map(|cell| plain(cell)));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt()
}

/// A table of a list's items: each column is a header and the JSON Pointer of its cells.
pub fn items(answer: &Value, columns: &[(&str, &str)], none: &str) -> String {
    let items = answer.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if items.is_empty() {
        return none.to_owned();
    }
    let headers: Vec<&str> = columns.iter().map(|(header, _)| *header).collect();
    let cells = |item: &Value| columns.iter().map(|(_, pointer)| short(cell(item, pointer))).collect();
    table(&headers, items.iter().map(cells))
}

/// A value as a cell: text as it is, nothing for null, `yes` and `no`.
pub fn cell(value: &Value, pointer: &str) -> String {
    match value.pointer(pointer) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(flag)) => if *flag { "yes" } else { "no" }.to_owned(),
        Some(Value::Array(values)) if values.iter().all(Value::is_string) => {
            values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        Some(other) => other.to_string(),
    }
}

/// The beginning of a text that is too wide for a list.
pub fn short(text: String) -> String {
    match text.char_indices().nth(WIDEST) {
        None => text,
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// `name  value` lines; what is empty is left out.
pub fn facts(facts: &[(&str, String)]) -> String {
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let known = facts.iter().filter(|(_, value)| !value.is_empty());
    known.map(|(name, value)| format!("{name:width$}  {}", plain(value))).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{WIDEST, facts, items, short};

    #[test]
    fn a_list_is_a_table() {
        let answer = json!({ "items": [
            { "name": "shop", "on": true, "secrets": ["a", "b"], "n": null },
            { "name": "a-longer-one\u{1b}", "on": false, "secrets": [], "n": 7 },
        ] });
        let text =
            items(&answer, &[("name", "/name"), ("on", "/on"), ("secrets", "/secrets"), ("n", "/n")], "none");
        let expected = "\
NAME           ON   SECRETS  N
shop           yes  a, b
a-longer-one   no            7";
        assert_eq!(text, expected);
        assert_eq!(items(&json!({ "items": [] }), &[("name", "/name")], "none"), "none");
    }

    #[test]
    fn a_cell_that_is_too_wide_is_cut_between_characters() {
        let fits = "é".repeat(WIDEST);
        assert_eq!(short(fits.clone()), fits);
        assert_eq!(short(format!("{fits}x")), format!("{fits}…"));
    }

    #[test]
    fn facts_stand_below_each_other() {
        assert_eq!(
            facts(&[("name", "shop".into()), ("left", String::new()), ("state", "on".into())]),
            "name   shop\nstate  on"
        );
    }
}
