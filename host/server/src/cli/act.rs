//! `windlass act`.

use std::time::{Duration, Instant};

use rand::distr::{Alphanumeric, SampleString};
use serde_json::Value;
use windlass_sandbox::spec::secret_places;

use super::{
    Context, Ended,
    client::Ask,
    failure::{Exit, Failure},
    follow::{goes_on, progress_line},
    moment, output,
    progress::Progress,
    table::cell,
    value,
};

/// Most actions answer in a second or wait for a limit, whose windows are mostly a minute.
const DEFAULT_WAIT_S: u64 = 60;
/// What one question waits at most: the progress is never older.
const LOOK: Duration = Duration::from_secs(5);
const FRESH_KEY_LETTERS: usize = 22;

#[derive(clap::Args)]
pub struct Act {
    connection: String,
    action: String,
    /// The action's input; - reads it from standard input
    #[arg(long, value_name = "JSON|@FILE|-")]
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
        let input = value::json_text("--input", &self.input, "action.input")?;
        let key = self.key.unwrap_or_else(|| Alphanumeric.sample_string(&mut rand::rng(), FRESH_KEY_LETTERS));
        let until = Instant::now() + Duration::from_secs(self.wait);
        let path = ["connections", &self.connection, "actions", &self.action];
        // A host that is not there is told at once; one that goes away later is waited for.
        let declared = context.client.ask(Ask::get(&path))?;
        if value::is_typed(&self.input) {
            warn_of_secrets(&declared.json()?, &input);
        }
        let mut progress = Progress::new();
        let mut run: Option<String> = None;
        loop {
            let left = until.saturating_duration_since(Instant::now()).min(LOOK);
            let ask = Ask::post(&path).query("wait", left.as_secs_f64()).key(&key).body(input.clone());
            let answer = context.client.ask_again(ask, None, &mut progress);
            let answer = answer.map_err(|failure| told(failure, run.as_deref(), &key))?;
            if answer.status == 200 {
                progress.clear();
                output::line(&answer.text)?;
                return Ok(Exit::Done);
            }
            let seen = answer.json()?;
            let id = cell(&seen, "/id");
            if Instant::now() >= until {
                progress.clear();
                if context.json {
                    output::line(&answer.text)?;
                }
                output::note(&format!(
                    "run {id} goes on; `windlass run show {id}` shows it, key {key} asks again"
                ));
                return Ok(Exit::Unfinished);
            }
            run = Some(id);
            progress.show(&[&progress_line(&seen, moment::of)]);
        }
    }
}

/// Where to go from a failure; `run` is the action's, if it is known that it was taken.
fn told(failure: Failure, run: Option<&str>, key: &str) -> Failure {
    let ended =
        failure.problem.get("run").map(|run| format!("`windlass run show {run}` shows its calls and log"));
    match (ended, run) {
        (Some(shows), _) => Failure { hint: failure.hint.or(Some(shows)), ..failure },
        (None, Some(run)) => goes_on(failure, run),
        (None, None) if failure.refused => failure,
        (None, None) => failure.hint(format!("it may have been taken: ask again with --key {key}")),
    }
}

/// What is typed can be read by others; the host takes it nevertheless.
fn warn_of_secrets(declared: &Value, input: &str) {
    let input: Value = serde_json::from_str(input).unwrap_or_default();
    let places = secret_places(&declared["input"], &input);
    let names: Vec<&str> =
        places.iter().map(|place| if place.is_empty() { "the input" } else { place.as_str() }).collect();
    if !names.is_empty() {
        output::note(&format!(
            "warning: secrets ({}) are typed on the command line, and stand in the shell's history and the \
             list of processes: give the input with --input - or --input @FILE",
            names.join(", ")
        ));
    }
}
