//! Following runs to their end, with progress on a terminal.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::{
    Context,
    client::{Answer, Ask},
    failure::{Exit, Failure},
    forecast, moment,
    progress::Progress,
    table::cell,
};

/// The progress is never older than this.
const LOOK: Duration = Duration::from_secs(1);

/// A sync that was started, or joined.
pub struct Started {
    pub id: String,
    /// It has been said what it will take.
    pub is_forecast: bool,
}

/// A run that is followed.
struct Followed<'r> {
    place: usize,
    id: &'r str,
    is_forecast: bool,
    pages: i64,
    line: String,
}

/// Asks until every run has ended or the time is over. `end` is given the place and the last answer of
/// each, as it ends.
pub fn follow<'r>(
    context: &Context,
    runs: &'r [Started],
    until: Option<Instant>,
    mut end: impl FnMut(usize, Answer) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let fresh = |(place, Started { id, is_forecast }): (usize, &'r Started)| Followed {
        place,
        id,
        is_forecast: *is_forecast,
        pages: 0,
        line: String::new(),
    };
    let mut going: Vec<Followed<'r>> = runs.iter().enumerate().map(fresh).collect();
    let mut progress = Progress::new();
    let mut turn = 0;
    while !going.is_empty() {
        turn %= going.len();
        // They take turns, so that each is looked at within the same time.
        let look = LOOK / u32::try_from(going.len()).unwrap_or(u32::MAX);
        let run = &mut going[turn];
        let answer = look_at(context, run, look, until, &mut progress)?;
        let seen = answer.json()?;
        if is_finished(&seen) || until.is_some_and(|until| Instant::now() >= until) {
            progress.clear();
            end(going.remove(turn).place, answer)?;
        } else {
            run.pages = seen.get("pages").and_then(Value::as_i64).unwrap_or_default();
            run.line = progress_line(&seen, moment::of);
            if !run.is_forecast && !cell(&seen, "/records_left").is_empty() {
                run.is_forecast = true;
                progress.clear();
                say_what_is_left(context, run.id);
            }
            turn += 1;
        }
        let lines: Vec<&str> = going.iter().map(|run| run.line.as_str()).filter(|l| !l.is_empty()).collect();
        progress.show(&lines);
    }
    Ok(())
}

/// Says what a sync has yet to do, now that its connector has counted. Without an answer it goes unsaid.
fn say_what_is_left(context: &Context, run: &str) {
    let path = ["runs", run];
    let ask = Ask::get(&path).query("wait", 0).query("estimate", true);
    if let Ok(run) = context.client.ask(ask).and_then(|answer| answer.json()) {
        forecast::say(&run);
    }
}

/// The run as soon as it has moved, or after `look`.
fn look_at(
    context: &Context,
    run: &Followed<'_>,
    look: Duration,
    until: Option<Instant>,
    progress: &mut Progress,
) -> Result<Answer, Failure> {
    let left = until.map_or(look, |until| until.saturating_duration_since(Instant::now()).min(look));
    let path = ["runs", run.id];
    let ask = Ask::get(&path).query("wait", left.as_secs_f64()).query("after_pages", run.pages);
    context.client.ask_again(ask, until, progress).map_err(|failure| goes_on(failure, run.id))
}

/// A host that is gone for long does not end what it was asked to do.
pub fn goes_on(failure: Failure, run: &str) -> Failure {
    if failure.exit != Exit::Environment {
        return failure;
    }
    let hint = format!("run {run} goes on when the host is back: `windlass run show {run}`");
    failure.hint(hint)
}

pub fn is_finished(run: &Value) -> bool {
    !matches!(cell(run, "/state").as_str(), "queued" | "running")
}

/// How a run that was followed ended, for people; a failure carries the run's error.
pub fn ended(run: &Value) -> Result<Exit, Failure> {
    let state = cell(run, "/state");
    match state.as_str() {
        "succeeded" => Ok(Exit::Done),
        "queued" | "running" => Ok(Exit::Unfinished),
        _ => Err(failure(run, &state)),
    }
}

