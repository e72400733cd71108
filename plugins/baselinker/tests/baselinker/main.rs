//! The connector against a scripted BaseLinker. The numbers in the tests' comments are those of the
//! requirements: G for all connectors, L for this one.

mod actions;
mod orders;
mod products;
mod spec;
mod stock;
mod vendor;
mod verdicts;
