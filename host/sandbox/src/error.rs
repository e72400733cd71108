//! Why a component cannot be loaded, and how a call can fail. Blame is decided here, where the
//! knowledge is.

/// Why a component is refused.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The bytes are not a component we run; the message says what is wrong.
    #[error("{0}")]
    Refused(String),
    /// The spec it describes is not valid.
    #[error("the connector's spec is not valid: {0}")]
    Spec(String),
    /// `describe` failed.
    #[error("the connector cannot describe itself: {0}")]
    Describe(String),
    /// Not the component's fault.
    #[error("the host failed: {0}")]
    Host(String),
}

impl LoadError {
    pub(crate) fn host(error: impl std::fmt::Display) -> Self {
        LoadError::Host(format!("{error:#}"))
    }
}

/// What a guest reports by itself: the contract's `errors.error`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestError {
    pub kind: GuestErrorKind,
    /// Short, the connector's or vendor's own; may be empty.
    pub code: String,
    pub message: String,
    /// When to come back; Unix milliseconds.
    pub until: Option<i64>,
    /// A JSON object.
    pub extras: Option<String>,
    /// What the guest reports is the host's refusal of a request that its own spec does not allow.
    pub overstepped: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GuestErrorKind {
    Config,
    Auth,
    RateLimited,
    Transient,
    Rejected,
    Other,
}

/// How a call ended when it did not return what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallFailure {
    /// The connector said what went wrong.
    #[error("{}", .0.message)]
    Guest(GuestError),
    /// A panic or another trap: the message, and the guest's functions from the innermost out.
    #[error("{message}")]
    Trap { message: String, backtrace: Vec<String> },
    #[error("the connector wanted {wanted_mib} MiB of memory; a call may have {allowed_mib} MiB")]
    Memory { wanted_mib: usize, allowed_mib: usize },
    #[error("the connector used {0:?} of CPU time without returning; that is all a call may have")]
    Cpu(std::time::Duration),
    #[error("the call did not return within {0:?}")]
    Wall(std::time::Duration),
    /// It returned something that cannot be stored; the message names the place.
    #[error("{0}")]
    Output(String),
    /// The loaded version does not export what was called.
    #[error("the connector does not export {0}, which its spec declares")]
    NoExport(&'static str),
    /// Not the connector's fault.
    #[error("the host failed: {0}")]
    Host(String),
}

impl CallFailure {
    /// Stable, dotted; `guest` failures take their code from the error's kind.
    pub fn code(&self) -> &'static str {
        match self {
            CallFailure::Guest(error) if error.overstepped => "call.denied",
            CallFailure::Guest(error) => match error.kind {
                GuestErrorKind::Config => "config",
                GuestErrorKind::Auth => "auth",
                GuestErrorKind::RateLimited => "rate-limited",
                GuestErrorKind::Transient => "transient",
                GuestErrorKind::Rejected => "rejected",
                GuestErrorKind::Other => "other",
            },
            CallFailure::Trap { .. } => "call.trap",
            CallFailure::Memory { .. } => "call.memory",
            CallFailure::Cpu(_) => "call.cpu",
            CallFailure::Wall(_) => "call.time",
            CallFailure::Output(_) => "call.output",
            CallFailure::NoExport(_) => "call.no-export",
            CallFailure::Host(_) => "host",
        }
    }
}
