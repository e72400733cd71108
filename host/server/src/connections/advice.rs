//! What the operator of a connection should know: sentences that refuse nothing.

use windlass_db::Connection;
use windlass_sandbox::spec::Spec;

use super::{config_of, reach, rules};
use crate::{
    host::Host,
    limits::Numbers,
    options::{self, Known},
    problem::Problem,
};

/// Everything that is known without asking the vendor.
pub async fn advice(host: &Host, connection: &Connection) -> Result<Vec<String>, Problem> {
    let connector = host.registry.active(&host.db, &host.sandbox, &connection.connector).await?;
    let spec = &connector.spec;
    let config = spec.with_defaults(&config_of(connection)?);
    let mut sentences = reach::denied(spec, &config, &host.settings.allow_private);
    let repeated = host.db.repeated_values(connection.id).await?;
    sentences.extend(rules::warnings(spec, &config, &repeated));
    for chosen in options::chosen(host, connection, spec, &config).await? {
        let (pointer, value, stream) = (&chosen.pointer, options::text(&chosen.value), &chosen.stream);
        match chosen.known {
            Known::Yes { active: false, .. } => {
                sentences.push(format!("{pointer}: `{value}` is not active at the vendor any more"));
            }
            Known::No => sentences.push(format!(
                "{pointer}: `{value}` is none of the options that stream {stream} gave; \
                 `windlass connection options {} {}` lists them",
                connection.name, chosen.field
            )),
            Known::Yes { .. } | Known::NotSynced | Known::TooMany => {}
        }
    }
    sentences.extend(limits_too_small(host, connection, spec, &config).await?);
    Ok(sentences)
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
