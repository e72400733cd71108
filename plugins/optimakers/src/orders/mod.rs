//! Creating and changing orders.

pub mod content;
pub mod create;
pub mod input;
pub mod search;
pub mod update;
