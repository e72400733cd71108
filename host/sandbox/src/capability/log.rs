//! `log`: bounded lines of one call; standard output and error arrive here too.

use std::sync::{Arc, Mutex, MutexGuard};

use crate::{
    bindings::windlass::connector::log,
    state::{CallState, GuestTime},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    Debug,
    Info,
    Warn,
    Error,
}

/// A line a guest wrote; not yet scrubbed.
#[derive(Debug, Clone)]
pub struct LogLine {
    /// Unix milliseconds, by the guest's clock.
    pub at: i64,
    pub level: LogLevel,
    pub message: String,
}

/// A line longer than this is cut: it would not be read.
const MOST_LINE_BYTES: usize = 4_000;
/// What is kept of standard error beside the log, for the message of a panic.
const PANIC_BYTES: usize = 8_000;

/// Lines of one call. Shared, so that they outlive a call that is dropped.
pub(crate) struct LogBuffer {
    time: GuestTime,
    allowed: usize,
    lines: Mutex<Lines>,
}

#[derive(Default)]
struct Lines {
    lines: Vec<LogLine>,
    bytes: usize,
    dropped: u64,
    /// The unfinished last line of each standard stream.
    partial: [String; 2],
    /// The end of standard error.
    stderr: String,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Standard {
    Out = 0,
    Err = 1,
}

impl LogBuffer {
    pub fn new(time: GuestTime, allowed: usize) -> Arc<Self> {
        Arc::new(LogBuffer { time, allowed, lines: Mutex::default() })
    }

    pub fn line(&self, level: LogLevel, message: &str) {
        self.push(&mut self.lock(), level, message);
    }

    /// Bytes of a standard stream; whole lines become log lines.
    pub fn standard(&self, stream: Standard, bytes: &[u8]) {
        let mut lines = self.lock();
        let text = String::from_utf8_lossy(bytes);
        if matches!(stream, Standard::Err) && lines.stderr.len() < PANIC_BYTES {
            lines.stderr.push_str(&text);
        }
        let mut partial = std::mem::take(&mut lines.partial[stream as usize]);
        for piece in text.split_inclusive('\n') {
            partial.push_str(piece);
            if piece.ends_with('\n') || partial.len() > MOST_LINE_BYTES {
                self.push(&mut lines, stream.level(), partial.trim_end());
                partial.clear();
            }
        }
        lines.partial[stream as usize] = partial;
    }

    /// What a Rust or Python guest printed when it panicked, if it did.
    pub fn panic_message(&self) -> Option<String> {
        let lines = self.lock();
        // A variable that the guest cannot have is no hint.
        let useful = lines.stderr.lines().filter(|line| !line.contains("RUST_BACKTRACE"));
        let message = useful.collect::<Vec<_>>().join("\n").trim().to_owned();
        (!message.is_empty()).then_some(message)
    }

    /// All lines, and one that says how many were dropped.
    pub fn take(&self) -> Vec<LogLine> {
        let mut lines = self.lock();
        for stream in [Standard::Out, Standard::Err] {
            let rest = std::mem::take(&mut lines.partial[stream as usize]);
            if !rest.trim().is_empty() {
                self.push(&mut lines, stream.level(), rest.trim_end());
            }
        }
        let mut taken = std::mem::take(&mut lines.lines);
        if lines.dropped > 0 {
            let message =
                format!("{} more lines were dropped: a call may log {} bytes", lines.dropped, self.allowed);
            taken.push(LogLine { at: self.time.now_ms(), level: LogLevel::Warn, message });
        }
        taken
    }

    fn push(&self, lines: &mut Lines, level: LogLevel, message: &str) {
        let message = cut(message, MOST_LINE_BYTES);
        if lines.bytes + message.len() > self.allowed {
            lines.dropped += 1;
            return;
        }
        lines.bytes += message.len();
        // A NUL cannot be stored as text.
        let message = message.replace('\0', "\u{fffd}");
        lines.lines.push(LogLine { at: self.time.now_ms(), level, message });
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Standard {
    fn level(self) -> LogLevel {
        match self {
            Standard::Out => LogLevel::Info,
            Standard::Err => LogLevel::Error,
        }
    }
}

fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

impl log::Host for CallState {
    fn write(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        self.capabilities("log.write")?;
        let level = match level {
            log::Level::Debug => LogLevel::Debug,
            log::Level::Info | log::Level::Other => LogLevel::Info,
            log::Level::Warn => LogLevel::Warn,
            log::Level::Error => LogLevel::Error,
        };
        self.log.line(level, &message);
        Ok(())
    }
}
