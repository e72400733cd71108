//! The vendor's address forms: `items/?token=T`, `items?token=T`, and `items/&token=T`, in which the
//! parameters are a part of the path.

use serde_json::{Map, Value};

const PREFIX: &str = "/api/v2/";

/// A request's target, taken apart.
#[derive(Debug, Default)]
pub struct Target {
    /// Without the prefix, and without a slash at its end: `items/17/stock`.
    pub path: String,
    pub token: Option<String>,
    /// The other parameters, as text.
    pub parameters: Map<String, Value>,
    /// A parameter that stands there twice.
    pub repeated: Option<String>,
}

impl Target {
    /// None for what is not below the API's path.
    pub fn read(target: &str) -> Option<Self> {
        let rest = target.strip_prefix(PREFIX)?;
        let (path, query) = rest.find(['?', '&']).map_or((rest, ""), |at| (&rest[..at], &rest[at + 1..]));
        let mut read = Self { path: path.trim_end_matches('/').to_owned(), ..Self::default() };
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let repeats = match name.as_ref() {
                "token" => read.token.replace(value.into_owned()).is_some(),
                other => read.parameters.insert(other.to_owned(), value.into_owned().into()).is_some(),
            };
            if repeats {
                read.repeated = Some(name.into_owned());
            }
        }
        Some(read)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_of_an_address_is_read() {
        for target in
            ["/api/v2/items/?token=T&page=2", "/api/v2/items?page=2&token=T", "/api/v2/items/&token=T&page=2"]
        {
            let read = Target::read(target).unwrap();
            assert_eq!((read.path.as_str(), read.token.as_deref()), ("items", Some("T")), "{target}");
            assert_eq!(Value::Object(read.parameters), json!({"page": "2"}), "{target}");
        }
        let one = Target::read("/api/v2/items/17/stock?token=T").unwrap();
        assert_eq!(one.path, "items/17/stock");
        assert!(Target::read("/api/v3/items?token=T").is_none());
    }

    #[test]
    fn spaces_come_as_plus_or_percent() {
        for filter in ["id+in+1,2", "id%20in%201%2C2"] {
            let read = Target::read(&format!("/api/v2/items?filter={filter}")).unwrap();
            assert_eq!(read.parameters["filter"], "id in 1,2");
        }
        assert_eq!(Target::read("/api/v2/items?page=1&page=2").unwrap().repeated.as_deref(), Some("page"));
    }
}
