//! The spec: what a connector declares and the host enforces.
//!
//! [`Spec::parse`] is the only way in: by the JSON schema of the contract, then into types, then by
//! the rules a schema cannot say. What it returns is safe to enforce.
//!
//! To add a member: add it to `wit/spec.schema.json`, to `document`, and what must hold between it
//! and other members to `check`.

mod amount;
mod check;
mod check_auth;
mod check_config;
mod check_fields;
mod check_login;
mod check_webhooks;
mod config;
mod differs;
mod document;
mod facts;
#[cfg(test)]
mod field_tests;
mod fields;
mod header_names;
mod host_rule;
mod limit;
mod matcher;
mod oauth2;
mod placeholders;
mod problem;
mod schema;
mod secret_places;
mod switches;
#[cfg(test)]
mod tests;
mod unfold;
mod unique;

use std::sync::LazyLock;

use serde_json::Value;

pub use amount::Amount;
pub use document::{
    Action, Attach, Auth, Basic, Count, Encoding, Limit, Login, LoginApply, LoginRequest, Match, OAuth2,
    OAuth2Grant, Repeat, Role, SharedBy, Spec, Stream, StreamKind, Verify, VerifyIn, VerifyKind, Webhook,
    WebhookAnswer, Window,
};
pub use facts::RequestFacts;
pub use fields::{Field, OptionsFrom};
pub use host_rule::HostRule;
pub use problem::{ConfigProblem, Problem, SpecError};
pub use schema::{Schema, SchemaError};
pub use secret_places::secret_places;
pub use switches::first_off;
pub use unique::{OnRepeat, Unique, UniqueValue, Within};

pub(crate) use header_names::is_owned_by_the_host;
pub(crate) use host_rule::{address, is_under, normalise_address};
pub(crate) use oauth2::REFRESH_TOKEN;
pub(crate) use placeholders::{expand, names, text_of};

use check::check;
use problem::invalid;

/// The longest spec that is read. The largest vendors of the first release need 100 KiB, most of it
/// record schemas.
pub const MAX_SPEC_BYTES: usize = 1 << 20;

/// The contract's schema, compiled once.
static SPEC_SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let schema = serde_json::from_str(include_str!("../../../../wit/spec.schema.json"));
    Schema::compile(&schema.expect("wit/spec.schema.json is JSON"))
        .expect("wit/spec.schema.json is a JSON Schema")
});

impl Spec {
    /// Reads what `spec.describe` returned. Problems are listed together, the first few in words.
    pub fn parse(json: &str) -> Result<Spec, SpecError> {
        if json.len() > MAX_SPEC_BYTES {
            return Err(SpecError::TooLarge { actual: json.len() });
        }
        let value: Value =
            serde_json::from_str(json).map_err(|error| SpecError::NotJson(error.to_string()))?;
        invalid(SPEC_SCHEMA.problems(&value))?;
        invalid(check::version(&value))?;
        let spec: Spec =
            serde_json::from_value(value).map_err(|error| SpecError::NotJson(error.to_string()))?;
        invalid(check(&spec))?;
        Ok(spec)
    }

    pub fn stream(&self, name: &str) -> Option<&Stream> {
        self.streams.iter().find(|stream| stream.name == name)
    }

    pub fn action(&self, name: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.name == name)
    }

    pub fn webhook(&self, name: &str) -> Option<&Webhook> {
        self.webhooks.iter().find(|webhook| webhook.name == name)
    }

    pub fn limit(&self, name: &str) -> Option<&Limit> {
        self.limits.iter().find(|limit| limit.name == name)
    }

    /// Flows have roles and no network.
    pub fn is_flow(&self) -> bool {
        !self.roles.is_empty()
    }
}
