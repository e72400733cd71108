//! What the calls of one run are given: the connection as it is now, the version it runs, and the
//! grant, credentials and limits that follow from both. Built again when either changes.

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use windlass_db::{Connection, DbError, LimitClaim, LimitSetting, RunError, SealedSecret, Side};
use windlass_sandbox::{
    CallGrant, Connector,
    egress::{
        Bounds, CredentialKind, Credentials, Egress, Grant, Intents, OperatorPolicy, RateLimiter, Secret,
        WebhookAddresses,
    },
    spec::{Limit, SharedBy, Spec, first_off},
};

use crate::{
    connections::turn_on,
    host::Host,
    limiter::{LONGEST_REQUEST, ReportHeaders, RunLimit},
    limits::Numbers,
    registry::RegistryError,
    run::{
        blame::{host_error, operator_error},
        sessions::ConnectionSessions,
        storage::ConnectionStorage,
    },
    secrets::SecretError,
    time, webhooks,
};

/// A version that may be undone has this: far more than a page should need, and so little that one which
/// does not end is gone again within some seconds.
const WATCHED_CPU: Duration = Duration::from_secs(2);

pub struct CallContext {
    pub connection: Connection,
    pub connector: Arc<Connector>,
    /// With the spec's defaults filled in; of a secret that is set, only that: `true`.
    pub config: Arc<Value>,
    config_text: Arc<str>,
    pub limits: Vec<RunLimit>,
    grant: Arc<Grant>,
    credentials: Arc<Credentials>,
    webhooks: Arc<WebhookAddresses>,
}

/// Why a connection cannot be called with.
#[derive(Debug, thiserror::Error)]
pub enum Unbuilt {
    /// In the words of a run: what the operator must change.
    #[error("{}", .0.message)]
    Unusable(Box<RunError>),
    /// The database could not be asked: it says nothing of the connection, and is worth another try.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<Box<RunError>> for Unbuilt {
    fn from(error: Box<RunError>) -> Self {
        Unbuilt::Unusable(error)
    }
}

impl From<RegistryError> for Unbuilt {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Db(error) => Unbuilt::Db(error),
            error => Unbuilt::Unusable(Box::new(host_error(error))),
        }
    }
}

impl CallContext {
    pub async fn build(host: &Host, connection: Connection) -> Result<CallContext, Unbuilt> {
        let connector = host.registry.of(&host.db, &host.sandbox, &connection).await?;
        let spec = &connector.spec;
        let config: Value = serde_json::from_str(&connection.config).map_err(|e| Box::new(host_error(e)))?;
        let config = spec.with_defaults(&config);
        let policy = OperatorPolicy { allow_private: host.settings.allow_private.clone() };
        let grant = Grant::new(spec, &config, &policy).map_err(|message| {
            let hint = format!("correct it with `windlass connection set {} --set …`", connection.name);
            Box::new(operator_error("config", message, hint))
        })?;
        let secrets = open_secrets(host, connection.id).await?;
        let limits = claim_limits(host, &connection, spec, &config, &secrets).await?;
        let addresses = open_addresses(host, spec, &connection).await?;
        let webhooks = Arc::new(webhook_addresses(host, &connection, &addresses));
        let config = marked(config, &secrets);
        let credentials = Arc::new(credentials(spec, secrets, addresses));
        let config_text = config.to_string().into();
        let (config, grant) = (Arc::new(config), Arc::new(grant));
        Ok(CallContext { connection, connector, config, config_text, limits, grant, credentials, webhooks })
    }

    /// Whether this is still the connection's revision and the version it runs.
    pub fn is_current(&self, connection: &Connection, digest: Option<&str>) -> bool {
        self.connection.revision == connection.revision && digest == Some(self.connector.digest.as_str())
    }

