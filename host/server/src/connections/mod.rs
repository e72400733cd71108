//! Connections: made and changed only with a configuration that fits the active spec.

mod input;
mod reach;
mod schedule;
mod texts;

use std::time::Duration;

use serde_json::{Map, Value};
use windlass_db::{Connection, ConnectionChange, DbError, NewConnection, SealedSecret};
use windlass_sandbox::{
    egress::{Grant, OperatorPolicy},
    spec::Spec,
};

use crate::{host::Host, problem::Problem, webhooks};

pub use input::{ChangedInput, NewInput, Secrets};
pub use schedule::{ensure_streams, first_schedules, is_switched_on, next_due};

/// Two people rarely change one connection in the same moment; more tries than this mean a script that
/// does nothing else.
const MOST_TRIES: u32 = 20;
/// The pauses between tries grow by this: long enough for others to finish, about four seconds for all.
const PAUSE_STEP_MS: u64 = 20;

/// A connection that was made or changed, and what its operator should know.
pub struct Written {
    pub connection: Connection,
    /// Sentences; the connection exists all the same.
    pub warnings: Vec<String>,
}

/// Makes a connection. No request is made; the first scheduled runs are planned one interval later.
pub async fn create(host: &Host, input: NewInput) -> Result<Written, Problem> {
    input.check()?;
    let spec =
        host.registry.active(&host.db, &host.sandbox, &input.connector).await.map_err(
            |error| match error {
                crate::registry::RegistryError::NotActive(_) => not_active(&input.connector),
                error => error.into(),
            },
        )?;
    let digest = spec.digest.clone();
    let spec = &spec.spec;
    let config = Value::Object(input.config);
    let given: Vec<&str> = input.secrets.names().collect();
    refuse_unfit(spec, &config, &given, &input.secrets)?;
    let warnings = grant_warnings(host, spec, &config)?;
    let id = host.db.connection_id().await?;
    let now = host.db.now().await?;
    let new = NewConnection {
        name: input.name.clone(),
        connector: input.connector,
        config: config.to_string(),
        labels: labels_json(&input.labels),
        secrets: seal(host, id, &input.secrets)?,
        streams: first_schedules(spec, &spec.with_defaults(&config), now),
    };
    let connection = host.db.connection_create(now, id, &new).await.map_err(|error| match error {
        DbError::Conflict(_) => {
            Problem::conflict("connection.exists", format!("there is already a connection {}", input.name))
                .hint("choose another name, or change it with `windlass connection set`")
                .at("/name")
        }
        error => error.into(),
    })?;
    // A version that became active meanwhile may not have met this connection when it was followed.
    let present = host.registry.active(&host.db, &host.sandbox, &connection.connector).await?;
    if present.digest != digest {
        ensure_streams(host, &connection, &present.spec).await?;
    }
    webhooks::ensure(host, &connection, &present.spec).await?;
    Ok(Written { connection, warnings })
}

/// Changes a connection. What `input` does not name stays as it is; with `replace` only secrets do. Made
/// anew from what is there when somebody else was faster, so that neither change is lost.
pub async fn change(
    host: &Host,
    connection: &Connection,
    input: ChangedInput,
    replace: bool,
) -> Result<Written, Problem> {
    input.check()?;
    if replace {
        input.check_replaces()?;
    }
    let mut connection = connection.clone();
    for tries in 1..=MOST_TRIES {
        let tried = try_change(host, &connection, &input, replace).await;
        if let Ok(Some(written)) = tried {
            return Ok(written);
        }
        // A connection deleted meanwhile explains every error, such as a secret that is gone with it.
        connection = still_there(host, &connection).await?;
        tried?;
        tokio::time::sleep(pause(tries)).await;
    }
    let detail = format!("connection {} is being changed by others all the time", connection.name);
    Err(Problem::conflict("connection.busy", detail).hint("try again"))
}

