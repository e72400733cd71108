//! Actions: what a connector does at the vendor.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::schema;

/// An action.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Action {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    input: Value,
    output: Value,
    repeat: Repeat,
    #[serde(skip_serializing_if = "Option::is_none")]
    settle_seconds: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ordering: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    enabled_by: Vec<String>,
    max_requests: u32,
}

/// What makes a repeat of an action safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Repeat {
    /// The vendor deduplicates, or doing it twice is doing it once.
    VendorKey,
    /// The connector looks up by the action's key before it sends.
    Lookup,
    /// Nothing: a run in doubt is held for a person.
    None,
}

impl Action {
    /// An action with the schemas of its input and output types. The host checks both: an input before
    /// the connector sees it, an output before it is handed on.
    ///
    /// `#[schemars(extend("secret" = true))]` marks a field of either as secret: a password that is set, a
    /// token that is returned. The host keeps it encrypted while the run needs it and erases it with the
    /// run's end, shows a secret output once to the caller who waits for it, and writes no body of such
    /// an action's requests into a trace. Fields of nested types and of the elements of lists may be
    /// marked, whole structs too.
    ///
    /// ```
    /// use schemars::JsonSchema;
    /// use serde::{Deserialize, Serialize};
    /// use windlass_sdk::spec::{Action, Repeat};
    ///
    /// #[derive(Deserialize, JsonSchema)]
    /// struct NewUser {
    ///     name: String,
    ///     #[schemars(extend("secret" = true))]
    ///     password: String,
    /// }
    ///
    /// #[derive(Serialize, JsonSchema)]
    /// struct User {
    ///     id: u64,
    ///     #[schemars(extend("secret" = true))]
    ///     token: String,
    /// }
    ///
    /// let action = Action::new::<NewUser, User>("create-user", Repeat::None);
    /// ```
    ///
    /// What the connector itself writes down stays its own care: [`storage`](crate::storage) and records
    /// are kept in the open. Logs and errors are cleaned of the secrets that the host knows.
    pub fn new<I: JsonSchema, O: JsonSchema>(name: &str, repeat: Repeat) -> Self {
        Self {
            name: name.into(),
            title: None,
            description: None,
            input: schema::of_input::<I>(),
            output: schema::of_output::<O>(),
            repeat,
            settle_seconds: None,
            ordering: None,
            enabled_by: Vec::new(),
            max_requests: 1,
        }
    }

    /// The JSON Schema of the input, where no type says it well enough.
    #[must_use]
    pub fn input(mut self, schema: Value) -> Self {
        self.input = schema;
        self
    }

    /// The JSON Schema of the output, where no type says it well enough.
    #[must_use]
    pub fn output(mut self, schema: Value) -> Self {
        self.output = schema;
        self
    }

    /// A title for people.
    #[must_use]
    pub fn title(mut self, title: &str) -> Self {
        self.title = Some(title.into());
        self
    }

    /// What it does, and what a repeat of it does.
    #[must_use]
    pub fn description(mut self, description: &str) -> Self {
        self.description = Some(description.into());
        self
    }

    /// How long after the last open request a lookup may be trusted; 60 s unless said.
    #[must_use]
    pub fn settle_seconds(mut self, seconds: u32) -> Self {
        self.settle_seconds = Some(seconds);
        self
    }

    /// A JSON Pointer into the input: actions with an equal value run in the order they came.
    #[must_use]
    pub fn ordering(mut self, pointer: &str) -> Self {
        self.ordering = Some(pointer.into());
        self
    }

    /// A boolean property that switches the action; off means refused before any request. Called again,
    /// also of that one: all must be on. A property that every stream and action names switches the
    /// connection as a whole, its check included.
    #[must_use]
    pub fn enabled_by(mut self, property: &str) -> Self {
        self.enabled_by.push(property.into());
        self
    }

    /// The most requests that one call makes; 1 unless said.
    #[must_use]
    pub fn max_requests(mut self, requests: u32) -> Self {
        self.max_requests = requests;
        self
    }
}
