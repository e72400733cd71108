//! The host: wires the sandbox and the database together, and answers people.
//!
//! `serve` boots a host; `run` is the durable loop; `api` answers over HTTP; `cli` is its client.
//! Time is read in `time` alone, the environment in `settings`, secrets are opened in `secrets`.
//!
//! To add a verb: a file in `cli`, and its route in `api`.

mod actions;
mod activation;
mod api;
mod asks;
mod call_limits;
mod check;
pub mod cli;
mod codes;
mod connections;
mod cron;
mod data_dir;
mod embedded;
mod estimate;
mod every;
mod flows;
mod folder;
mod host;
mod install;
mod limiter;
mod limits;
mod logging;
mod oci;
mod options;
mod problem;
mod registry;
mod replay;
mod run;
mod secrets;
mod serve;
mod settings;
mod signing;
mod time;
mod tokens;
mod toml_error;
mod webhooks;

pub use embedded::{Bound, Embedded};
