//! Progress: lines at the foot of a terminal that are written again and again. Nothing elsewhere.

use std::{
    sync::mpsc::{RecvTimeoutError, channel},
    time::Duration,
};

use super::output;

/// What is done sooner needs no word.
const SLOW: Duration = Duration::from_secs(1);
/// More lines than this would scroll on a small terminal, and then could not be written again.
const MOST_LINES: usize = 12;

/// Cleared when dropped.
pub struct Progress {
    on_terminal: bool,
    lines: usize,
}

impl Progress {
    pub fn new() -> Self {
        Progress { on_terminal: output::is_terminal(), lines: 0 }
    }

    /// Shows these lines in place of the former ones.
    pub fn show(&mut self, lines: &[&str]) {
        if self.on_terminal && (self.lines, lines.len()) != (0, 0) {
            output::status(&frame(self.lines, lines));
            self.lines = lines.len().min(MOST_LINES);
        }
    }

    /// Takes the lines away, so that something else can be written.
    pub fn clear(&mut self) {
        self.show(&[]);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Does the work; a terminal shows `text` while it takes over a second.
pub fn while_slow<T>(text: &str, work: impl FnOnce() -> T) -> T {
    if !output::is_terminal() {
        return work();
    }
    std::thread::scope(|scope| {
        let (done, ended) = channel::<()>();
        scope.spawn(move || {
            if ended.recv_timeout(SLOW) == Err(RecvTimeoutError::Timeout) {
                let mut progress = Progress::new();
                progress.show(&[text]);
                // Nothing is ever sent: this is an error, and so the end of the wait.
                let _ = ended.recv();
            }
        });
        let outcome = work();
        drop(done);
        outcome
    })
}

/// Back to the first of the `former` lines, everything below gone, the new lines in its place. A long
/// line is cut by the terminal instead of wrapped, since a wrapped one could not be found again.
fn frame(former: usize, lines: &[&str]) -> String {
    let up = match former {
        0 | 1 => String::new(),
        lines => format!("\u{1b}[{}A", lines - 1),
    };
    let shown: Vec<String> = lines.iter().take(MOST_LINES).map(|line| output::plain(line)).collect();
    format!("\r{up}\u{1b}[J\u{1b}[?7l{}\u{1b}[?7h", shown.join("\r\n"))
}

#[cfg(test)]
mod tests {
    use super::{MOST_LINES, frame, while_slow};

    #[test]
    fn lines_take_the_place_of_the_former_ones() {
        assert_eq!(frame(0, &["a"]), "\r\u{1b}[J\u{1b}[?7la\u{1b}[?7h");
        assert_eq!(frame(3, &["a", "b\n"]), "\r\u{1b}[2A\u{1b}[J\u{1b}[?7la\r\nb \u{1b}[?7h");
        assert_eq!(frame(2, &[]), "\r\u{1b}[1A\u{1b}[J\u{1b}[?7l\u{1b}[?7h");
        assert_eq!(frame(0, &["a"; 99]).matches('a').count(), MOST_LINES);
    }

    #[test]
    fn work_gives_what_it_gives() {
        assert_eq!(while_slow("adding", || 1 + 1), 2);
    }
}
