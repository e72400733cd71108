//! Whether secrets that somebody has are those that a connection has, told without showing any.

use serde::Serialize;
use windlass_db::Connection;

use super::Secrets;
use crate::{host::Host, problem::Problem};

/// How a given secret stands to the one that is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sameness {
    Same,
    Differs,
    /// None is set.
    Unset,
}

/// Each of the given secrets, by name.
pub async fn compare(
    host: &Host,
    connection: &Connection,
    given: &Secrets,
) -> Result<Vec<(String, Sameness)>, Problem> {
    let stored = host.db.secrets(connection.id).await?;
    let compared = given.iter().map(|(name, value)| {
        let sameness = match stored.iter().find(|sealed| sealed.field == name) {
            None => Sameness::Unset,
            Some(sealed) if host.keys.holds(connection.id, sealed, value).map_err(Problem::host)? => {
                Sameness::Same
            }
            Some(_) => Sameness::Differs,
        };
        Ok((name.to_owned(), sameness))
    });
    compared.collect()
}