    /// The grant of one call, which may make `requests` requests.
    pub fn call(
        &self,
        host: &Arc<Host>,
        requests: u32,
        limiter: Arc<dyn RateLimiter>,
        intents: Arc<dyn Intents>,
    ) -> CallGrant {
        let mut limits = host.settings.call_limits.clone();
        if host.registry.is_watched(&self.connector.digest) {
            limits.cpu = limits.cpu.min(WATCHED_CPU);
        }
        let bounds = Bounds { max_requests: requests, max_timeout: LONGEST_REQUEST, ..Bounds::default() };
        let sessions = ConnectionSessions {
            host: host.clone(),
            connector: self.connection.connector.clone(),
            connection: self.connection.id,
        };
        let egress = Egress::new(
            self.connector.spec.clone(),
            self.config.clone(),
            self.grant.clone(),
            self.credentials.clone(),
            host.network.clone(),
            limiter.clone(),
            intents,
            Arc::new(sessions),
            bounds,
            time::clock(),
        )
        .with_webhooks(self.webhooks.clone());
        let storage = ConnectionStorage { db: host.db.clone(), connection: self.connection.id };
        let started_at = time::unix_ms();
        CallGrant {
            config: self.config_text.clone(),
            egress: Arc::new(egress),
            limiter,
            storage: Arc::new(storage),
            records: None,
            limits,
            started_at,
            seed: rand::random(),
            clock: time::clock(),
            playback: None,
        }
    }

    /// The error of a stream or action (`what`, in words) of whose switches one is off; none if all are on.
    pub fn switched_off(&self, what: &str, enabled_by: &[String]) -> Option<RunError> {
        let switch = first_off(&self.config, enabled_by)?;
        let hint = turn_on(&self.connection.name, switch);
        Some(operator_error("switched-off", format!("{what} is switched off by `{switch}`"), hint))
    }
}

/// Secrets by field, opened for the length of a run.
type Secrets = Vec<(String, Secret)>;

async fn open_secrets(host: &Host, connection: i64) -> Result<Secrets, Unbuilt> {
    let sealed = host.db.secrets(connection).await?;
    let open = |sealed: &SealedSecret| Ok((sealed.field.clone(), host.keys.open(connection, sealed)?));
    let opened: Result<_, SecretError> = sealed.iter().map(open).collect();
    opened.map_err(|error| Box::new(host_error(error)).into())
}

/// The configuration as the connector gets it: it may need to know which secrets it can count on.
fn marked(mut config: Value, secrets: &Secrets) -> Value {
    if let Value::Object(members) = &mut config {
        members.extend(secrets.iter().map(|(name, _)| (name.clone(), Value::Bool(true))));
    }
    config
}

/// The secret parts of the addresses of the webhooks that the spec declares, by name.
async fn open_addresses(host: &Host, spec: &Spec, connection: &Connection) -> Result<Secrets, Unbuilt> {
    if spec.webhooks.is_empty() {
        return Ok(Secrets::new());
    }
    let kept = host.db.webhooks(connection.id).await?;
    let declared = kept.into_iter().filter(|webhook| spec.webhook(&webhook.name).is_some());
    let opened = declared.map(|webhook| Ok((webhook.name.clone(), webhooks::opened(&host.keys, &webhook)?)));
    let opened: Result<_, SecretError> = opened.collect();
    opened.map_err(|error| Box::new(host_error(error)).into())
}

fn webhook_addresses(host: &Host, connection: &Connection, addresses: &Secrets) -> WebhookAddresses {
    let public = host.settings.public_url.as_ref();
    WebhookAddresses::new(addresses.iter().map(|(name, secret)| {
        let url = public.map(|public| webhooks::url(public, &connection.name, name, secret));
        (name.clone(), url)
    }))
}

/// What must be cut out of whatever comes back: secrets, and the secret parts of addresses.
fn credentials(spec: &Spec, secrets: Secrets, addresses: Secrets) -> Credentials {
    let identifiers = spec.identifier_fields();
    let secrets = secrets.into_iter().map(|(field, secret)| {
        let identifier = identifiers.contains(&field.as_str());
        let kind = if identifier { CredentialKind::Identifier } else { CredentialKind::Secret };
        (field, secret, kind)
    });
    // No property of a configuration has a colon in its name.
    let addresses = addresses
        .into_iter()
        .map(|(name, secret)| (format!("webhook:{name}"), secret, CredentialKind::Secret));
    Credentials::new(secrets.chain(addresses))
}

