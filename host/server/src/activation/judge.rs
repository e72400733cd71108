//! Which connections a version fits.

use std::collections::HashMap;

use windlass_db::{Connection, Judged};
use windlass_sandbox::{
    Connector,
    spec::{Spec, UniqueValue},
};

use crate::{
    connections::{config_of, unique_values},
    host::Host,
    problem::Problem,
};

/// A connection that stays on the version it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    pub connection: String,
    /// A sentence that begins with a place in the configuration.
    pub reason: String,
}

/// Every connection of a connector, judged by one version.
#[derive(Debug, Default)]
pub struct Verdicts {
    pub judged: Vec<Judged>,
    /// Those that the version does not fit, and that run another one.
    pub unfit: Vec<Unfit>,
    /// Those that it fits and that follow the active version.
    pub fit: Vec<i64>,
}

/// A connection does not fit whose configuration the version's schema refuses, or that repeats a value which
/// may stand in one connection alone: then the first by name has it.
pub async fn judge(host: &Host, connector: &Connector) -> Result<Verdicts, Problem> {
    let mut verdicts = Verdicts::default();
    let mut holders = HashMap::new();
    for connection in connections_of(host, &connector.spec.name).await? {
        let secrets = host.db.secrets(connection.id).await?;
        let secrets: Vec<&str> = secrets.iter().map(|secret| secret.field.as_str()).collect();
        let (unfit, unique) = judge_one(&connector.spec, &connection, &secrets, &mut holders)?;
        match (&unfit, &connection.own) {
            (None, None) => verdicts.fit.push(connection.id),
            (Some(reason), own) if own.as_ref().is_none_or(|own| own.digest != connector.digest) => {
                verdicts.unfit.push(Unfit { connection: connection.name.clone(), reason: reason.clone() });
            }
            _ => {}
        }
        let (connection, revision) = (connection.id, connection.revision);
        verdicts.judged.push(Judged { connection, revision, unfit, unique });
    }
    Ok(verdicts)
}

/// Who has a value that may stand in one connection: place and value to the connection's name.
type Holders = HashMap<(String, String), String>;

fn judge_one(
    spec: &Spec,
    connection: &Connection,
    secrets: &[&str],
    holders: &mut Holders,
) -> Result<(Option<String>, Vec<windlass_db::UniqueValue>), Problem> {
    let config = config_of(connection)?;
    let whole = spec.with_defaults(&config);
    let values: Vec<UniqueValue> =
        spec.values_unique_in_connector(&whole).into_iter().filter(UniqueValue::refuses).collect();
    let mut unfit = spec.validate_config(&config, secrets).first().map(ToString::to_string);
    for value in &values {
        let holder = holders.get(&(value.field.clone(), value.value.clone()));
        if let Some(holder) = holder.filter(|holder| **holder != connection.name) {
            let sentence = value.repeated(&format!("in connection {holder}"));
            unfit = unfit.or_else(|| Some(format!("{}: {sentence}", value.pointer)));
        }
    }
    if unfit.is_none() {
        let places = values.into_iter().map(|value| ((value.field, value.value), connection.name.clone()));
        holders.extend(places);
    }
    Ok((unfit, unique_values(spec, &whole)))
}

async fn connections_of(host: &Host, connector: &str) -> Result<Vec<Connection>, Problem> {
    let mut connections = [host.db.connections().await?, host.db.flows().await?].concat();
    connections.retain(|connection| connection.connector == connector);
    Ok(connections)
}
