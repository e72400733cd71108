//! What a connector declares: shown to the operator before anything runs, enforced by the host
//! afterwards. The members are those of `wit/spec.schema.json`, which says what each means.

mod action;
mod auth;
mod limit;
mod matching;
mod role;
mod schema;
mod stream;
mod webhook;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

pub use action::{Action, Repeat};
pub use auth::{Auth, Login};
pub use limit::{Amount, Limit, SharedBy, Window};
pub use matching::Match;
pub use role::Role;
pub use stream::Stream;
pub use webhook::{Place, Verify, Webhook};

#[cfg(doc)]
use crate::Connector;

/// What a connector is and asks for. Its `config` is the schema of the type that implements
/// [`Connector`].
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Spec {
    spec: u32,
    name: String,
    version: String,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    links: BTreeMap<String, String>,
    state: u32,
    hosts: Vec<String>,
    auth: Vec<Auth>,
    safe_requests: Vec<Match>,
    limits: Vec<Limit>,
    streams: Vec<Stream>,
    actions: Vec<Action>,
    webhooks: Vec<Webhook>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    roles: BTreeMap<String, Role>,
}

impl Spec {
    /// A connector of a stable name (lower case, digits, `-`), a title for people and a semantic
    /// version, as a rule `env!("CARGO_PKG_VERSION")`.
    pub fn new(name: &str, title: &str, version: &str) -> Self {
        Self {
            spec: 1,
            name: name.into(),
            version: version.into(),
            title: title.into(),
            description: None,
            links: BTreeMap::new(),
            state: 0,
            hosts: Vec::new(),
            auth: Vec::new(),
            safe_requests: Vec::new(),
            limits: Vec::new(),
            streams: Vec::new(),
            actions: Vec::new(),
            webhooks: Vec::new(),
            roles: BTreeMap::new(),
        }
    }

    /// What an operator should know before anything runs.
    #[must_use]
    pub fn description(mut self, description: &str) -> Self {
        self.description = Some(description.into());
        self
    }

    /// An address for people, such as the vendor's documentation.
    #[must_use]
    pub fn link(mut self, name: &str, address: &str) -> Self {
        self.links.insert(name.into(), address.into());
        self
    }

    /// The number of the checkpoints' format. Raise it with every change of that format and carry
    /// the former over in [`Connector::migrate`].
    #[must_use]
    pub fn state(mut self, state: u32) -> Self {
        self.state = state;
        self
    }

    /// Asks for a host: `scheme://host[:port][/path-prefix]`, with `{property}` for the value of a
    /// property. `{base_url}` alone grants exactly the address which that property holds.
    #[must_use]
    pub fn host(mut self, host: &str) -> Self {
        self.hosts.push(host.into());
        self
    }

    /// Says how the host attaches credentials.
    #[must_use]
    pub fn auth(mut self, auth: Auth) -> Self {
        self.auth.push(auth);
        self
    }

    /// Names requests that only read although their method is not GET or HEAD.
    #[must_use]
    pub fn safe(mut self, requests: Match) -> Self {
        self.safe_requests.push(requests);
        self
    }

    /// Declares a limit of the vendor.
    #[must_use]
    pub fn limit(mut self, limit: Limit) -> Self {
        self.limits.push(limit);
        self
    }

    /// Declares a stream.
    #[must_use]
    pub fn stream(mut self, stream: Stream) -> Self {
        self.streams.push(stream);
        self
    }

    /// Declares an action.
    #[must_use]
    pub fn action(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }

    /// Declares a webhook.
    #[must_use]
    pub fn webhook(mut self, webhook: Webhook) -> Self {
        self.webhooks.push(webhook);
        self
    }

    /// A flow's: declares a connection that it is bound to. A spec with roles is a flow's, and has no
    /// hosts, limits, streams, actions or webhooks.
    #[must_use]
    pub fn role(mut self, name: &str, role: Role) -> Self {
        self.roles.insert(name.into(), role);
        self
    }
}

/// A whole spec as JSON, with the configuration that `C` reads.
pub(crate) fn describe<C: JsonSchema>(spec: Spec) -> Value {
    let mut spec = serde_json::to_value(spec).expect("a spec has text keys only");
    spec["config"] = schema::of_config::<C>();
    spec
}
