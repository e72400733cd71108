//! Which requests a rule is about.

use std::collections::BTreeMap;

use serde::Serialize;

/// Fits a request if every member given fits it.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Match {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    method: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_prefix: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    form: BTreeMap<String, Vec<String>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    json: BTreeMap<String, Vec<String>>,
}

impl Match {
    /// Fits every request.
    pub fn all() -> Self {
        Self::default()
    }

    /// Fits requests of this method; called again, also of that one.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method.push(method.into());
        self
    }

    /// Fits requests to this host.
    #[must_use]
    pub fn host(mut self, host: &str) -> Self {
        self.host = Some(host.into());
        self
    }

    /// Fits requests whose path begins so.
    #[must_use]
    pub fn path_prefix(mut self, prefix: &str) -> Self {
        self.path_prefix = Some(prefix.into());
        self
    }

    /// Fits form-encoded bodies in which a field has one of these values; one that ends in `*` is
    /// a prefix.
    #[must_use]
    pub fn form(mut self, field: &str, values: &[&str]) -> Self {
        self.form.insert(field.into(), owned(values));
        self
    }

    /// Fits JSON bodies that hold one of these values at a JSON Pointer; one that ends in `*` is a
    /// prefix.
    #[must_use]
    pub fn json(mut self, pointer: &str, values: &[&str]) -> Self {
        self.json.insert(pointer.into(), owned(values));
        self
    }
}

fn owned(values: &[&str]) -> Vec<String> {
    values.iter().map(|&value| value.into()).collect()
}
