//! `windlass sync`.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{
    Context, Ended,
    client::{Answer, Ask},
    failure::{Exit, Failure},
    follow, output,
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
        match &self.stream {
            Some(stream) => {
                let run = start(context, &self.connection, stream, self.full)?;
                let answer = follow::follow(context, &run, until)?;
                if context.json {
                    output::line(&answer.text)?;
                }
                finish(context, &answer)
            }
            None => several(context, &self.connection, self.full, until),
        }
    }
}

/// All enabled streams, to the end.
pub fn all(context: &Context, connection: &str) -> Ended {
    several(context, connection, false, None)
}

fn several(context: &Context, connection: &str, full: bool, until: Option<Instant>) -> Ended {
    let streams = context.client.ask(Ask::get(&["connections", connection, "streams"]))?.json()?;
    let streams = streams.get("items").and_then(Value::as_array).into_iter().flatten();
    let enabled: Vec<String> =
        streams.filter(|s| cell(s, "/enabled") == "yes").map(|s| cell(s, "/name")).collect();
    if enabled.is_empty() {
        return Err(Failure::new(Exit::Failed, format!("{connection} has no stream that is switched on"))
            .hint(format!("`windlass stream list {connection}` lists them")));
    }
    let started = enabled.iter().map(|stream| start(context, connection, stream, full));
    let runs = started.collect::<Result<Vec<_>, _>>()?;
    let mut answers = Vec::new();
    let mut worst = Exit::Done;
    for run in &runs {
        let answer = follow::follow(context, run, until)?;
        // One stream that fails does not keep the others from being told.
        let exit = finish(context, &answer).unwrap_or_else(|failure| {
            failure.report();
            failure.exit
        });
        worst = worse(worst, exit);
        answers.push(answer.text);
    }
    if context.json {
        output::line(&format!("{{\"items\":[{}],\"next\":null}}", answers.join(",")))?;
    }
    Ok(worst)
}

fn worse(one: Exit, other: Exit) -> Exit {
    match (one, other) {
        (Exit::Done, other) => other,
        (one, Exit::Done) => one,
        (Exit::Failed, _) | (_, Exit::Failed) => Exit::Failed,
        (one, _) => one,
    }
}

fn start(context: &Context, connection: &str, stream: &str, full: bool) -> Result<String, Failure> {
    let path = ["connections", connection, "streams", stream, "sync"];
    let run = context.client.ask(Ask::post(&path).json(&json!({ "full": full })))?.json()?;
    Ok(cell(&run, "/id"))
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
