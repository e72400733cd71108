//! Connections: made and changed only with a configuration that fits the active spec.

mod advice;
mod input;
mod reach;
mod rules;
mod same;
mod schedule;
mod texts;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde_json::{Map, Value};
use windlass_db::{
    Connection, ConnectionChange, ConnectionState, DbError, NewConnection, OwnWhy, SealedSecret,
};
use windlass_sandbox::{
    Connector,
    egress::{Grant, OperatorPolicy},
    spec::Spec,
};

use crate::{flows, host::Host, limits, problem::Problem, webhooks};

pub use advice::{Advice, advice};
pub use input::{ChangedInput, MOST_SECRET_BYTES, NewInput, Secrets};
pub use rules::unique_values;
pub use same::{Sameness, compare};
pub use schedule::{ensure_streams, first_due, first_schedules, turn_on};

/// Two people rarely change one connection in the same moment; more tries than this mean a script that
/// does nothing else.
const MOST_TRIES: u32 = 20;
/// The pauses between tries grow by this: long enough for others to finish, about four seconds for all.
const PAUSE_STEP_MS: u64 = 20;

/// A connection that was made or changed, and what its operator should know.
pub struct Written {
    pub connection: Connection,
    /// The connection exists all the same.
    pub advice: Advice,
}

/// Makes a connection. No request is made; the first scheduled runs are planned one interval later.
/// With `connect` (role to connection) it is a flow.
pub async fn create(
    host: &Arc<Host>,
    input: NewInput,
    connect: Option<&BTreeMap<String, String>>,
) -> Result<Written, Problem> {
    input.check()?;
    for tries in 1..=MOST_TRIES {
        if let Some(connection) = try_create(host, &input, connect).await? {
            limits::apply(host, &connection).await;
            return written(host, connection).await;
        }
        follow_version(host, tries).await?;
    }
    Err(busy(&input.name))
}

/// None if another version has become active meanwhile.
async fn try_create(
    host: &Host,
    input: &NewInput,
    connect: Option<&BTreeMap<String, String>>,
) -> Result<Option<Connection>, Problem> {
    let connector = host.registry.active(&host.db, &host.sandbox, &input.connector).await.map_err(
        |error| match error {
            crate::registry::RegistryError::NotActive(_) => not_active(&input.connector),
            error => error.into(),
        },
    )?;
    let spec = &connector.spec;
    if spec.is_flow() != connect.is_some() {
        return Err(other_kind(spec));
    }
    let config = Value::Object(input.config.clone());
    let given: Vec<&str> = input.secrets.names().collect();
    refuse_unfit(spec, &config, &given, &input.secrets)?;
    let whole = spec.with_defaults(&config);
    refuse_unreachable(host, spec, &whole)?;
    let id = host.db.connection_id().await?;
    let now = host.db.now().await?;
    let new = NewConnection {
        name: input.name.clone(),
        connector: input.connector.clone(),
        config: config.to_string(),
        labels: labels_json(&input.labels),
        state: if input.paused { ConnectionState::Paused } else { ConnectionState::Active },
        secrets: seal(host, id, &input.secrets)?,
        streams: first_schedules(spec, &whole, now),
        digest: connector.digest.clone(),
        unique: unique_values(spec, &whole),
    };
    let made = match connect {
        None => host.db.connection_create(now, id, &new).await,
        Some(connect) => {
            let bound = flows::bind(host, spec, connect).await?;
            host.db.flow_create(now, id, &new, &bound).await
        }
    };
    match made {
        Ok(connection) => {
            webhooks::ensure(host, &connection, spec).await?;
            Ok(Some(connection))
        }
        Err(DbError::Outdated) => Ok(None),
        Err(DbError::Conflict(_)) => {
            let detail = format!("there is already a connection or flow {}", input.name);
            Err(Problem::conflict("connection.exists", detail)
                .hint("choose another name, or change it with `windlass connection set`")
                .at("/name"))
        }
        Err(error) => Err(rules::refusal(spec, &whole, error)),
    }
}