/// `orders: 3 pages, 250 records seen, 7 written, 0 deleted`.
pub fn summary(run: &Value) -> String {
    let count = |name: &str, noun: &str| format!("{} {noun}", cell(run, &format!("/{name}")));
    let mut parts = vec![count("pages", "pages"), count("records_seen", "records seen")];
    parts.push(count("records_written", "written"));
    parts.push(count("records_deleted", "deleted"));
    if cell(run, "/schema_mismatches") != "0" {
        parts.push(format!(
            "{} unlike the schema at {}",
            cell(run, "/schema_mismatches"),
            cell(run, "/schema_pointer")
        ));
    }
    format!("{}: {}, {}", cell(run, "/stream"), cell(run, "/state"), parts.join(", "))
}

fn failure(run: &Value, state: &str) -> Failure {
    let (id, message, code) = (cell(run, "/id"), cell(run, "/error/message"), cell(run, "/error/code"));
    let what = [cell(run, "/stream"), cell(run, "/action")].concat();
    let text = match message.is_empty() {
        true => format!("{what}: run {id} is {state}"),
        false => format!("{what}: run {id} {state}: {message} ({code})"),
    };
    let hint = run.pointer("/error/hint").and_then(Value::as_str).map(str::to_owned);
    let mut failure = Failure::new(Exit::Failed, text);
    failure.hint = hint.or_else(|| Some(format!("`windlass run show {id}` shows its calls and log")));
    failure
}

/// `orders: 12 pages, 1200 records; goes on in 42 s: …`; `moment` puts a time into words.
pub fn progress_line(run: &Value, moment: impl Fn(&str) -> String) -> String {
    let what = [cell(run, "/stream"), cell(run, "/action")].concat();
    let done = match cell(run, "/kind").as_str() {
        "action" => String::new(),
        _ => format!(": {} pages, {} records", cell(run, "/pages"), cell(run, "/records_seen")),
    };
    let left = match cell(run, "/records_left") {
        left if left.is_empty() => left,
        left => format!(", {left} left"),
    };
    let waits = match (cell(run, "/waits_for/message"), cell(run, "/error/message")) {
        (waits, _) if !waits.is_empty() => {
            format!("; goes on {}: {waits}", moment(&cell(run, "/waits_for/until")))
        }
        (_, error) if !error.is_empty() && cell(run, "/state") == "queued" => {
            format!("; tries again {}: {error}", moment(&cell(run, "/due_at")))
        }
        _ => String::new(),
    };
    format!("{what}{done}{left}{waits}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Exit, ended, progress_line, summary};

    #[test]
    fn progress_says_what_a_run_waits_for_and_until_when() {
        let check = |run, expected: &str| assert_eq!(progress_line(&run, |at| format!("at {at}")), expected);
        let mut run = json!({ "kind": "sync", "stream": "orders", "pages": 3, "records_seen": 300 });
        check(run.clone(), "orders: 3 pages, 300 records");
        run["records_left"] = 700.into();
        check(run.clone(), "orders: 3 pages, 300 records, 700 left");
        run["records_left"] = serde_json::Value::Null;
        run["state"] = "queued".into();
        run["due_at"] = "12:00".into();
        run["error"] = json!({ "message": "the vendor is down" });
        check(run.clone(), "orders: 3 pages, 300 records; tries again at 12:00: the vendor is down");
        run["waits_for"] = json!({ "message": "limit minute is used up", "until": "12:01" });
        check(run, "orders: 3 pages, 300 records; goes on at 12:01: limit minute is used up");
        let act = json!({
            "kind": "action", "action": "ship", "waits_for": { "message": "it settles", "until": "12:01" },
        });
        check(act, "ship; goes on at 12:01: it settles");
    }

    #[test]
    fn a_run_ends_by_its_state() {
        let check = |state: &str, expected: Exit| {
            let ended = ended(&json!({ "id": 7, "state": state, "stream": "orders" }));
            assert_eq!(ended.unwrap_or_else(|failure| failure.exit), expected, "{state}");
        };
        check("succeeded", Exit::Done);
        check("running", Exit::Unfinished);
        check("failed", Exit::Failed);
        check("held", Exit::Failed);
        check("cancelled", Exit::Failed);
    }

    #[test]
    fn a_summary_counts() {
        let run = json!({
            "stream": "orders", "state": "succeeded", "pages": 3, "records_seen": 250, "records_written": 7,
            "records_deleted": 0, "schema_mismatches": 1, "schema_pointer": "/price",
        });
        let expected = "orders: succeeded, 3 pages, 250 records seen, 7 written, 0 deleted, 1 unlike the schema at /price";
        assert_eq!(summary(&run), expected);
    }
}
