//! Standard output for answers, standard error for everything else.

use std::io::{self, IsTerminal, Write};

use crate::settings::wants_colours;

/// Writes a line to standard output.
pub fn line(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Writes a line to standard error. When nobody reads there, nobody can be told.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Writes to standard error without a new line.
pub fn status(text: &str) {
    let mut err = io::stderr().lock();
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

pub fn is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Whether a question can be put to somebody.
pub fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Puts a question; only `y` and `yes` are a yes.
pub fn ask(question: &str) -> bool {
    status(&format!("{question} [y/N] "));
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).is_ok()
        && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

pub fn red(text: &str) -> String {
    colour("31;1", text)
}

pub fn dim(text: &str) -> String {
    colour("2", text)
}

/// Text of vendors and connectors may hold escape sequences; a terminal must not obey them.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The same, where lines and tabs are wanted.
pub fn plain_lines(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\t') { ' ' } else { c }).collect()
}

fn colour(code: &str, text: &str) -> String {
    match io::stderr().is_terminal() && wants_colours() {
        true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn escape_sequences_are_disarmed() {
        assert_eq!(super::plain("a\u{1b}[31mb\nc"), "a [31mb c");
        assert_eq!(super::plain_lines("a\u{7}\nb\tc"), "a \nb\tc");
    }
}
