//! The connector against a scripted ItsPerfect. The numbers in the tests' comments are those of the
//! requirements: G for all connectors, I for this one.

mod create_order;
mod lists;
mod search;
mod spec;
mod stock;
mod vendor;
mod verdicts;
