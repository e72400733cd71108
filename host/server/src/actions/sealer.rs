//! Seals what is secret of one run, for that run alone.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use windlass_db::{Run, SealedSecret};
use windlass_sandbox::egress::Secret;

use crate::secrets::{Keys, SecretError};

/// Which of a run's texts is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A [`SealedInput`] as JSON.
    Input,
    /// The state of `again`, whole.
    State,
    /// The output, whole.
    Output,
}

/// An input in which something is secret.
#[derive(Serialize, Deserialize)]
pub struct SealedInput {
    /// The whole input, as it was given.
    pub text: String,
    /// The values that are secret: the version that took the input has said which.
    pub secrets: Vec<Value>,
}

/// The host's keys for one run, which its connection, action and key name.
#[derive(Clone, Copy)]
pub struct Sealer<'k> {
    pub keys: &'k Keys,
    pub connection: i64,
    pub action: &'k str,
    pub key: &'k str,
}

impl<'k> Sealer<'k> {
    pub fn of_run(keys: &'k Keys, run: &'k Run) -> Self {
        Sealer {
            keys,
            connection: run.connection,
            action: run.action.as_deref().unwrap_or_default(),
            key: run.key.as_deref().unwrap_or_default(),
        }
    }

    pub fn seal(&self, part: Part, text: &str) -> Vec<u8> {
        match self.keys.seal(self.connection, &self.place(part), text) {
            Ok(sealed) => sealed.sealed,
            Err(_) => unreachable!("a cipher takes 256 GiB, and a call gives 32 MiB at most"),
        }
    }

    pub fn open(&self, part: Part, sealed: &[u8]) -> Result<Secret, SecretError> {
        self.keys.open(self.connection, &SealedSecret { field: self.place(part), sealed: sealed.to_owned() })
    }

    /// A run's input, if something in it is secret.
    pub fn open_input(&self, run: &Run) -> Result<Option<SealedInput>, SecretError> {
        let Some(sealed) = &run.input_sealed else { return Ok(None) };
        let opened = self.open(Part::Input, sealed)?;
        let damaged = |_| SecretError::Damaged("input".to_owned());
        serde_json::from_str(opened.expose()).map(Some).map_err(damaged)
    }

    /// A hash that only this host's key makes: nobody who reads the database can try inputs by it.
    pub fn keyed(&self, hash: &str) -> String {
        let place = self.place(Part::Input);
        format!("keyed:{}", self.keys.identity(&[&self.connection.to_string(), &place, hash]))
    }

    /// Names of actions hold no `/`, and no secret of a connection's configuration does.
    fn place(&self, part: Part) -> String {
        let part = match part {
            Part::Input => "input",
            Part::State => "state",
            Part::Output => "output",
        };
        format!("{}/{}/{part}", self.action, self.key)
    }
}
