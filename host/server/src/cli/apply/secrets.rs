//! The secrets that a file refers to, on their way in.

use std::{collections::BTreeMap, path::Path};

use zeroize::Zeroizing;

use super::file::Declared;
use crate::cli::failure::{Exit, Failure};

/// By connection and name.
pub struct Given(BTreeMap<(String, String), Zeroizing<String>>);

impl Given {
    /// Reads all of them, so that one that is missing is known before anything is changed.
    pub fn read(declared: &[Declared], folder: &Path) -> Result<Given, Failure> {
        let mut given = BTreeMap::new();
        for declared in declared {
            for (name, reference) in &declared.secrets {
                let secret = reference.read(folder).map_err(|why| {
                    let place = format!("{}.secrets.{name}", declared.place());
                    Failure::new(Exit::Environment, format!("{place} is {reference}: {why} (apply.secret)"))
                })?;
                given.insert((declared.name.clone(), name.clone()), secret);
            }
        }
        Ok(Given(given))
    }

    /// Those of one connection, by name.
    pub fn of<'a>(&'a self, declared: &'a Declared) -> impl Iterator<Item = (&'a str, &'a str)> {
        let of_it = self.0.iter().filter(|((connection, _), _)| *connection == declared.name);
        of_it.map(|((_, name), secret)| (name.as_str(), secret.as_str()))
    }
}
