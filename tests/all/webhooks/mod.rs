//! Webhooks: vendors deliver to a real host, and what follows is read back from it.

mod addresses;
mod bounds;
mod effects;
mod flood;
mod follow_ups;
pub mod hooked;
mod kill;
mod sender;
mod verification;
