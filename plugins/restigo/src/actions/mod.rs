//! What is asked of Restigo once, and what changes its price lists.

pub mod create_pricing;
pub mod find;
pub mod items;
pub mod remove_client;
