//! The command line. `serve` is the host; every other verb is a client of its API.
//!
//! To add a verb: a file with its arguments and its `run`, and a line in `Verb` and in `with_host`.

mod act;
mod apply;
mod asks;
mod changes;
mod client;
mod component;
mod connection;
mod connector;
mod delivery;
mod doctor;
mod failure;
mod flow;
mod folder;
mod follow;
mod forecast;
mod key;
mod limit;
mod moment;
mod oci;
mod options;
pub(crate) mod output;
mod progress;
mod records;
mod reference;
mod replay;
mod run;
mod serve;
mod stream;
mod sync;
mod table;
mod value;
mod values;
mod webhook;

use std::{path::PathBuf, process::ExitCode};

use clap::builder::PossibleValuesParser;
use client::{Answer, Client};
use failure::{Exit, Failure};
use serde_json::Value;
use windlass_sandbox::{CompileBounds, compile};

use crate::settings::{self, Everywhere};

/// What holds for every command.
const EVERYWHERE: &str = "\
Variables:
  WINDLASS_URL, WINDLASS_TOKEN  The host that a command asks, and a token for it; they win over --data
  WINDLASS_DATA                 The same as --data
  WINDLASS_…                    Of `serve`: every other flag, in capitals (WINDLASS_LISTEN)
  NO_COLOR                      No colours

Exit codes: 0 done · 1 failed · 2 wrong use · 3 environment (no host, no token) · 4 accepted, not finished";

/// Runs vendor connectors: their data in, your commands out, within their limits.
#[derive(clap::Parser)]
#[command(name = "windlass", version, after_help = EVERYWHERE)]
pub struct Cli {
    #[command(flatten)]
    everywhere: Everywhere,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Run a host
    Serve(serve::Serve),
    /// Look whether a host can be reached and works
    Doctor,
    /// Make connections and flows what a file says
    Apply(apply::Apply),
    /// Connectors and their versions
    #[command(subcommand)]
    Connector(connector::Verb),
    /// Connections: configured uses of a connector
    #[command(subcommand)]
    Connection(connection::Verb),
    /// Flows: what carries changes from one connection to another
    #[command(subcommand)]
    Flow(flow::Verb),
    /// Streams of a connection
    #[command(subcommand)]
    Stream(stream::Verb),
    /// Read from the vendor now, and wait for it
    Sync(sync::Sync),
    /// Perform an action at the vendor
    Act(act::Act),
    /// Print records
    Records(records::Records),
    /// Print changes
    Changes(changes::Changes),
    /// Rate limits of a connection
    #[command(subcommand)]
    Limit(limit::Verb),
    /// Webhooks of a connection and their addresses
    #[command(subcommand)]
    Webhook(webhook::Verb),
    /// Deliveries: what came to webhooks
    #[command(subcommand)]
    Delivery(delivery::Verb),
    /// Runs: what was done and what waits for you
    #[command(subcommand)]
    Run(run::Verb),
    /// What a host starts to compile a component, within bounds
    #[command(hide = true)]
    Compile {
        out: PathBuf,
        #[arg(long, default_value_t = CompileBounds::default().memory_bytes)]
        memory_bytes: u64,
        #[arg(long, default_value_t = CompileBounds::default().cpu_seconds)]
        cpu_seconds: u64,
    },
}

/// What a verb gives: how it ended, or why it could not.
type Ended = Result<Exit, Failure>;

/// What every verb of a client has.
struct Context {
    client: Client,
    /// Print the API's answers.
    json: bool,
}

impl Cli {
    /// Does what was asked and says how it ended.
    pub fn run(self) -> ExitCode {
        let Cli { everywhere, verb } = self;
        let json = everywhere.json;
        let ended = match verb {
            Verb::Serve(serve) => serve.run(everywhere),
            Verb::Compile { out, memory_bytes, cpu_seconds } => {
                return ExitCode::from(compile(&out, CompileBounds { memory_bytes, cpu_seconds }));
            }
            Verb::Doctor => doctor::run(&settings::client(&everywhere), json),
            // What is between a file and a registry needs no host.
            Verb::Connector(connector::Verb::Push(push)) => push.run(json),
            verb => with_host(&everywhere, verb),
        };
        match ended {
            Ok(exit) => exit.into(),
            Err(failure) => failure.report(json),
        }
    }
}

impl Context {
    /// Prints an answer: as it is, or as `human` tells it.
    fn show(&self, answer: &Answer, human: impl FnOnce(&Value) -> String) -> Ended {
        match self.json {
            true => output::line(&answer.text)?,
            false => output::line(&human(&answer.json()?))?,
        }
        Ok(Exit::Done)
    }
}

/// An argument that is one of some words.
fn words(words: &'static [&'static str]) -> PossibleValuesParser {
    PossibleValuesParser::new(words)
}

fn with_host(everywhere: &Everywhere, verb: Verb) -> Ended {
    let client = Client::new(&settings::client(everywhere))?;
    let context = Context { client, json: everywhere.json };
    match verb {
        Verb::Serve(_) | Verb::Doctor | Verb::Compile { .. } => Ok(Exit::Done),
        Verb::Apply(apply) => apply.run(&context),
        Verb::Connector(verb) => verb.run(&context),
        Verb::Connection(verb) => verb.run(&context),
        Verb::Stream(verb) => verb.run(&context),
        Verb::Flow(verb) => verb.run(&context),
        Verb::Sync(sync) => sync.run(&context),
        Verb::Act(act) => act.run(&context),
        Verb::Records(records) => records.run(&context),
        Verb::Changes(changes) => changes.run(&context),
        Verb::Limit(verb) => verb.run(&context),
        Verb::Webhook(verb) => verb.run(&context),
        Verb::Delivery(verb) => verb.run(&context),
        Verb::Run(verb) => verb.run(&context),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_tree_of_commands_is_sound() {
        super::Cli::command().debug_assert();
    }
}
