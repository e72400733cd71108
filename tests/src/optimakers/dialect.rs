//! How the instance words things: the stand-in, and another wire that a profile must be able to describe.

use serde_json::{Value, json};

/// Names on the wire that tests change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    pub prefix: &'static str,
    pub orders: &'static str,
    /// The number of a page, counted from `first_page`.
    pub page: &'static str,
    pub first_page: usize,
    /// Where rows and records stand; at the top if empty.
    pub data: &'static str,
    pub reference: &'static str,
    pub status: &'static str,
    pub lines: &'static str,
    pub error: &'static str,
    pub update: &'static str,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            prefix: "/api/v1",
            orders: "orders",
            page: "page",
            first_page: 1,
            data: "data",
            reference: "externalId",
            status: "statusId",
            lines: "items",
            error: "error",
            update: "PATCH",
        }
    }
}

impl Dialect {
    /// A wire that differs from the stand-in wherever this simulator can.
    pub fn other() -> Self {
        Self {
            prefix: "/rest",
            orders: "zamowienia",
            page: "strona",
            first_page: 0,
            data: "",
            reference: "numerObcy",
            status: "status",
            lines: "pozycje",
            error: "komunikat",
            update: "PUT",
        }
    }

    /// What the connector's profile must say of it.
    pub fn profile(&self) -> Value {
        let data = if self.data.is_empty() { String::new() } else { format!("/{}", self.data) };
        json!({
            "prefix": self.prefix,
            "paths": { "orders": self.orders },
            "paging": { "page_parameter": self.page, "first_page": self.first_page },
            "answer": {
                "rows": data, "record": data, "created": format!("{data}/id"), "error": format!("/{}", self.error),
            },
            "lookup_parameter": self.reference,
            "update_method": self.update,
            "names": { "reference": self.reference, "status": self.status, "lines": self.lines },
        })
    }

    /// Rows or a record as an answer.
    pub fn wrap(&self, data: Value) -> Value {
        if self.data.is_empty() { data } else { json!({ self.data: data }) }
    }
}
