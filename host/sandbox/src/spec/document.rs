//! The spec's shape, member by member as in `wit/spec.schema.json`, which also describes them.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::amount::Amount;

/// A whole spec. Made by [`Spec::parse`] alone.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Spec {
    /// The number of the spec's own format: 1.
    pub spec: u32,
    pub name: String,
    pub version: semver::Version,
    pub title: String,
    pub description: Option<String>,
    #[serde(default)]
    pub links: BTreeMap<String, String>,
    /// The number of the checkpoints' format.
    #[serde(default)]
    pub state: u32,
    /// A JSON Schema of one flat object; an empty object when the spec has none.
    #[serde(default = "no_properties")]
    pub config: Value,
    /// Templates; [`super::HostRule`] reads them.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// The first rule that fits a request says what is attached to it.
    #[serde(default)]
    pub auth: Vec<Auth>,
    #[serde(default)]
    pub safe_requests: Vec<Match>,
    #[serde(default)]
    pub limits: Vec<Limit>,
    #[serde(default)]
    pub streams: Vec<Stream>,
    #[serde(default)]
    pub actions: Vec<Action>,
    #[serde(default)]
    pub webhooks: Vec<Webhook>,
    #[serde(default)]
    pub roles: BTreeMap<String, Role>,
    #[serde(default)]
    pub extras: Map<String, Value>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Auth {
    pub host: Option<String>,
    pub path_prefix: Option<String>,
    pub attach: Vec<Attach>,
}

/// One way to attach credentials. Values are templates with `{property}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Attach {
    Header { header: String, value: String },
    Query { query: String, value: String },
    Basic { basic: Basic },
    Login { login: Box<Login> },
    OAuth2 { oauth2: OAuth2 },
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basic {
    pub username: String,
    pub password: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Login {
    pub request: LoginRequest,
    pub token: String,
    pub expires_in: Option<String>,
    pub lifetime_seconds: Option<u64>,
    pub apply: LoginApply,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginRequest {
    #[serde(default = "post")]
    pub method: String,
    pub url: String,
    pub form: Option<BTreeMap<String, String>>,
    pub json: Option<Map<String, Value>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginApply {
    pub header: String,
    pub value: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct OAuth2 {
    pub grant: OAuth2Grant,
    pub token_url: String,
    pub client_id: Option<String>,
    pub client_secret: Option<String>,
    pub refresh_token: Option<String>,
    pub scope: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OAuth2Grant {
    ClientCredentials,
    RefreshToken,
}

/// Fits a request when every member given does.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Match {
    pub method: Option<Vec<String>>,
    pub host: Option<String>,
    pub path_prefix: Option<String>,
    pub form: Option<BTreeMap<String, Vec<String>>>,
    pub json: Option<BTreeMap<String, Vec<String>>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Limit {
    pub name: String,
    /// [`Limit::max_in`] reads it.
    pub max: Amount,
    pub window_seconds: u32,
    #[serde(default)]
    pub window: Window,
    #[serde(default)]
    pub shared_by: SharedBy,
    /// None: every secret property.
    pub shared_properties: Option<Vec<String>>,
    #[serde(default)]
    pub counts: Vec<Count>,
    pub remaining_header: Option<String>,
    pub reset_header: Option<String>,
    /// An IANA name or `{property}`; [`Limit::reset_zone_in`] reads it.
    pub reset_zone: Option<String>,
    #[serde(default)]
    pub leave_to_others: Amount,
    /// None: a tenth.
    pub keep_for_actions: Option<u32>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Window {
    Sliding,
    Fixed,
    #[default]
    Unknown,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SharedBy {
    #[default]
    Credential,
    Account,
    Host,
}

/// What a request that fits costs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    #[serde(rename = "match")]
    pub matches: Match,
    #[serde(default = "one")]
    pub cost: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Stream {
    pub name: String,
    pub title: Option<String>,
    pub description: Option<String>,
    pub kind: StreamKind,
    /// A JSON Schema of a record.
    pub schema: Value,
    /// For people.
    pub key: Option<String>,
    /// Default schedule, such as `15m`.
    pub every: Option<String>,
    pub version: Option<String>,
    /// Boolean properties that must all be on.
    #[serde(default, deserialize_with = "one_or_several")]
    pub enabled_by: Vec<String>,
    /// The most requests one call makes.
    #[serde(default = "one")]
    pub max_requests: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StreamKind {
    Incremental,
    Snapshot,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Action {
    pub name: String,
    pub title: Option<String>,
    pub description: Option<String>,
    pub input: Value,
    pub output: Value,
    pub repeat: Repeat,
    #[serde(default = "settle_seconds")]
    pub settle_seconds: u32,
    pub ordering: Option<String>,
    /// Boolean properties that must all be on.
    #[serde(default, deserialize_with = "one_or_several")]
    pub enabled_by: Vec<String>,
    /// The most requests one call makes.
    #[serde(default = "one")]
    pub max_requests: u32,
}

/// What makes a repeat of an action safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Repeat {
    VendorKey,
    Lookup,
    None,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Webhook {
    pub name: String,
    pub title: Option<String>,
    pub description: Option<String>,
    pub verify: Verify,
    pub event_id: Option<String>,
    pub ordering: Option<String>,
    pub repeat_window_seconds: Option<u32>,
    pub answer: Option<WebhookAnswer>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    pub kind: VerifyKind,
    #[serde(rename = "in")]
    pub place: Option<VerifyIn>,
    pub name: Option<String>,
    pub secret: Option<String>,
    pub encoding: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerifyKind {
    Secret,
    #[serde(rename = "hmac-sha-256")]
    HmacSha256,
    Address,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerifyIn {
    Header,
    Query,
    Body,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookAnswer {
    pub status: Option<u16>,
    pub body: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    pub connector: String,
    #[serde(default)]
    pub follows: Vec<String>,
    #[serde(default)]
    pub asks: Vec<String>,
}

/// One name, or a list of them.
fn one_or_several<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Names {
        One(String),
        Several(Vec<String>),
    }
    Ok(match Names::deserialize(deserializer)? {
        Names::One(name) => vec![name],
        Names::Several(names) => names,
    })
}

fn no_properties() -> Value {
    serde_json::json!({ "type": "object", "properties": {} })
}

fn one() -> u32 {
    1
}

fn post() -> String {
    "POST".to_owned()
}

/// By then a vendor shows what it accepted to a lookup.
fn settle_seconds() -> u32 {
    60
}
