//! `filter={field} {op} {value}`.

use serde_json::Value;

/// What becomes of a filter over the orders: not known of the real vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filters {
    /// It selects.
    Honoured,
    /// All rows come.
    Ignored,
    /// No row comes, as from a vendor that knows no such field.
    Nothing,
    /// An error of that status.
    Refused(u16),
}

#[derive(Debug)]
pub struct Filter {
    field: String,
    values: Vec<String>,
}

impl Filter {
    /// Knows the two operators that clients were seen to use.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut words = text.splitn(3, ' ');
        let (Some(field), Some(operator), Some(value)) = (words.next(), words.next(), words.next()) else {
            return Err(format!("the filter {text:?} is not of the form: field op value"));
        };
        let values = match operator {
            "eq" => vec![value.to_owned()],
            "in" => value.split(',').map(str::to_owned).collect(),
            other => return Err(format!("the filter operator {other:?} is not known")),
        };
        Ok(Self { field: field.to_owned(), values })
    }

    pub fn fits(&self, row: &Value) -> bool {
        let value = match &row[&self.field] {
            Value::String(text) => text.clone(),
            Value::Null | Value::Array(_) | Value::Object(_) => return false,
            scalar => scalar.to_string(),
        };
        self.values.contains(&value)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_and_texts_are_compared_as_text() {
        let check = |filter: &str, expected: bool| {
            let row = json!({"id": 7, "reference": "A 7", "active": 1});
            assert_eq!(Filter::read(filter).unwrap().fits(&row), expected, "{filter}");
        };
        check("id in 6,7", true);
        check("active eq 1", true);
        check("reference eq A 7", true);
        check("reference eq A", false);
        check("colour eq A", false);
        assert!(Filter::read("id like 7").is_err());
        assert!(Filter::read("id").is_err());
    }
}