/// The secrets of a connection outside a run.
pub async fn credentials_of(
    host: &Host,
    spec: &Spec,
    connection: &Connection,
) -> Result<Credentials, Unbuilt> {
    let secrets = open_secrets(host, connection.id).await?;
    let addresses = open_addresses(host, spec, connection).await?;
    Ok(credentials(spec, secrets, addresses))
}

/// The connection's limits as they bind now.
async fn claim_limits(
    host: &Host,
    connection: &Connection,
    spec: &Spec,
    config: &Value,
    secrets: &Secrets,
) -> Result<Vec<RunLimit>, Unbuilt> {
    let settings = host.db.limit_settings(connection.id).await?;
    let mut claims: Vec<LimitClaim> = Vec::with_capacity(spec.limits.len());
    let mut all_numbers = Vec::with_capacity(spec.limits.len());
    for limit in &spec.limits {
        let numbers = numbers(limit, config, &settings, connection)?;
        let shared = shared_values(spec, limit, config, secrets);
        let identity = host.keys.identity(&shared.iter().map(String::as_str).collect::<Vec<_>>());
        claims.push(numbers.claim(limit, format!("{}/{}/{identity}", spec.name, limit.name)));
        all_numbers.push(numbers);
    }
    let rows = host.db.limits_claim(connection.id, &claims).await?;
    let limits = spec.limits.iter().zip(rows).zip(all_numbers);
    Ok(limits
        .map(|((limit, row), numbers)| RunLimit {
            row,
            numbers,
            most_cost: limit.dearest(),
            headers: headers(limit, config),
        })
        .collect())
}

fn numbers(
    limit: &Limit,
    config: &Value,
    settings: &[LimitSetting],
    connection: &Connection,
) -> Result<Numbers, Box<RunError>> {
    let setting = settings.iter().find(|setting| setting.name == limit.name);
    Numbers::of(limit, config, setting).ok_or_else(|| {
        let message = format!("limit {} takes its number from a property that is not set", limit.name);
        let hint = format!("set it with `windlass connection set {} --set …`", connection.name);
        Box::new(operator_error("config", message, hint))
    })
}

fn headers(limit: &Limit, config: &Value) -> ReportHeaders {
    ReportHeaders {
        remaining: limit.remaining_header.clone(),
        reset: limit.reset_header.clone(),
        // Judged with the spec and the configuration.
        reset_zone: limit.reset_zone_in(config).and_then(|zone| jiff::tz::TimeZone::get(&zone).ok()),
    }
}

/// What names the sharers of a limit: the values of its properties, and where they are sent to.
fn shared_values(spec: &Spec, limit: &Limit, config: &Value, secrets: &Secrets) -> Vec<String> {
    let properties: Vec<&str> = match (&limit.shared_properties, limit.shared_by) {
        (Some(names), _) => names.iter().map(String::as_str).collect(),
        (None, SharedBy::Host) => Vec::new(),
        (None, SharedBy::Credential | SharedBy::Account) => spec.secret_fields(),
    };
    let secret =
        |name: &str| secrets.iter().find(|(field, _)| field == name).map(|(_, s)| s.expose().to_owned());
    let value =
        |name: &str| secret(name).or_else(|| config.get(name).map(Value::to_string)).unwrap_or_default();
    let in_hosts = |name: &str| spec.hosts.iter().any(|host| host.contains(&format!("{{{name}}}")));
    let addresses = spec.properties().map(|(name, _)| name).filter(|name| in_hosts(name));
    properties.into_iter().chain(addresses).map(value).collect()
}

/// The side of a limit a run draws on.
pub fn side(kind: windlass_db::RunKind) -> Side {
    match kind {
        windlass_db::RunKind::Action => Side::Action,
        _ => Side::Sync,
    }
}
