//! The conformance suite: every case runs on SQLite and on PostgreSQL.

mod support;

mod action_secrets;
mod activations;
mod changes;
mod claims;
mod clock;
mod connections;
mod connectors;
mod deliveries;
mod enqueue;
mod fencing;
mod flows;
mod follow_ups;
mod intents;
mod limits;
mod ordering;
mod outcomes;
mod pages;
mod people;
mod records;
mod reports;
mod retention;
mod schedules;
mod secrets;
mod sessions;
mod storage;
mod take;
mod traces;
mod trust;
mod unique;
mod wakes;
mod walks;
mod webhooks;
mod windows;
mod withheld;
