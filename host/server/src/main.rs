//! The `windlass` binary: one verb per role.

use std::process::ExitCode;

use clap::Parser;
use windlass_server::cli::Cli;

fn main() -> ExitCode {
    Cli::parse().run()
}
