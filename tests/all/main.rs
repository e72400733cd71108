//! End-to-end tests, by noun: the real host, real components, a simulated vendor.

mod kill;
mod tidy;
