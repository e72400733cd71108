//! `windlass act`.

use std::time::{Duration, Instant};

use rand::distr::{Alphanumeric, SampleString};

use super::{Context, Ended, client::Ask, failure::Exit, output, table::cell, value};

/// Most actions answer in a second or wait for a limit, whose windows are mostly a minute.
const DEFAULT_WAIT_S: u64 = 60;
/// What one question waits at most.
const LOOK: Duration = Duration::from_secs(30);
const FRESH_KEY_LETTERS: usize = 22;

#[derive(clap::Args)]
pub struct Act {
    connection: String,
    action: String,
    /// The action's input
    #[arg(long, value_name = "JSON|@FILE")]
    input: String,
    /// Names the action: repeated with the same key it is done once
    #[arg(long)]
    key: Option<String>,
    /// Seconds to wait for the outcome
    #[arg(long, value_name = "SECONDS", default_value_t = DEFAULT_WAIT_S)]
    wait: u64,
}

impl Act {
    /// The question is the same each time: with its key it is one action, however often it is asked.
    pub fn run(self, context: &Context) -> Ended {
        let input = value::json_text("--input", &self.input)?;
        let key = self.key.unwrap_or_else(|| Alphanumeric.sample_string(&mut rand::rng(), FRESH_KEY_LETTERS));
        let until = Instant::now() + Duration::from_secs(self.wait);
        let path = ["connections", &self.connection, "actions", &self.action];
        loop {
            let left = until.saturating_duration_since(Instant::now()).min(LOOK);
            let ask = Ask::post(&path).query("wait", left.as_secs_f64()).key(&key).body(input.clone());
            let answer = context.client.ask(ask)?;
            if answer.status == 200 {
                output::line(&answer.text)?;
                return Ok(Exit::Done);
            }
            if Instant::now() >= until {
                let id = cell(&answer.json()?, "/id");
                if context.json {
                    output::line(&answer.text)?;
                }
                output::note(&format!(
                    "run {id} goes on; `windlass run show {id}` shows it, key {key} asks again"
                ));
                return Ok(Exit::Unfinished);
            }
        }
    }
}
