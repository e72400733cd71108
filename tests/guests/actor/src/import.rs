//! An action in chunks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use windlass_sdk::{ActRequest, Outcome, Result, clock, http};

use crate::{Actor, json};

/// Lines to import, one a step.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Lines {
    /// What is imported.
    pub lines: Vec<String>,
    /// How long it waits between two lines.
    #[serde(default)]
    pub pause_ms: u64,
    /// Asks to go on from the same place, without end.
    #[serde(default)]
    pub stuck: bool,
}

/// How many were imported.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
pub struct Imported {
    /// So many.
    pub imported: usize,
}

impl Actor {
    pub fn import(&self, request: &ActRequest) -> Result<Outcome> {
        let lines: Lines = request.input()?;
        let Imported { imported } = request.state()?.unwrap_or_default();
        if lines.stuck {
            return Outcome::again(&Imported { imported });
        }
        let Some(line) = lines.lines.get(imported) else {
            return Outcome::done(&Imported { imported });
        };
        json(&http::post(self.url("import")).json(&json!({ "line": line })).send()?)?;
        Outcome::again_at(&Imported { imported: imported + 1 }, clock::now_ms() + lines.pause_ms)
    }
}
