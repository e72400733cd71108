//! How a command ends when it does not do what was asked.

use std::{fmt, io, process::ExitCode};

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
    /// The host answered that it does not do this (4xx).
    pub refused: bool,
}

impl Failure {
    pub fn new(exit: Exit, message: impl fmt::Display) -> Self {
        Failure { exit, message: message.to_string(), hint: None, refused: false }
    }

    pub fn wrong_use(message: impl fmt::Display) -> Self {
        Failure::new(Exit::WrongUse, message)
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Prints `error: …` and `hint: …`.
    pub fn report(&self) -> ExitCode {
        if !self.message.is_empty() {
            output::note(&format!("{} {}", output::red("error:"), output::plain_lines(&self.message)));
        }
        if let Some(hint) = &self.hint {
            output::note(&format!("{} {}", output::dim("hint:"), output::plain_lines(hint)));
        }
        self.exit.into()
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
