//! What goes into an action and what comes out of it: checked by its schemas, and kept without what is
//! secret.
//!
//! A run's `input` and `output` hold `[secret]` in the place of each secret value. What a secret value was
//! is sealed beside them for as long as the run, or the caller who waits for it, needs it.

mod cut;
mod fitting;
mod input;
mod output;
mod sealer;
mod secret_texts;

pub use fitting::{Misfit, fitting};
pub use input::Input;
pub use output::Returned;
pub use sealer::{Part, SealedInput, Sealer};
pub use secret_texts::{Cleaner, SecretTexts};
