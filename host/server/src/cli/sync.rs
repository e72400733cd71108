//! `windlass sync`.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{
    Context, Ended,
    client::{Answer, Ask},
    failure::{Exit, Failure},
    follow::{self, Started},
    forecast, output,
    table::cell,
};

#[derive(clap::Args)]
pub struct Sync {
    connection: String,
    /// The stream [default: all that are enabled]
    stream: Option<String>,
    /// Read everything again
    #[arg(long)]
    full: bool,
    /// Seconds to wait [default: to the end]
    #[arg(long, value_name = "SECONDS")]
    wait: Option<u64>,
}

impl Sync {
    pub fn run(self, context: &Context) -> Ended {
        let until = self.wait.map(|wait| Instant::now() + Duration::from_secs(wait));
        match self.stream {
            Some(stream) => {
                let (exit, answers) = several(context, &self.connection, &[stream], self.full, until)?;
                if context.json {
                    output::line(&answers.concat())?;
                }
                Ok(exit)
            }
            None => enabled(context, &self.connection, self.full, until),
        }
    }
}

/// All enabled streams, to the end.
pub fn all(context: &Context, connection: &str) -> Ended {
    enabled(context, connection, false, None)
}

fn enabled(context: &Context, connection: &str, full: bool, until: Option<Instant>) -> Ended {
    let streams = context.client.ask(Ask::get(&["connections", connection, "streams"]))?.json()?;
    let streams = streams.get("items").and_then(Value::as_array).into_iter().flatten();
    let enabled: Vec<String> =
        streams.filter(|s| cell(s, "/enabled") == "yes").map(|s| cell(s, "/name")).collect();
    if enabled.is_empty() {
        return Err(Failure::new(Exit::Failed, format!("{connection} has no stream that is switched on"))
            .hint(format!("`windlass stream list {connection}` lists them")));
    }
    let (exit, answers) = several(context, connection, &enabled, full, until)?;
    if context.json {
        output::line(&format!("{{\"items\":[{}],\"next\":null}}", answers.join(",")))?;
    }
    Ok(exit)
}

/// The worst exit, and the last answer of each stream's run.
fn several(
    context: &Context,
    connection: &str,
    streams: &[String],
    full: bool,
    until: Option<Instant>,
) -> Result<(Exit, Vec<String>), Failure> {
    let started = streams.iter().map(|stream| start(context, connection, stream, full));
    let runs = started.collect::<Result<Vec<_>, _>>()?;
    let mut answers = vec![String::new(); runs.len()];
    let mut worst = Exit::Done;
    follow::follow(context, &runs, until, |place, answer| {
        // One stream that fails does not keep the others from being told.
        let exit = finish(context, &answer).unwrap_or_else(|failure| {
            failure.report(context.json);
            failure.exit
        });
        worst = worse(worst, exit);
        answers[place] = answer.text;
        Ok(())
    })?;
    Ok((worst, answers))
}

fn worse(one: Exit, other: Exit) -> Exit {
    match (one, other) {
        (Exit::Done, other) => other,
        (one, Exit::Done) => one,
        (Exit::Failed, _) | (_, Exit::Failed) => Exit::Failed,
        (one, _) => one,
    }
}

fn start(context: &Context, connection: &str, stream: &str, full: bool) -> Result<Started, Failure> {
    let path = ["connections", connection, "streams", stream, "sync"];
    let run = context.client.ask(Ask::post(&path).json(&json!({ "full": full })))?.json()?;
    if !context.json {
        forecast::say(&run);
    }
    // With --json nothing is said besides the answers.
    let is_forecast = context.json || !cell(&run, "/estimate/pages").is_empty();
    Ok(Started { id: cell(&run, "/id"), is_forecast })
}

fn finish(context: &Context, answer: &Answer) -> Ended {
    let run = answer.json()?;
    let exit = follow::ended(&run)?;
    if !context.json {
        let goes_on = match exit {
            Exit::Unfinished => format!("; goes on: `windlass run show {}`", cell(&run, "/id")),
            _ => String::new(),
        };
        output::line(&format!("{}{goes_on}", output::plain(&follow::summary(&run))))?;
    }
    Ok(exit)
}
