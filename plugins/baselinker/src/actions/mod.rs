//! What changes the account.

pub mod add_order;
mod search;
pub mod status;
