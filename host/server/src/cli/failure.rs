//! How a command ends when it does not do what was asked.

use std::{fmt, io, process::ExitCode};

use serde_json::{Map, Value};

use super::output;

/// The exit codes of every command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Done = 0,
    Failed = 1,
    WrongUse = 2,
    /// No host, no token.
    Environment = 3,
    /// Accepted, and not finished yet.
    Unfinished = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Why a command failed.
#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    pub message: String,
    pub hint: Option<String>,
    /// It was surely not done: the host said so (4xx), or was not asked.
    pub refused: bool,
    /// The host's answer, as it came. Boxed, since a `Result` is as large as its error.
    pub problem: Box<Map<String, Value>>,
}

impl Failure {
    pub fn new(exit: Exit, message: impl fmt::Display) -> Self {
        Failure { exit, message: message.to_string(), hint: None, refused: false, problem: Box::default() }
    }

    pub fn wrong_use(message: impl fmt::Display) -> Self {
        Failure::new(Exit::WrongUse, message)
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Prints `error: …` and `hint: …`, or one line of JSON with the members of the host's answer.
    pub fn report(&self, json: bool) -> ExitCode {
        match json && !self.message.is_empty() {
            true => output::note(&self.document().to_string()),
            false => self.tell(),
        }
        self.exit.into()
    }

    /// At least `{"detail": "…", "hint": null}`.
    fn document(&self) -> Value {
        let mut members = Map::clone(&self.problem);
        members.entry("detail").or_insert_with(|| Value::from(self.message.as_str()));
        members.insert("hint".to_owned(), Value::from(self.hint.clone()));
        Value::Object(members)
    }

    fn tell(&self) {
        if !self.message.is_empty() {
            output::note(&format!("{} {}", output::red("error:"), output::plain_lines(&self.message)));
        }
        if let Some(hint) = &self.hint {
            output::note(&format!("{} {}", output::dim("hint:"), output::plain_lines(hint)));
        }
    }
}

/// Of writing to standard output: whoever stopped reading (`| head`) has all it wanted.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::new(Exit::Done, ""),
            _ => Failure::new(Exit::Environment, format!("cannot write: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Exit, Failure};

    #[test]
    fn a_failure_as_json_has_what_the_host_said_and_the_last_hint() {
        let mut failure = Failure::new(Exit::Failed, "there is no connection shop (connection.missing)");
        assert_eq!(failure.document(), json!({ "detail": failure.message, "hint": null }));
        let problem = json!({ "code": "connection.missing", "detail": "there is no connection shop" });
        failure.problem = Box::new(problem.as_object().cloned().unwrap_or_default());
        let document = failure.hint("make it").document();
        let expected = json!({ "code": "connection.missing", "detail": "there is no connection shop",
            "hint": "make it" });
        assert_eq!(document, expected);
    }
}
