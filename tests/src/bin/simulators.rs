//! Every simulated vendor as a program on loopback, and the way to tell it what to do.

use std::io::Write;
use std::net::SocketAddr;

use anyhow::Context;
use clap::Parser;
use windlass_tests::control::{self, Vendors};

#[derive(Parser)]
enum Verb {
    /// Serves until it is stopped; prints addresses and accepted secrets as NAME=VALUE, its own last
    Serve {
        /// Where it can be told what to do
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        /// Orders at BaseLinker
        #[arg(long, default_value_t = 250)]
        orders: usize,
        /// Of these, confirmed in one second
        #[arg(long, default_value_t = 7)]
        per_second: usize,
    },
    /// Asks one that serves: GET, or POST with a body; prints the answer
    Ask {
        /// Such as http://127.0.0.1:4000/_sim/stats; the routes stand in tests/src/control
        url: String,
        json: Option<String>,
    },
}

fn main() -> anyhow::Result<()> {
    match Verb::parse() {
        Verb::Serve { listen, orders, per_second } => serve(listen, orders, per_second),
        Verb::Ask { url, json } => ask(&url, json),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn serve(listen: SocketAddr, orders: usize, per_second: usize) -> anyhow::Result<()> {
    let vendors = Vendors::start(orders, per_second)?;
    let variables = vendors.variables();
    let ready = move |address| {
        variables.iter().for_each(|(name, value)| println!("{name}={value}"));
        println!("SIMULATORS_URL=http://{address}");
    };
    tokio::select! {
        served = control::serve(vendors, listen, ready) => served?,
        stopped = tokio::signal::ctrl_c() => stopped?,
    }
    Ok(())
}

fn ask(url: &str, json: Option<String>) -> anyhow::Result<()> {
    let answer = match json {
        None => ureq::get(url).call(),
        Some(json) => ureq::post(url).header("content-type", "application/json").send(json),
    };
    let answer = answer.with_context(|| url.to_owned())?.body_mut().read_to_string()?;
    Ok(writeln!(std::io::stdout(), "{}", answer.trim_end())?)
}