/// None if the connection is at another revision by now.
async fn try_change(
    host: &Host,
    connection: &Connection,
    input: &ChangedInput,
    replace: bool,
) -> Result<Option<Written>, Problem> {
    let spec = host.registry.active(&host.db, &host.sandbox, &connection.connector).await?.spec.clone();
    let stored = host.db.secrets(connection.id).await?;
    let stored: Vec<&str> = stored.iter().map(|secret| secret.field.as_str()).collect();
    let mut config = if replace { Map::new() } else { members(&connection.config)? };
    config.extend(input.config.clone().unwrap_or_default());
    let unset_secrets = unset(&input.unset, &mut config, &stored)?;
    let config = Value::Object(config);
    let kept = stored.iter().filter(|name| !unset_secrets.iter().any(|unset| unset == *name)).copied();
    let mut present: Vec<&str> = kept.chain(input.secrets.names()).collect();
    present.sort_unstable();
    present.dedup();
    refuse_unfit(&spec, &config, &present, &input.secrets)?;
    let warnings = grant_warnings(host, &spec, &config)?;
    let now = host.db.now().await?;
    let streams = host.db.streams(connection.id).await?;
    let change = ConnectionChange {
        revision: connection.revision,
        config: config.to_string(),
        labels: input.labels.as_ref().map_or_else(|| connection.labels.clone(), labels_json),
        secrets: seal(host, connection.id, &input.secrets)?,
        unset: unset_secrets,
        due: schedule::follow_switches(&streams, &spec, &spec.with_defaults(&config), now),
    };
    match host.db.connection_update(now, connection.id, &change).await {
        Ok(connection) => Ok(Some(Written { connection, warnings })),
        Err(DbError::Conflict(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Of random length, so that those who met once do not meet again.
fn pause(tries: u32) -> Duration {
    Duration::from_millis(rand::random_range(0..=PAUSE_STEP_MS * u64::from(tries)))
}

async fn still_there(host: &Host, connection: &Connection) -> Result<Connection, Problem> {
    let present = host.db.connection_by_id(connection.id).await?;
    present.ok_or_else(|| Problem::missing("connection", &connection.name))
}

/// A connection's configuration, without its secrets and without defaults.
pub fn config_of(connection: &Connection) -> Result<Value, Problem> {
    members(&connection.config).map(Value::Object)
}

fn not_active(connector: &str) -> Problem {
    Problem::conflict("connector.not-active", format!("no version of connector {connector} is active"))
        .hint(format!(
            "install it with `windlass connector install FILE`, or `windlass connector approve {connector}`"
        ))
        .at("/connector")
}

fn members(json: &str) -> Result<Map<String, Value>, Problem> {
    serde_json::from_str(json).map_err(Problem::host)
}

fn labels_json(labels: &std::collections::BTreeMap<String, String>) -> String {
    let members = labels.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str())));
    Value::Object(members.collect()).to_string()
}

/// The first problem is the answer; all of them are listed beside it.
fn refuse_unfit(spec: &Spec, config: &Value, present: &[&str], given: &Secrets) -> Result<(), Problem> {
    let place = |pointer: &str| {
        let name = pointer.split('/').nth(1).unwrap_or_default();
        let secret = given.contains(name) || (spec.is_secret(name) && config.get(name).is_none());
        format!("{}{pointer}", if secret { "/secrets" } else { "/config" })
    };
    let mut problems = texts::unusable(spec, config, given);
    let unfit = spec.validate_config(config, present).into_iter();
    problems.extend(unfit.map(|problem| (place(&problem.pointer), problem.message)));
    let Some((pointer, detail)) = problems.first() else { return Ok(()) };
    let all: Vec<Value> = problems
        .iter()
        .map(|(pointer, detail)| serde_json::json!({ "pointer": pointer, "detail": detail }))
        .collect();
    let known: Vec<&str> = spec.properties().map(|(name, _)| name).collect();
    Err(Problem::unprocessable("connection.config", detail)
        .at(pointer)
        .hint(format!("{} knows the properties {}", spec.name, known.join(", ")))
        .with("problems", all))
}

/// What cannot be reached at all is an error; what this host would deny is said beforehand.
fn grant_warnings(host: &Host, spec: &Spec, config: &Value) -> Result<Vec<String>, Problem> {
    let config = spec.with_defaults(config);
    let policy = OperatorPolicy { allow_private: host.settings.allow_private.clone() };
    Grant::new(spec, &config, &policy)
        .map_err(|message| Problem::unprocessable("connection.config", message).at("/config"))?;
    Ok(reach::denied(spec, &config, &policy.allow_private))
}

fn seal(host: &Host, id: i64, secrets: &Secrets) -> Result<Vec<SealedSecret>, Problem> {
    let sealed = secrets.iter().map(|(field, value)| host.keys.seal(id, field, value));
    sealed.collect::<Result<_, _>>().map_err(Problem::host)
}

/// Takes names out of the configuration; gives those that name secrets.
fn unset(names: &[String], config: &mut Map<String, Value>, stored: &[&str]) -> Result<Vec<String>, Problem> {
    let mut secrets = Vec::new();
    for (at, name) in names.iter().enumerate() {
        if stored.contains(&name.as_str()) {
            secrets.push(name.clone());
        } else if config.shift_remove(name).is_none() {
            let detail = format!("`{name}` is not set");
            return Err(Problem::unprocessable("connection.config", detail).at(format!("/unset/{at}")));
        }
    }
    Ok(secrets)
}
