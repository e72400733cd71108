//! Lines that connectors write.

use crate::Millis;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    Debug,
    Info,
    Warn,
    Error,
}

#[derive(Debug, Clone)]
pub struct LogLine {
    pub at: Millis,
    pub level: LogLevel,
    pub message: String,
}
