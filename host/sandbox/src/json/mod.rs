//! JSON that stays text: what a vendor sent is located, cut out and hashed, never rebuilt, so numbers
//! and member order stay as they came.

mod ambiguity;
mod content;
mod locate;
mod rows;

pub use ambiguity::ambiguity;
pub use content::{compact, content_hash};
pub(crate) use locate::{Pointer, locate};
pub(crate) use rows::check_key;
pub use rows::{Container, Picked, Rows, pick};
