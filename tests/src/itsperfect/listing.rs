//! Pages of lists: a body with the rows under the resource's name, the page in headers alone.

use serde_json::{Map, Value};

use crate::wire::Answer;

/// How lists are cut.
#[derive(Clone, Copy, Debug)]
pub struct Listing {
    /// Rows on a page when no `limit` is asked for; all when none.
    pub usual: Option<usize>,
    /// The most rows on a page, whatever is asked for.
    pub most: usize,
    /// Whether the `X-Pagination-*` headers come.
    pub headers: bool,
    /// Whether `page` is obeyed; else the first page comes always.
    pub pages: bool,
}

impl Default for Listing {
    fn default() -> Self {
        Self { usual: None, most: 250, headers: true, pages: true }
    }
}

impl Listing {
    /// The page that is asked for; `row` makes a row of it, since most are on other pages. `Err` holds
    /// what no client may ask.
    pub fn page<T>(
        &self,
        name: &str,
        all: &[T],
        row: impl Fn(&T) -> Value,
        asked: &Map<String, Value>,
    ) -> Result<Answer, String> {
        let number = |parameter: &str| match asked.get(parameter).and_then(Value::as_str) {
            None => Ok(None),
            Some(text) => match text.parse::<usize>() {
                Ok(number) if number > 0 => Ok(Some(number)),
                _ => Err(format!("{parameter} must be a whole number above 0")),
            },
        };
        let length = number("limit")?.or(self.usual).unwrap_or(all.len().max(1)).min(self.most);
        let page = number("page")?.filter(|_| self.pages).unwrap_or(1);
        let rows = all.iter().skip((page - 1) * length).take(length).map(row).collect();
        let mut answer = wrapped(name, rows);
        if self.headers {
            answer.headers.extend([
                ("X-Pagination-Current-Page", page.to_string()),
                ("X-Pagination-Page-Count", all.len().div_ceil(length).to_string()),
                ("X-Pagination-Total-Count", all.len().to_string()),
            ]);
        }
        Ok(answer)
    }
}

/// `{"name": [rows]}`.
pub fn wrapped(name: &str, rows: Vec<Value>) -> Answer {
    let body = Value::Object(Map::from_iter([(name.to_owned(), Value::Array(rows))]));
    Answer::json(body.to_string().into_bytes())
}
