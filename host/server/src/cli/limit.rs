//! `windlass limit`.

use serde_json::{Value, json};

use super::{
    Context, Ended,
    client::Ask,
    table::{cell, items},
};

#[derive(clap::Subcommand)]
pub enum Verb {
    /// What is used and left of each limit
    List {
        connection: String,
        /// Show which run used it, and until when that counts
        #[arg(long)]
        ledger: bool,
    },
}

impl Verb {
    pub fn run(self, context: &Context) -> Ended {
        let Verb::List { connection, ledger } = self;
        let answer = context.client.ask(Ask::get(&["connections", &connection, "limits"]))?;
        let columns = [
            ("limit", "/name"),
            ("max", "/max"),
            ("window s", "/window_seconds"),
            ("used", "/used"),
            ("left", "/left"),
            ("kept for actions", "/kept_for_actions"),
            ("frees at", "/frees_at"),
            ("blocked until", "/blocked_until"),
            ("because", "/blocked_reason"),
        ];
        context.show(&answer, |list| {
            let limits = items(list, &columns, "this connector has no limits");
            if ledger { format!("{limits}\n\n{}", ledgers(list)) } else { limits }
        })
    }
}

fn ledgers(list: &Value) -> String {
    let columns = [
        ("limit", "/limit"),
        ("run", "/run"),
        ("permits", "/permits"),
        ("booked at", "/booked_at"),
        ("counts until", "/counts_until"),
        ("settled", "/settled"),
    ];
    let limits = list.get("items").and_then(Value::as_array).into_iter().flatten();
    let rows = limits.flat_map(|limit| {
        let rows = limit.get("ledger").and_then(Value::as_array).into_iter().flatten();
        rows.map(|row| {
            let mut row = row.clone();
            row["limit"] = cell(limit, "/name").into();
            row
        })
    });
    items(&json!({ "items": rows.collect::<Vec<_>>() }), &columns, "nothing was used yet")
}
