//! What changes the account.

pub mod add_order;
mod distinct;
mod search;
pub mod status;
pub mod stock;
