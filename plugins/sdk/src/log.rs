//! Lines for the run's log. Bounded: what is over the bound is counted and dropped.

use crate::backend;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// For who writes the connector.
    Debug,
    /// For who reads a run.
    Info,
    /// Something an operator should know.
    Warn,
    /// Something an operator must know.
    Error,
}

/// For who writes the connector.
pub fn debug(message: impl AsRef<str>) {
    backend::log(Level::Debug, message.as_ref());
}

/// For who reads a run.
pub fn info(message: impl AsRef<str>) {
    backend::log(Level::Info, message.as_ref());
}

/// Something an operator should know.
pub fn warn(message: impl AsRef<str>) {
    backend::log(Level::Warn, message.as_ref());
}

/// Something an operator must know.
pub fn error(message: impl AsRef<str>) {
    backend::log(Level::Error, message.as_ref());
}
