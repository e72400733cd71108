//! Following a run to its end, with progress on a terminal.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::{
    Context,
    client::{Answer, Ask},
    failure::{Exit, Failure},
    output,
    table::cell,
};

/// How long one question waits: the progress is never older than this.
const LOOK: Duration = Duration::from_secs(2);

/// Asks until the run ends or the time is over; gives the last answer.
pub fn follow(context: &Context, run: &str, until: Option<Instant>) -> Result<Answer, Failure> {
    let path = ["runs", run];
    let mut progress = Progress::default();
    let mut pages = 0;
    loop {
        let left = until.map_or(LOOK, |until| until.saturating_duration_since(Instant::now()).min(LOOK));
        let ask = Ask::get(&path).query("wait", left.as_secs_f64()).query("after_pages", pages);
        let answer = context.client.ask(ask)?;
        let seen = answer.json()?;
        if is_finished(&seen) || until.is_some_and(|until| Instant::now() >= until) {
            progress.clear();
            return Ok(answer);
        }
        progress.show(&seen);
        pages = seen.get("pages").and_then(Value::as_i64).unwrap_or_default();
    }
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

/// One line on the terminal that is written again and again.
#[derive(Default)]
struct Progress {
    shown: bool,
}

impl Progress {
    fn show(&mut self, run: &Value) {
        if output::is_terminal() {
            output::status(&format!("\r\u{1b}[2K{}", output::plain(&progress_line(run))));
            self.shown = true;
        }
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            output::status("\r\u{1b}[2K");
        }
    }
}

fn progress_line(run: &Value) -> String {
    let waits = match cell(run, "/waits_for/message") {
        message if message.is_empty() => String::new(),
        message => format!("; waits until {}: {message}", cell(run, "/waits_for/until")),
    };
    let retry = match (waits.is_empty(), cell(run, "/state").as_str(), cell(run, "/error/message")) {
        (true, "queued", message) if !message.is_empty() => {
            format!("; again at {}: {message}", cell(run, "/due_at"))
        }
        _ => String::new(),
    };
    let (pages, seen) = (cell(run, "/pages"), cell(run, "/records_seen"));
    format!("{}: {pages} pages, {seen} records{waits}{retry}", cell(run, "/stream"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Exit, ended, progress_line, summary};

    #[test]
    fn progress_says_what_a_run_waits_for_and_until_when() {
        let run = json!({
            "stream": "orders", "state": "queued", "pages": 3, "records_seen": 300,
            "waits_for": { "message": "limit minute is used up", "until": "2026-01-01T00:00:30.000Z" },
        });
        let expected =
            "orders: 3 pages, 300 records; waits until 2026-01-01T00:00:30.000Z: limit minute is used up";
        assert_eq!(progress_line(&run), expected);
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
