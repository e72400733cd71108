//! Replay: what a call's result depends on is kept as its [`Basis`], and played back.
//!
//! A tape notes, while a call is made, when each import returned and what storage, rate
//! limits and records answered; the exchanges of `http` are in the trace anyway. A [`Playback`] answers the
//! imports of a later call from them. It holds no transport, no database and no clock: a replayed call
//! cannot reach anything.
//!
//! To add an import that answers something: a case of [`Read`], its line in `tape` and in `playback`.

mod basis;
mod ending;
mod playback;
pub(crate) mod tape;
#[cfg(test)]
mod tests;

pub use basis::{Basis, Blob, Found, Import, Read, Return};
pub use ending::{Ending, Failed, Outcome, StreamEnding, Written, sum};
pub use playback::Playback;
