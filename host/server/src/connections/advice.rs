//! What the operator of a connection should know: sentences that refuse nothing.

use windlass_db::{Connection, ConnectionKind};
use windlass_sandbox::spec::Spec;

use super::{config_of, reach, rules};
use crate::{
    host::Host,
    limits::Numbers,
    options::{self, Chosen, Known},
    problem::Problem,
};

/// What is known of a connection without asking the vendor.
pub struct Advice {
    /// The configured values of properties that have options.
    pub chosen: Vec<Chosen>,
    /// Sentences.
    pub warnings: Vec<String>,
}

pub async fn advice(host: &Host, connection: &Connection) -> Result<Advice, Problem> {
    let connector = host.registry.of(&host.db, &host.sandbox, connection).await?;
    let spec = &connector.spec;
    let config = spec.with_defaults(&config_of(connection)?);
    let mut warnings = reach::denied(spec, &config, &host.settings.allow_private);
    let repeated = host.db.repeated_values(connection.id).await?;
    warnings.extend(rules::warnings(spec, &config, &repeated));
    let chosen = options::chosen(host, connection, spec, &config).await?;
    warnings.extend(chosen.iter().filter_map(|chosen| odd(connection, chosen)));
    warnings.extend(limits_too_small(host, connection, spec, &config).await?);
    Ok(Advice { chosen, warnings })
}

/// Under which verb it is found.
fn noun(connection: &Connection) -> &'static str {
    match connection.kind {
        ConnectionKind::Connector => "connection",
        ConnectionKind::Flow => "flow",
    }
}

/// A sentence about a value that the vendor does not offer.
fn odd(connection: &Connection, chosen: &Chosen) -> Option<String> {
    let Chosen { field, pointer, value, stream, known, .. } = chosen;
    let value = options::text(value);
    match known {
        Known::Yes { active: false, .. } => {
            Some(format!("{pointer}: `{value}` is not active at the vendor any more"))
        }
        Known::No => Some(format!(
            "{pointer}: `{value}` is none of the options that stream {stream} gave; \
             `windlass {} options {} {field}` lists them",
            noun(connection),
            connection.name
        )),
        Known::Yes { .. } | Known::NotSynced | Known::TooMany => None,
    }
}

/// Limits whose set numbers no longer let a call through: the configuration was lowered since.
async fn limits_too_small(
    host: &Host,
    connection: &Connection,
    spec: &Spec,
    config: &serde_json::Value,
) -> Result<Vec<String>, Problem> {
    let settings = host.db.limit_settings(connection.id).await?;
    let judged = settings.iter().filter_map(|setting| {
        let limit = spec.limit(&setting.name)?;
        let numbers = Numbers::of(limit, config, Some(setting))?;
        let why = numbers.too_small(spec, limit)?;
        Some(format!("{why}: `windlass limit set {} {}` changes that", connection.name, limit.name))
    });
    Ok(judged.collect())
}