/// Changes a connection. What `input` does not name stays as it is; with `replace` only secrets do. Made
/// anew from what is there when somebody else was faster, so that neither change is lost; refused then if
/// `input` names the revision that it was made from.
pub async fn change(
    host: &Arc<Host>,
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
        input.refuse_moved(&connection)?;
        let tried = try_change(host, &connection, &input, replace).await;
        if let Ok(Some((changed, limits_differ))) = tried {
            if limits_differ {
                limits::apply(host, &changed).await;
                limits::look_again(host, &changed).await?;
            }
            if connection.own.is_some() {
                // It may run another version now, which brings streams.
                crate::activation::follow(host).await?;
            }
            // Runs of what was switched off end now.
            host.wake.notify_one();
            return written(host, changed).await;
        }
        // A connection deleted meanwhile explains every error, such as a secret that is gone with it.
        connection = still_there(host, &connection).await?;
        tried?;
        follow_version(host, tries).await?;
    }
    Err(busy(&connection.name))
}

/// None if the connection is at another revision by now, or its connector at another version; else also
/// whether its limits may be other ones. One that stays behind is judged by the active version first: what
/// it lacked may be what is changed.
async fn try_change(
    host: &Host,
    connection: &Connection,
    input: &ChangedInput,
    replace: bool,
) -> Result<Option<(Connection, bool)>, Problem> {
    let run = host.registry.of(&host.db, &host.sandbox, connection).await?;
    if connection.own.as_ref().is_none_or(|own| own.why != OwnWhy::Unfit) {
        return try_change_by(host, &run, connection, input, replace).await;
    }
    let active = host.registry.active(&host.db, &host.sandbox, &connection.connector).await?;
    match try_change_by(host, &active, connection, input, replace).await {
        Err(refused) => {
            let stays = try_change_by(host, &run, connection, input, replace).await;
            stays.map_err(|_| refused)
        }
        changed => changed,
    }
}

async fn try_change_by(
    host: &Host,
    connector: &Connector,
    connection: &Connection,
    input: &ChangedInput,
    replace: bool,
) -> Result<Option<(Connection, bool)>, Problem> {
    let spec = &connector.spec;
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
    refuse_unfit(spec, &config, &present, &input.secrets)?;
    let whole = spec.with_defaults(&config);
    refuse_unreachable(host, spec, &whole)?;
    let bound = match &input.connect {
        Some(connect) => Some(flows::bind_anew(host, spec, connection, connect).await?),
        None => None,
    };
    let now = host.db.now().await?;
    let streams = host.db.streams(connection.id).await?;
    let change = ConnectionChange {
        revision: connection.revision,
        config: config.to_string(),
        labels: input.labels.as_ref().map_or_else(|| connection.labels.clone(), labels_json),
        secrets: seal(host, connection.id, &input.secrets)?,
        unset: unset_secrets,
        due: schedule::follow_switches(&streams, spec, &whole, now),
        off: schedule::switched_off(&streams, spec, &whole),
        digest: connector.digest.clone(),
        unique: unique_values(spec, &whole),
        bound,
    };
    let limits_differ = config_of(connection)? != config || !change.secrets.is_empty();
    match host.db.connection_update(now, connection.id, &change).await {
        Ok(connection) => Ok(Some((connection, limits_differ))),
        Err(DbError::Conflict(_) | DbError::Outdated) => Ok(None),
        Err(error) => Err(rules::refusal(spec, &whole, error)),
    }
}

/// What an operator should know of a connection that was just written.
async fn written(host: &Host, connection: Connection) -> Result<Written, Problem> {
    let advice = advice(host, &connection).await?;
    Ok(Written { connection, advice })
}

/// A version that another host made active is followed here before the next try.
async fn follow_version(host: &Host, tries: u32) -> Result<(), Problem> {
    crate::activation::follow(host).await?;
    tokio::time::sleep(pause(tries)).await;
    Ok(())
}

fn busy(name: &str) -> Problem {
    let detail = format!("connection {name} is being changed by others all the time");
    Problem::conflict("connection.busy", detail).hint("try again")
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

fn other_kind(spec: &Spec) -> Problem {
    let name = &spec.name;
    let (what, how) = match spec.is_flow() {
        true => ("a flow, not a connector", format!("`windlass flow create NAME --flow {name} …`")),
        false => {
            ("a connector, not a flow", format!("`windlass connection create NAME --connector {name} …`"))
        }
    };
    Problem::unprocessable("connection.kind", format!("{name} is {what}")).hint(how)
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

/// What cannot be reached at all is an error; what this host would deny is a warning. `config` with
/// defaults.
fn refuse_unreachable(host: &Host, spec: &Spec, config: &Value) -> Result<(), Problem> {
    let policy = OperatorPolicy { allow_private: host.settings.allow_private.clone() };
    let grant = Grant::new(spec, config, &policy);
    let refused = grant.map_err(|message| Problem::unprocessable("connection.config", message).at("/config"));
    refused.map(drop)
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
