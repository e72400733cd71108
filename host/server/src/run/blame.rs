//! A failed call in the words of a run: code, message, hint, and who must act.

use windlass_db::{Blame, RunError};
use windlass_sandbox::{CallFailure, GuestErrorKind};

/// Lines of a backtrace that are shown; the innermost ones say what failed.
const BACKTRACE_LINES: usize = 12;

/// The code under which the SDK passes on what the host denied.
const DENIED: &str = "denied";

pub fn run_error(failure: &CallFailure) -> RunError {
    RunError {
        code: failure.code().to_owned(),
        message: without_nul(message(failure)),
        hint: hint(failure),
        blame: blame(failure),
        vendor_code: vendor_code(failure),
        detail: detail(failure),
    }
}

/// An error that the host itself decided on.
pub fn operator_error(code: &str, message: impl Into<String>, hint: impl Into<String>) -> RunError {
    RunError {
        code: code.to_owned(),
        message: message.into(),
        hint: Some(hint.into()),
        blame: Blame::Operator,
        vendor_code: None,
        detail: None,
    }
}

pub fn host_error(message: impl std::fmt::Display) -> RunError {
    run_error(&CallFailure::Host(message.to_string()))
}

fn message(failure: &CallFailure) -> String {
    match failure {
        CallFailure::Trap { message, backtrace } if !backtrace.is_empty() => {
            let shown: Vec<_> =
                backtrace.iter().take(BACKTRACE_LINES).map(|line| format!("\n  at {line}")).collect();
            format!("{message}{}", shown.concat())
        }
        _ => failure.to_string(),
    }
}

fn blame(failure: &CallFailure) -> Blame {
    match failure {
        CallFailure::Guest(error) if error.overstepped => Blame::Connector,
        CallFailure::Guest(error) => match error.kind {
            GuestErrorKind::Config | GuestErrorKind::Auth => Blame::Operator,
            GuestErrorKind::RateLimited | GuestErrorKind::Transient | GuestErrorKind::Rejected => {
                Blame::Vendor
            }
            GuestErrorKind::Other => Blame::Connector,
        },
        CallFailure::Host(_) => Blame::Host,
        _ => Blame::Connector,
    }
}

fn hint(failure: &CallFailure) -> Option<String> {
    let hint = match failure {
        CallFailure::Guest(error) if !error.overstepped => match error.kind {
            GuestErrorKind::Auth => "renew the credentials with `windlass connection set NAME --secret …`",
            GuestErrorKind::Config if error.code == DENIED => {
                "allow it as the message says, or change what is asked with `windlass connection set NAME --set …`"
            }
            GuestErrorKind::Config => "correct the configuration with `windlass connection set NAME --set …`",
            _ => return None,
        },
        CallFailure::Host(_) => "look at the host's own log",
        _ => {
            "this is for the connector's author; `windlass connector rollback NAME` returns to the former version"
        }
    };
    Some(hint.to_owned())
}

fn vendor_code(failure: &CallFailure) -> Option<String> {
    match failure {
        CallFailure::Guest(error) if !error.code.is_empty() => Some(error.code.clone()),
        _ => None,
    }
}

fn detail(failure: &CallFailure) -> Option<String> {
    match failure {
        CallFailure::Guest(error) => error.extras.clone(),
        _ => None,
    }
}

fn without_nul(text: String) -> String {
    text.replace('\0', "\u{fffd}")
}
