//! The simulated BaseLinker as a program: prints its two addresses and serves until it is stopped.

use std::net::SocketAddr;
use std::sync::Arc;

use clap::Parser;
use windlass_tests::baselinker::{Seed, Settings, Simulator, TOKEN, control};

/// A simulated BaseLinker on loopback.
#[derive(Parser)]
struct Flags {
    /// Where the vendor's API listens.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Where the control API listens.
    #[arg(long, default_value = "127.0.0.1:0")]
    control: SocketAddr,
    /// Orders in the account.
    #[arg(long, default_value_t = 250)]
    orders: usize,
    /// Orders confirmed in one second.
    #[arg(long, default_value_t = 7)]
    per_second: usize,
    /// Products in the inventory.
    #[arg(long, default_value_t = 12)]
    products: usize,
    /// The token it accepts.
    #[arg(long, default_value = TOKEN)]
    token: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let flags = Flags::parse();
    let seed = Seed { orders: flags.orders, per_second: flags.per_second, ..Seed::default() };
    let tokens = vec![flags.token];
    let settings =
        Settings { listen: flags.listen, tokens, seed, products: flags.products, ..Settings::default() };
    let simulator = Arc::new(Simulator::start(settings)?);
    println!("vendor {}", simulator.url());
    tokio::select! {
        served = control::serve(simulator, flags.control) => served?,
        stopped = tokio::signal::ctrl_c() => stopped?,
    }
    Ok(())
}
